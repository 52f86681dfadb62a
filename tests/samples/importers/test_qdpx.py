"""REFI-QDA projects come in: by hand, with each program's habits, and with every fault told."""

import re
import zipfile
from itertools import count
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from relatum.errors import ImportFailedError, UsageError
from relatum.models.agreement_ratings import pick_coders
from relatum.samples.importers.qdpx import import_qdpx
from relatum.samples.importers.qdpx_mapping import MappingRow
from relatum.schema import load_schema

REFI = Path(__file__).parents[2] / "reference" / "refi"
VENDORS = ("atlasti_like", "maxqda_like", "nvivo_like_capital_Sources")
#: The synthetic projects know these four codes.
MAPPING = (
    MappingRow(theirs="Tactic > isolation", ours="iso_contact_cut"),
    MappingRow(theirs="debt", ours="eco_debt_claim"),
    MappingRow(theirs="violence", ours="vio_physical", becomes="not_documented"),
    MappingRow(theirs="Escape attempt", ours=""),
)
SCHEMA = load_schema()
KEY = ["unit_id", "code", "status", "coder_id"]


def guid(name):
    return str(uuid5(NAMESPACE_URL, name))


def project(body, *, space="urn:QDA-XML:project:1.0", name="p"):
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return f'{head}\n<Project xmlns="{space}" name="{name}">{body}</Project>'


def codebook(*names):
    codes = "".join(
        f'<Code guid="{guid(n)}" name="{n.split("/")[-1]}" isCodable="true"/>' for n in names
    )
    return f"<CodeBook><Codes>{codes}</Codes></CodeBook>"


def users(*names):
    return f'<Users>{"".join(f"""<User guid="{guid(n)}" name="{n}"/>""" for n in names)}</Users>'


SERIAL = count()


def coding(code, user="", at=None):
    """Return a coding of the whole document, or of a passage from `at` on."""
    n = next(SERIAL)
    by = f' creatingUser="{guid(user)}"' if user else ""
    inner = f'<Coding guid="{guid(f"k{n}")}"{by}><CodeRef targetGUID="{guid(code)}"/></Coding>'
    if at is None:
        return inner
    places = f'startPosition="{at}" endPosition="{at + 10}"'
    return f'<PlainTextSelection guid="{guid(f"p{n}")}" {places}>{inner}</PlainTextSelection>'


def source(name, *inner, kind="TextSource"):
    return f'<{kind} guid="{guid(name)}" name="{name}">{"".join(inner)}</{kind}>'


def sources(*found):
    return f"<Sources>{''.join(found)}</Sources>"


def sets(**members):
    found = ""
    for name, held in members.items():
        refs = "".join(f'<MemberSource targetGUID="{guid(m)}"/>' for m in held)
        found += f'<Set guid="{guid(name)}" name="{name}">{refs}</Set>'
    return f"<Sets>{found}</Sets>"


def value(variable, text, kind="TextValue"):
    ref = f'<VariableRef targetGUID="{guid(variable)}"/>'
    return f"<VariableValue>{ref}<{kind}>{text}</{kind}></VariableValue>"


def variables(*names, kind="Text"):
    found = "".join(
        f'<Variable guid="{guid(n)}" name="{n}" typeOfVariable="{kind}"/>' for n in names
    )
    return f"<Variables>{found}</Variables>"


def pack(path, xml, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", xml)
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def bring(tmp_path):
    """Return a function that imports a project given as XML."""

    def run(body, *, unit="document", investigation="each", **more):
        xml = body if isinstance(body, bytes) or body.startswith("<?xml") else project(body)
        path = pack(tmp_path / "p.qdpx", xml)
        return import_qdpx(path, unit=unit, investigation=investigation, **more)

    return run


def rows(found):
    return [tuple(row) for row in found.sample.tables["codings"][KEY].astype(str).to_numpy()]


def left(found):
    return {row.what: row.n for row in found.discards}


def rules(error):
    return {issue.rule for issue in error.value.issues}


# --- what comes in -------------------------------------------------------------------------------


def test_a_small_project_by_hand(bring):
    coded = (
        coding("vio_physical", "coder1", 3),
        coding("Physical violence", "coder1", 8),
        coding("vio_physical", "coder2"),
    )
    found = bring(
        users("coder1", "coder2")
        + codebook("vio_physical", "Physical violence")
        + sources(source("R1", *coded), source("R2"))
        + sets(C1=["R1", "R2"]),
        investigation="set",
    )
    assert rows(found) == [
        ("R1", "vio_physical", "present", "coder1"),
        ("R1", "vio_physical", "present", "coder2"),
    ]
    assert list(found.sample.tables["relationships"]["relationship_id"]) == ["R1", "R2"]
    assert list(found.sample.tables["cases"]["case_id"]) == ["C1"]
    assert [coder.name for coder in pick_coders(found.sample)] == ["coder1", "coder2"]
    repeated = [row for row in found.discards if row.what == "repeated coding"]
    assert repeated[0].n == 1
    assert "1 of them overlap" in repeated[0].why
    assert left(found)["missing suspect"] == left(found)["missing victim"] == 2
    assert "repeated coding" in found.report()


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("unit", ["document", "case"])
def test_each_program_gives_the_same_sample(vendor, unit):
    found = import_qdpx(REFI / f"{vendor}.qdpx", unit=unit, investigation="set", mapping=MAPPING)
    wanted = [
        (unit_id, *rest)
        for unit_id in ("R001", "R002")
        for rest in (
            ("eco_debt_claim", "present", "coderA"),
            ("iso_contact_cut", "present", "coderA"),
            ("iso_contact_cut", "present", "coderB"),
            ("vio_physical", "not_documented", "coderB"),
        )
    ]
    assert rows(found) == wanted
    assert set(found.sample.tables["relationships"]["case_id"]) == {"Investigation_01"}
    held = left(found)
    assert held["annotation"] == held["comment on a coding"] == held["text"] == held["file"] == 2
    assert held["coding with the code 'Escape attempt'"] == 2
    assert held["place of a coded passage"] == 10
    assert held["value of the variable 'months_together'"] == 2


@pytest.mark.parametrize(
    "space", ["urn:QDA-XML:project:1.0", "urn:QDA-XML:project:0:4", "urn:QDA-XML:codebook:1:0", ""]
)
def test_old_and_odd_namespaces(bring, space):
    body = codebook("vio_physical") + sources(source("R1", coding("vio_physical")))
    assert rows(bring(project(body, space=space))) == [("R1", "vio_physical", "present", "coder")]


def test_guids_in_braces_and_of_any_case(bring):
    body = codebook("vio_physical") + sources(source("R1", coding("vio_physical")))
    odd = re.sub(r'targetGUID="([^"]+)"', lambda m: f'targetGUID="{{{m[1].upper()}}}"', body)
    assert rows(bring(odd)) == rows(bring(body))


def test_the_order_of_codings_changes_nothing(bring):
    parts = [coding("vio_physical", "a"), coding("dom_rules", "b"), coding("dom_rules", "a", 4)]
    head = users("a", "b") + codebook("vio_physical", "dom_rules")
    one, other = (
        bring(f"{head}<Sources>{source('R1', *held)}</Sources>") for held in (parts, parts[::-1])
    )
    assert one.sample.fingerprint == other.sample.fingerprint


def test_statuses_by_suffix_by_place_and_by_rank(bring):
    below = (
        f'<Code guid="{guid("v")}" name="vio_physical" isCodable="true">'
        f'<Code guid="{guid("va")}" name="absent documented" isCodable="true"/></Code>'
        f'<Code guid="{guid("x")}" name="dom_rules: Absent_documented" isCodable="true"/>'
        f'<Code guid="{guid("y")}" name="dom_control" isCodable="true">'
        f'<Code guid="{guid("ya")}" name="not_documented" isCodable="true"/></Code>'
    )
    body = f"<CodeBook><Codes>{below}</Codes></CodeBook>" + sources(
        source("R1", coding("va"), coding("x"), coding("y"), coding("ya"))
    )
    assert [row[1:3] for row in rows(bring(body))] == [
        ("dom_control", "present"),
        ("dom_rules", "absent_documented"),
        ("vio_physical", "absent_documented"),
    ]


def test_present_and_absent_by_one_coder_is_a_fault(bring):
    head = codebook("vio_physical", "vio_physical: absent_documented")
    inner = coding("vio_physical"), coding("vio_physical: absent_documented")
    with pytest.raises(ImportFailedError) as error:
        bring(f"{head}<Sources>{source('R1', *inner)}</Sources>")
    assert rules(error) == {"conflicting_status"}


def test_names_of_people_become_ids_without_meaning(bring):
    body = (
        users("Jane Doe", "b")
        + codebook("vio_physical")
        + f"<Sources>{source('Interview John Smith.docx', coding('vio_physical', 'Jane Doe'))}"
        + f"{source('R2', coding('vio_physical', 'b'))}</Sources>"
    )
    found = bring(body)
    assert rows(found) == [
        (
            f"r-{guid('Interview John Smith.docx')[:8]}",
            "vio_physical",
            "present",
            f"coder-{guid('Jane Doe')[:8]}",
        ),
        (f"r-{guid('R2')[:8]}", "vio_physical", "present", f"coder-{guid('b')[:8]}"),
    ]
    assert "Smith" not in found.report()
    assert "Doe" not in found.report()
    assert left(found)["name of a coder"] == 2


def test_names_may_be_refused_altogether(bring):
    found = bring(sources(source("R1")), ids="guid")
    assert list(found.sample.tables["relationships"]["relationship_id"]) == [f"r-{guid('R1')[:8]}"]


def test_file_extensions_are_no_part_of_an_id(bring):
    found = bring(sources(source("R1.docx")))
    assert list(found.sample.tables["relationships"]["relationship_id"]) == ["R1"]


def test_codings_in_pictures_transcripts_and_pdf_texts_count(bring):
    inner = f'<Representation guid="{guid("rep")}">{coding("vio_physical", at=3)}</Representation>'
    said = coding("dom_rules", at=3).replace("PlainText", "Transcript")
    heard = f'<Transcript guid="{guid("tr")}">{said}</Transcript>'
    found = bring(
        codebook("vio_physical", "dom_rules")
        + sources(source("R1", inner, kind="PDFSource"), source("R2", heard, kind="AudioSource"))
    )
    assert [row[:2] for row in rows(found)] == [("R1", "vio_physical"), ("R2", "dom_rules")]
    assert left(found)["PDF file"] == left(found)["audio file"] == 1


def test_a_passage_that_a_case_names_goes_before_its_document(bring):
    first, second = coding("vio_physical", at=3), coding("dom_rules", at=40)
    passage = re.search(r'Selection guid="([^"]+)"', second)[1]
    cases = (
        f'<Cases><Case guid="{guid("a")}" name="A"><CodeRef targetGUID="{guid("dom_control")}"/>'
        f'<SourceRef targetGUID="{guid("F")}"/></Case>'
        f'<Case guid="{guid("b")}" name="B"><SelectionRef targetGUID="{passage}"/></Case></Cases>'
    )
    found = bring(
        codebook("vio_physical", "dom_rules", "dom_control")
        + cases
        + sources(source("F", first, second)),
        unit="case",
        investigation="document",
    )
    assert [row[:2] for row in rows(found)] == [
        ("A", "dom_control"),
        ("A", "vio_physical"),
        ("B", "dom_rules"),
    ]
    assert set(found.sample.tables["relationships"]["case_id"]) == {"F"}


def test_units_and_investigations_from_variables(bring):
    held = [value("couple", f"c{n}") + value("file", "f1") for n in (1, 1, 2)]
    body = (
        variables("couple", "file")
        + f"<Sources>{''.join(source(f'D{n}', v) for n, v in enumerate(held))}</Sources>"
    )
    found = bring(body, unit="variable:couple", investigation="variable:file")
    assert list(found.sample.tables["relationships"]["relationship_id"]) == ["c1", "c2"]
    assert list(found.sample.tables["cases"]["case_id"]) == ["f1"]


def test_a_pattern_leaves_out_other_sets(bring):
    body = sources(source("R1"), source("R2")) + sets(C1=["R1"], C2=["R2"], everything=["R1", "R2"])
    found = bring(body, investigation="set:C*")
    assert list(found.sample.tables["relationships"]["case_id"]) == ["C1", "C2"]
    with pytest.raises(ImportFailedError) as error:
        bring(body, investigation="set")
    assert rules(error) == {"several_investigations"}
    assert len(error.value.issues) == 2
    with pytest.raises(ImportFailedError) as error:
        bring(body, unit="set")
    assert rules(error) == {"several_units"}


@pytest.mark.parametrize(("name", "ends"), [("x" * 10, "and not with"), ("x" * 11, "and with")])
def test_offsets_are_found_by_names_that_repeat_the_passage(bring, name, ends):
    inner = coding("vio_physical", at=3).replace("Selection guid", f'Selection name="{name}" guid')
    found = bring(codebook("vio_physical") + sources(source("R1", inner)))
    why = next(row.why for row in found.discards if row.what == "place of a coded passage")
    assert f"{ends} the last position" in why


def test_a_code_that_quotes_a_passage_is_not_named(bring):
    quoted = "she said that he would come after her"
    body = codebook("vio_physical", quoted)
    found = bring(body + sources(source("R1", coding("vio_physical"), coding(quoted))))
    assert left(found)["coding with the code (name not shown)"] == 1
    assert "he would" not in found.report()


# --- habits of the programs ----------------------------------------------------------------------


def cases(*found):
    """Return cases, each with the name of a document, its own name, and values."""
    held = "".join(
        f'<Case guid="{guid(f"case {name}")}"{own}>{"".join(values)}'
        f'<SourceRef targetGUID="{guid(name)}"/></Case>'
        for name, own, *values in found
    )
    return f"<Cases>{held}</Cases>"


POPULATION = "relationships.population"
BOTH = codebook("vio_physical", "dom_rules")


def test_maxqda_cases_without_a_name_carry_the_variables_of_their_document(bring):
    said = value(POPULATION, "domestic_violence")
    body = (
        variables(POPULATION)
        + codebook("vio_physical")
        + cases(("R1", "", said), ("R2", "", said))
        + sources(source("R1", coding("vio_physical"), said), source("R2"))
    )
    found = {unit: bring(body, unit=unit) for unit in ("case", "document")}
    pairs = found["case"].sample.table("relationships")
    assert list(pairs["relationship_id"]) == ["R1", "R2"]
    assert set(pairs["population"]) == {"domestic_violence"}
    assert rows(found["case"]) == [("R1", "vio_physical", "present", "coder")]
    # QualCoder keeps its attributes in the case alone, and a document has them as well.
    assert found["document"].sample.fingerprint == found["case"].sample.fingerprint


def test_a_case_and_its_document_that_disagree_are_a_fault(bring):
    mine, other = (value(POPULATION, word) for word in ("domestic_violence", "trafficking"))
    body = variables(POPULATION) + cases(("R1", "", mine)) + sources(source("R1", other))
    with pytest.raises(ImportFailedError) as error:
        bring(body)
    assert rules(error) == {"conflicting_value"}


def survey(*names, space=""):
    """Return documents of these names with GUIDs of their own and a coding each."""
    return "".join(
        source(name, coding("vio_physical")).replace(guid(name), guid(f"{space}{at}"), 1)
        for at, name in enumerate(names)
    )


def test_maxqda_documents_of_one_name_are_several_relationships(bring):
    found = bring(codebook("vio_physical") + sources(survey("Row 1", "Row 1", "Row 2")))
    assert found.sample.n("relationships") == 3
    assert [row[0] for row in rows(found)] == [f"r-{guid(str(at))[:8]}" for at in range(3)]
    assert left(found)["relationship with the name of another"] == 1
    assert left(found)["name of a relationship"] == 3


def copies(one, other, *, more="", extra=""):
    """Return a project in which R1 is coded in two copies, in the sets of two coders."""
    held = (("Coder 1", "a", one), ("Coder 2", "b", other))
    found, groups = "", ""
    for name, at, codes in held:
        inner = "".join(coding(code, "me") for code in codes)
        found += source("R1", inner).replace(guid("R1"), guid(f"R1{at}"), 1)
        member = f'<MemberSource targetGUID="{guid(f"R1{at}")}"/>'
        groups += f'<Set guid="{guid(name)}" name="{name}">{member}</Set>'
    return users("me") + BOTH + sources(found + more) + f"<Sets>{groups}{extra}</Sets>"


def test_maxqda_two_copies_are_two_coders_or_two_documents(bring):
    body = copies(["vio_physical"], ["vio_physical", "dom_rules"])
    with pytest.raises(ImportFailedError) as error:
        bring(body)
    assert rules(error) == {"document_twice"}
    assert error.value.issues[0].allowed == ("coders", "distinct")
    both = bring(body, copies="coders")
    assert rows(both) == [
        ("R1", "dom_rules", "present", "Coder_2"),
        ("R1", "vio_physical", "present", "Coder_1"),
        ("R1", "vio_physical", "present", "Coder_2"),
    ]
    assert [coder.name for coder in pick_coders(both.sample)] == ["Coder_1", "Coder_2"]
    assert left(both)["copy of a document"] == left(both)["user of a copy"] == 1
    assert "user without codings" not in left(both)
    other = bring(body, copies="distinct")
    assert other.sample.n("relationships") == 2
    assert other.sample.coders == ("me",)
    # Where sets are the relationships, they tell the documents apart.
    assert bring(body, unit="set").sample.n("relationships") == 2


def test_maxqda_copies_of_cases_and_of_investigations(bring):
    single = source("R2", coding("dom_rules"))
    group = "".join(f'<MemberSource targetGUID="{guid(n)}"/>' for n in ("R1a", "R1b", "R2"))
    extra = f'<Set guid="{guid("File 1")}" name="File 1">{group}</Set>'
    twice = cases(("R1a", ""), ("R1b", ""), ("R2", ""))
    body = copies(["vio_physical"], ["dom_rules"], more=single, extra=extra)
    body = body.replace("<Sources>", f"{twice}<Sources>")
    for unit in ("case", "document"):
        found = bring(body, unit=unit, investigation="set", copies="coders", ids="guid")
        assert found.sample.n("relationships") == 2
        assert found.sample.n("cases") == 1
        assert {row[2:] for row in rows(found)} == {
            ("present", f"coder-{guid('Coder 1')[:8]}"),
            ("present", f"coder-{guid('Coder 2')[:8]}"),
            ("present", "coder"),
        }
    # A set of investigations that a pattern names is no coder, though it holds one copy only.
    one = extra.replace(f'<MemberSource targetGUID="{guid("R1b")}"/>', "")
    body = copies(["vio_physical"], ["dom_rules"], more=single, extra=one)
    with pytest.raises(ImportFailedError) as error:
        bring(body, copies="coders")
    assert rules(error) == {"copy_without_coder"}
    found = bring(body, investigation="set:File*", copies="coders")
    assert found.sample.n("cases") == 1
    assert found.sample.coders == ("Coder_1", "Coder_2", "coder")


def test_copies_of_nobody(bring):
    body = copies(["vio_physical"], ["dom_rules"], more=survey("R1", space="third"))
    with pytest.raises(ImportFailedError) as error:
        bring(body, copies="coders")
    assert [issue.rule for issue in error.value.issues] == ["copy_without_coder"]
    assert "in no set" in error.value.issues[0].message
    with pytest.raises(ImportFailedError) as error:
        bring(sources(source("R1")), copies="coders")
    assert rules(error) == {"no_copies"}


def test_nvivo_twins_of_a_text_are_one_document(tmp_path):
    held = source("R1", coding("vio_physical", at=3)).replace(
        "<TextSource",
        '<TextSource plainTextPath="internal://t.txt" richTextPath="internal://t.docx"',
    )
    path = pack(
        tmp_path / "p.qdpx",
        project(codebook("vio_physical") + sources(held)),
        **{"Sources/t.txt": "x", "Sources/t.docx": "y"},
    )
    found = import_qdpx(path, unit="document", investigation="each")
    assert rows(found) == [("R1", "vio_physical", "present", "coder")]
    assert left(found)["file"] == 2
    assert left(found)["rich text"] == left(found)["text"] == 1


def test_nvivo_names_that_look_like_guids(bring):
    names = [guid("first"), guid("second").upper()]
    found = bring(sources(*(source(name) for name in names)))
    assert list(found.sample.table("relationships")["relationship_id"]) == names


def test_nvivo_annotations_are_links_to_memos(bring):
    inner = (
        f'<PlainTextSelection guid="{guid("at")}" startPosition="1" endPosition="4">'
        f'<NoteRef targetGUID="{guid("memo")}"/></PlainTextSelection>'
    )
    body = (
        codebook("vio_physical")
        + sources(source("R1", inner, coding("vio_physical")))
        + f'<Notes><Note guid="{guid("memo")}" name="n"><PlainTextContent>he said'
        + "</PlainTextContent></Note></Notes>"
        + f'<Links><Link guid="{guid("link")}" originGUID="{guid("at")}" '
        + f'targetGUID="{guid("memo")}"/></Links>'
    )
    found = bring(body)
    assert rows(found) == [("R1", "vio_physical", "present", "coder")]
    held = left(found)
    assert held["annotation"] == held["link"] == held["memo"] == 1
    assert "he said" not in found.report()


@pytest.mark.parametrize("shift", [0, 1, -1])
def test_line_ends_and_byte_order_marks_move_nothing(bring, shift):
    # ATLAS.ti counts CRLF once, MAXQDA twice, and QualCoder drops a byte order mark: places move.
    inner = [coding("vio_physical", "a", at) for at in (1, 5 + shift, 60 + 3 * shift)]
    found = bring(users("a") + codebook("vio_physical") + sources(source("R1", *inner)))
    assert rows(found) == [("R1", "vio_physical", "present", "a")]
    why = next(row.why for row in found.discards if row.what == "repeated coding")
    assert "1 of them overlap" in why


def test_atlasti_audio_has_no_name(bring):
    sound = source("", coding("vio_physical"), kind="AudioSource")
    found = bring(codebook("vio_physical") + sources(sound))
    assert rows(found) == [(f"r-{guid('')[:8]}", "vio_physical", "present", "coder")]
    assert left(found)["audio file"] == 1


@pytest.mark.parametrize(("offsets", "overlaps"), [("exclusive", 0), ("inclusive", 1), ("auto", 0)])
def test_offsets_may_be_stated(bring, offsets, overlaps):
    inner = coding("vio_physical", "a", 0), coding("vio_physical", "a", 10)
    body = users("a") + codebook("vio_physical") + sources(source("R1", *inner))
    found = bring(body, offsets=offsets)
    why = {row.what: row.why for row in found.discards}
    assert f"{overlaps} of them overlap" in why["repeated coding"]
    ends = "and with the last" if offsets == "inclusive" else "and not with the last"
    assert ends in why["place of a coded passage"]


@pytest.mark.parametrize("place", ["absolute:///etc/passwd", "relative:///../x", "internal://no"])
def test_no_path_of_a_text_is_ever_opened(bring, monkeypatch, place):
    def refuse(self, *rest):
        raise AssertionError(f"{self} was opened")

    monkeypatch.setattr(Path, "read_text", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    held = source("R1", "<PlainTextContent>he said</PlainTextContent>", coding("vio_physical"))
    held = held.replace("<TextSource", f'<TextSource plainTextPath="{place}"')
    found = bring(codebook("vio_physical") + sources(held), schema=SCHEMA)
    assert len(rows(found)) == 1
    assert "he said" not in found.report()


# --- variables and the mapping file --------------------------------------------------------------

PEOPLE = variables("suspect", "end", "together", "hurt", "other")


def test_variables_fill_columns_and_state_codes(bring, tmp_path):
    mapping = tmp_path / "m.csv"
    mapping.write_text(
        "their_column,their_value,table,column_or_code,status_or_value,note\n"
        "suspect,,relationships,suspect_id,,\n"
        "end,,relationships,rel_entry_date,,\n"
        "together,yes,relationships,rel_cohabiting,present,\n"
        "together,no,relationships,rel_cohabiting,absent_documented,\n"
        "hurt,yes,codings,vio_physical,present,\n"
        "hurt,never,codings,vio_physical,absent_documented,\n"
        "other,,relationships,,,left out\n",
        encoding="utf-8-sig",
    )
    one = value("suspect", "s1") + value("together", "yes") + value("hurt", "never")
    two = value("suspect", "s1") + value("together", "no") + value("other", "z")
    date = value("end", "2009-03-04T00:00:00Z", "DateTimeValue")
    found = bring(
        PEOPLE + sources(source("R1", one, date), source("R2", two)) + sets(C=["R1", "R2"]),
        investigation="set",
        mapping=mapping,
    )
    pairs = found.sample.tables["relationships"]
    assert list(pairs["suspect_id"]) == ["s1", "s1"]
    assert list(pairs["rel_cohabiting"].astype(str)) == ["present", "absent_documented"]
    assert str(pairs["rel_entry_date"][0].date()) == "2009-03-04"
    assert rows(found) == [("R1", "vio_physical", "absent_documented", "coder")]
    assert found.sample.n("suspects") == 1
    assert left(found)["value of the variable 'other'"] == 1


def test_values_that_nobody_mapped_clash_or_name_people(bring):
    mapping = [
        MappingRow(theirs="hurt", value="yes", ours="vio_physical"),
        MappingRow(theirs="together", table="relationships", ours="suspect_id"),
        MappingRow(theirs="suspect", table="relationships", ours="suspect_id"),
        MappingRow(theirs="other", table="suspects", ours="suspect_birth_country"),
    ]
    inner = value("hurt", "mybe"), value("together", "s1"), value("suspect", "s2")
    with pytest.raises(ImportFailedError) as error:
        bring(
            PEOPLE + sources(source("R1", *inner, value("other", "Jane Doe"))),
            mapping=mapping,
        )
    assert rules(error) == {"unknown_value", "conflicting_value", "identifier"}
    assert "mybe" not in str([str(issue) for issue in error.value.issues])
    assert "Doe" not in str([str(issue) for issue in error.value.issues])


def test_every_fault_of_a_mapping_at_once(bring):
    mapping = [
        MappingRow(theirs="debts", ours="eco_debt_claim", line=2),
        MappingRow(theirs="debt", ours="eco_dept_claim", becomes="presnt", line=3),
        MappingRow(theirs="hurt", value="1", table="relationship", ours="x", line=4),
        MappingRow(theirs="hurt", value="2", table="relationships", ours="rel_maried", line=5),
        MappingRow(theirs="hurt", table="relationships", ours="case_id", line=6),
        MappingRow(theirs="nobody", table="victims", ours="victim_age", line=7),
        MappingRow(theirs="twice", ours="eco_debt_claim", line=8),
    ]
    body = PEOPLE + codebook("debt", "a/twice", "b/twice") + sources(source("R1"))
    with pytest.raises(ImportFailedError) as error:
        bring(body, mapping=mapping)
    held = sorted((issue.row, issue.rule, issue.near) for issue in error.value.issues)
    assert held == [
        ("line 2", "unknown_code", "debt"),
        ("line 3", "unknown_code", "eco_debt_claim"),
        ("line 3", "unknown_status", "present"),
        ("line 4", "unknown_table", "relationships"),
        ("line 5", "unknown_column", "rel_married"),
        ("line 6", "unknown_column", ""),
        ("line 7", "unknown_variable", ""),
        ("line 8", "ambiguous_name", ""),
    ]


def test_a_mapping_without_its_columns(bring, tmp_path):
    mapping = tmp_path / "m.csv"
    mapping.write_text("their_column;table\nx;y\n", encoding="utf-8")
    with pytest.raises(ImportFailedError) as error:
        bring(sources(source("R1")), mapping=mapping)
    assert len(error.value.issues) == 3
    with pytest.raises(UsageError, match="could not be read"):
        bring(sources(source("R1")), mapping=tmp_path / "none.csv")


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "investigation"),
    [
        ("document", "document"),
        ("set:A*", "document"),
        ("set", "set"),
        ("variable:x", "variable:x"),
    ],
)
def test_an_investigation_must_be_able_to_hold_relationships(tmp_path, unit, investigation):
    with pytest.raises(UsageError, match=r"Allowed are 'set'.*'each'"):
        import_qdpx(tmp_path / "x", unit=unit, investigation=investigation)


def test_a_project_of_which_no_code_is_known_is_a_fault(bring):
    body = codebook("isolation", "debt", "other") + sources(
        source("R1", coding("isolation"), coding("debt"), coding("debt", at=2))
    )
    with pytest.raises(ImportFailedError) as error:
        bring(body)
    assert rules(error) == {"no_known_code"}
    assert "None of the 3 codings" in error.value.issues[0].message
    assert "none of the 2 codes used" in error.value.issues[0].message
    # One known code is enough, and so is a mapping that leaves out all of them.
    some = bring(body, mapping=[MappingRow(theirs="debt", ours="eco_debt_claim")])
    assert left(some)["coding with the code 'isolation'"] == 1
    none = bring(body, mapping=[MappingRow(theirs=name, ours="") for name in ("isolation", "debt")])
    why = next(r.why for r in none.discards if r.what == "relationship without any coding")
    assert why.startswith("no coding was taken over")


def test_a_project_without_codings_says_so(bring):
    found = bring(codebook("vio_physical") + sources(source("R1"), source("R2")))
    assert found.sample.n("codings") == 0
    assert left(found)["relationship without any coding"] == 2
    assert "the project holds no coding" in found.report()


def test_wrong_words_are_a_wrong_call(tmp_path):
    for unit, investigation in (("file", "set"), ("set", "variable:"), ("each", "set")):
        with pytest.raises(UsageError, match="must be 'document'"):
            import_qdpx(tmp_path / "x", unit=unit, investigation=investigation)
    with pytest.raises(UsageError, match=r"offsets.*coder.*population.*ids.*copies"):
        import_qdpx(
            tmp_path / "x",
            unit="set",
            investigation="set",
            offsets="?",
            coder="",
            population="",
            ids="",
            copies="",
        )


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "not_an_archive"),
        (b"PK\x03\x04 cut off", "damaged_archive"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Project/>', "bare_xml"),
        (b"MZ not a project", "not_an_archive"),
    ],
)
def test_what_is_no_archive(tmp_path, content, rule):
    path = tmp_path / "p.qdpx"
    path.write_bytes(content)
    with pytest.raises(ImportFailedError) as error:
        import_qdpx(path, unit="document", investigation="set")
    assert rules(error) == {rule}
    assert error.value.exit_code == 16


def test_a_file_or_a_project_that_is_not_there(tmp_path):
    with pytest.raises(ImportFailedError, match="1 fault"):
        import_qdpx(tmp_path / "none.qdpx", unit="document", investigation="set")
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mine/project.qde", "<Project/>")
    with pytest.raises(ImportFailedError) as error:
        import_qdpx(path, unit="document", investigation="set")
    assert "pack what is in the folder" in str(error.value.issues[0])


def test_every_fault_of_an_archive_at_once(tmp_path):
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", project(""))
        for name in ("../up.txt", "/root.txt", "C:\\x.txt", "sources\\..\\..\\x.txt"):
            archive.writestr(name, "x")
        archive.writestr("bomb.txt", b"0" * (1 << 24))
        archive.writestr("Twice.txt", "x")
        archive.writestr("twice.txt", "x")
    content = path.read_bytes()
    # The flag of encryption, in the central directory of the last entry.
    at = content.rindex(b"PK\x01\x02") + 8
    path.write_bytes(content[:at] + b"\x01" + content[at + 1 :])
    with pytest.raises(ImportFailedError) as error:
        import_qdpx(path, unit="document", investigation="set")
    found = [issue.rule for issue in error.value.issues]
    assert found.count("unsafe_path") == 4
    assert set(found) == {"unsafe_path", "zip_bomb", "duplicate_entry", "encrypted_entry"}
    assert not any("up.txt" in issue.message for issue in error.value.issues)


def test_a_swollen_project_is_never_unpacked(tmp_path):
    path = pack(tmp_path / "p.qdpx", b" " * (1 << 25))
    with pytest.raises(ImportFailedError) as error:
        import_qdpx(path, unit="document", investigation="set")
    assert rules(error) == {"zip_bomb"}


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE Project [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<Project><Description>&b;</Description></Project>"
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE Project SYSTEM "file:etc/passwd"><Project/>'


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        (LAUGHS, "document_type"),
        (LAUGHS.replace("?>", ' encoding="utf-16"?>', 1).encode("utf-16"), "document_type"),
        (OUTSIDE, "document_type"),
        ("<?xml version='1.0'?><Project><Users></Project>", "not_xml"),
        ("<?xml version='1.0' encoding='nonsense'?><Project/>", "not_xml"),
        ("<?xml version='1.0'?><CodeBook/>", "not_a_project"),
        ("<?xml version='1.0'?><Project xmlns='urn:other'/>", "unknown_namespace"),
        (project(""), "no_unit"),
        (b"  ", "empty_project"),
    ],
)
def test_what_is_no_project(bring, xml, rule):
    with pytest.raises(ImportFailedError) as error:
        bring(xml)
    assert rules(error) == {rule}


def test_every_fault_of_the_xml_at_once(bring):
    nowhere = f'<Set guid="{guid("s")}" name="s"><MemberSource targetGUID="{guid("gone")}"/></Set>'
    empty = f'<Coding guid="{guid("z")}"/>'
    body = (
        users("a", "a")
        + codebook("vio_physical")
        + f"<Cases><Case guid='17'><SourceRef targetGUID='{guid('gone')}'/>"
        + f"<SelectionRef targetGUID='{guid('gone')}'/>{value('gone', 'x')}</Case></Cases>"
        + sources(source("R1", coding("gone", "gone"), empty), source("R1"))
        + f"<Sets>{nowhere}</Sets>"
    )
    with pytest.raises(ImportFailedError) as error:
        bring(body)
    found = [issue.rule for issue in error.value.issues]
    assert found.count("dangling_reference") == 6
    assert found.count("duplicate_guid") == 2
    assert found.count("bad_guid") == found.count("missing_element") == 1
    assert all(issue.row.startswith("line ") for issue in error.value.issues)


def test_a_flood_of_faults_is_cut_short(bring):
    inner = "".join(coding("gone") for _ in range(400))
    with pytest.raises(ImportFailedError, match="400 faults") as error:
        bring(sources(source("R1", inner)))
    assert len(error.value.issues) == 51
    assert "350 more" in str(error.value.issues[-1])


def test_a_relationship_without_an_investigation(bring):
    body = sources(source("R1"), source("R2")) + sets(C=["R1"])
    with pytest.raises(ImportFailedError) as error:
        bring(body, investigation="set")
    assert [(i.rule, i.row) for i in error.value.issues] == [("no_investigation", "relationship 2")]
    with pytest.raises(ImportFailedError) as error:
        bring(variables("couple") + body, unit="variable:copule")
    assert error.value.issues[0].near == "couple"
