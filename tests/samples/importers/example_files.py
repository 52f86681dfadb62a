"""Write the invented files of ``data_schema/examples/import``.

Run it after a change of a layout::

    python tests/samples/importers/example_files.py
    RELATUM_SNAPSHOTS=write python -m pytest tests/samples/importers/test_import_examples.py

Every person, file and passage in them is made up. Mappings and the README are written by hand.
"""

import csv
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import openpyxl

from relatum.samples.importers.registry_crosswalk import load_crosswalk
from relatum.samples.templates import write_templates

FOLDER = Path(__file__).parents[3] / "data_schema" / "examples" / "import"
#: The same bytes on every day.
MOMENT = datetime(2026, 1, 1)

WIDE = [
    (
        *("Case nr", "Suspect nr", "Victim nr", "Relation", "Start of relationship", "Living"),
        *("Hit or kicked", "Threatened", "Phone checked", "Passport kept", "Remarks"),
    ),
    ("Z1", 11, 21, "partner", "spring 2014", "together", "yes", "yes", 1, None, "see binder 2"),
    ("Z1", 11, 22, "ex", "about May 2013", "apart", "no", "unknown", 0, 1, None),
    ("Z2", 12, 23, "ex", "between 2012 and June 2013", "together", "yes", None, 1, 1, None),
    ("Z3", 13, 24, "partner", None, None, "unknown", "no", None, None, "file incomplete"),
]
LONG = [
    ("dossier", "suspect", "victim", "item", "answer", "when", "who coded"),
    ("D1", "A", "B", "physical violence", "yes", "14 March 2015", "coder_a"),
    ("D1", "A", "B", "physical violence", "yes", "March 2015", "coder_b"),
    ("D1", "A", "B", "checks phone", "yes", "", "coder_a"),
    ("D1", "A", "C", "checks phone", "looked for, not found", "", "coder_a"),
    ("D1", "A", "C", "withholds passport", "yes", "early 2015", "coder_a"),
    ("D2", "E", "F", "mood of the interview", "tense", "", "coder_a"),
    ("D2", "E", "F", "physical violence", "no information", "", "coder_a"),
]
ATTEMPTS = [
    ("suspect", "victim", "day of the report", "day of leaving", "how it ended"),
    ("A", "B", "14 March 2015", "two days after the report", "brought back"),
    ("A", "C", "", "summer 2014", "came back"),
]
SEGMENTS = [
    (
        *("Color", "Comment", "Document group", "Document name", "Code", "Beginning", "End"),
        *("Weight score", "Segment", "Modified by", "Modified", "Created by", "Created"),
    ),
    *(
        ("●", comment, group, document, code, 2, 2, 0, text, who, "01/02/2026", who, "01/02/2026")
        for comment, group, document, code, text, who in (
            (None, "File 1", "Couple 1", "Tactic > isolation", "An invented passage.", "AB"),
            (None, "File 1", "Couple 1", "Tactic > violence > physical", "Another one.", "AB"),
            ("look again", "File 1", "Couple 2", "Tactic > isolation", "A third one.", "AB"),
            (None, "File 2", "Couple 3", "Setting > kitchen", "A fourth one.", "CD"),
            (None, "File 2", "Couple 3", "Tactic > phone", "A fifth one.", "CD"),
        )
    ),
]
DOCUMENTS = [
    ("Document group", "Document name", "living together", "kind"),
    ("File 1", "Couple 1", "yes", "trafficking"),
    ("File 1", "Couple 2", "no", "trafficking"),
    ("File 2", "Couple 3", None, "partner violence"),
]
#: Rows below the worked row of a template; cells that are not named stay blank.
TEMPLATE = {
    "cases": [{"case_id": "C1", "case_list_source": "included"}],
    "suspects": [{"suspect_id": "S1", "case_id": "C1", "suspect_gender": "man"}],
    "victims": [{"victim_id": f"V{n}", "case_id": "C1"} for n in (1, 2)],
    "relationships": [
        {"relationship_id": f"R{n}", "case_id": "C1", "suspect_id": "S1", "victim_id": f"V{n}"}
        | {"population": "trafficking"}
        for n in (1, 2)
    ],
    "codings": [
        {"coding_id": key, "unit_type": "relationship", "unit_id": unit, "code": code}
        | {"status": status, "coder_id": "coder_a"}
        for key, unit, code, status in (
            ("K1", "R1", "ctl_phone_checks", "present"),
            ("K2", "R1", "vio_physical", "absent_documented"),
            ("K3", "R2", "vio_physical", "present"),
        )
    ],
    "escape_attempts": [
        {"attempt_id": "A1", "relationship_id": "R2", "attempt_date_precision": "month"}
        | {"attempt_date_lower": "2015-06-01", "attempt_date_upper": "2015-06-30"}
    ],
}
CTDC = [
    {"yearOfRegistration": "2019", "gender": "Woman", "ageBroad": "18--20"}
    | {"meansThreats": "1", "meansWithholdDocs": "1", "isSexualExploit": "1"},
    {"yearOfRegistration": "2020", "gender": "Man", "meansDenyBasicNeeds": "1"},
    {"yearOfRegistration": "2021", "gender": "Woman", "meansDebtBondageEarnings": "1"},
]
_CALL = {
    "llamado_fecha_hora": "2018-01-19 12:46:38",
    "llamado_provincia": "Buenos Aires",
    "victima_genero": "Femenino",
    "victima_edad": "25",
}
CALLS = [
    {"victima_vinculo_agresor": "Pareja", "ofv_violencia_fisica": "SI"},
    {"victima_vinculo_agresor": "Ex pareja", "ofv_no_sabe_no_contesta": "SI"}
    | {"ofv_amenaza_muerte": "SI"},
    {"victima_vinculo_agresor": "Padre", "ofv_violencia_fisica": "SI"},
]
_WOMAN = {"v001": "1", "v021": "1", "v044": "1", "v502": "1", "d005": "1250000", "v012": "30"}
WOMEN = [
    {"d105a": "1", "d101d": "1"},
    {"v001": "2", "v021": "2", "d105a": "8"},
    {"v001": "2", "v021": "2", "v044": "0"},
    {"v001": "3", "v021": "3", "v502": "0"},
]


def write_csv(path: Path, rows: list) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(rows)


def write_book(path: Path, rows: list) -> None:
    book = openpyxl.Workbook()
    book.properties.creator = "relatum"
    book.properties.created = book.properties.modified = MOMENT
    for row in rows:
        book.active.append(row)
    book.save(path)


def write_records(path: Path, registry: str, layout: str, rows: list, nothing) -> None:
    """Write rows of a registry, in one of its layouts; `nothing` fills a column with silence."""
    names = [column.names[0] for column in load_crosswalk(registry).layouts[layout].values()]
    if registry == "dhs":
        kept = {name for row in (*rows, _WOMAN) for name in row}
        columns = load_crosswalk("dhs").layouts["women"].values()
        names = [one.names[0] for one in columns if one.required or one.names[0] in kept]
    write_csv(path, [names, *([row.get(name, nothing(name)) for name in names] for row in rows)])


def write_project(path: Path) -> None:
    """Write a project of two coders: three documents in two sets."""

    def guid(name: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"relatum example {name}"))

    def coding(code: str, who: str, at: int) -> str:
        name = f"{code} {who} {at}"
        inner = f'<CodeRef targetGUID="{guid(code)}"/>'
        return (
            f'<PlainTextSelection guid="{guid(name)}" startPosition="{at}" endPosition="{at + 9}">'
            f'<Coding guid="{guid("k" + name)}" creatingUser="{guid(who)}">{inner}</Coding>'
            "</PlainTextSelection>"
        )

    def source(name: str, *inner: str) -> str:
        text = "An invented passage, to be coded."
        held = f"<PlainTextContent>{text}</PlainTextContent>{''.join(inner)}"
        return f'<TextSource guid="{guid(name)}" name="{name}">{held}</TextSource>'

    def group(name: str, *members: str) -> str:
        refs = "".join(f'<MemberSource targetGUID="{guid(one)}"/>' for one in members)
        return f'<Set guid="{guid(name)}" name="{name}">{refs}</Set>'

    def code(name: str, *inner: str) -> str:
        return f'<Code guid="{guid(name)}" name="{name}" isCodable="true">{"".join(inner)}</Code>'

    users = "".join(f'<User guid="{guid(n)}" name="{n}"/>' for n in ("coder_a", "coder_b"))
    codes = code("Tactic", code("isolation"), code("debt")) + code("Atmosphere")
    body = (
        f"<Users>{users}</Users><CodeBook><Codes>{codes}</Codes></CodeBook><Sources>"
        + source("R1", coding("isolation", "coder_a", 3), coding("isolation", "coder_b", 4))
        + source("R2", coding("debt", "coder_a", 3), coding("Atmosphere", "coder_a", 15))
        + source("R3")
        + f"</Sources><Sets>{group('C1', 'R1', 'R2')}{group('C2', 'R3')}</Sets>"
    )
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    xml = f'{head}<Project xmlns="urn:QDA-XML:project:1.0" name="example">{body}</Project>\n'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("project.qde", MOMENT.timetuple()[:6]), xml)


def write_filled_template(folder: Path) -> None:
    """Write some files of the long template, with the worked row and a few rows of our own."""
    with tempfile.TemporaryDirectory() as place:
        write_templates(Path(place) / "new", forms=("long",))
        for name, rows in TEMPLATE.items():
            path = Path(place) / "new" / "long_csv" / f"{name}.csv"
            with path.open(encoding="utf-8-sig", newline="") as handle:
                head, *worked = csv.reader(handle)
            own = [[row.get(column, "") for column in head] for row in rows]
            write_csv(folder / f"{name}.csv", [head, *worked, *own])


def main() -> None:
    """Write every file anew."""
    write_book(FOLDER / "wide" / "coded.xlsx", WIDE)
    write_csv(FOLDER / "long" / "codings.csv", LONG)
    write_csv(FOLDER / "long" / "attempts.csv", ATTEMPTS)
    write_book(FOLDER / "maxqda" / "segments.xlsx", SEGMENTS)
    write_book(FOLDER / "maxqda" / "variables.xlsx", DOCUMENTS)
    write_project(FOLDER / "qdpx" / "project.qdpx")
    write_filled_template(FOLDER / "template")
    write_records(FOLDER / "ctdc" / "records.csv", "ctdc", "synthetic", CTDC, lambda _: "")
    calls = [{**_CALL, **row} for row in CALLS]
    items = ("vs_", "ofv_")
    no = {True: "NO", False: ""}
    write_records(
        FOLDER / "linea137" / "calls.csv",
        *("linea137", "calls", calls),
        lambda name: no[name.startswith(items)],
    )
    asked = ("d101", "d103", "d105")
    zero = {True: "0", False: ""}
    women = [{**_WOMAN, **row} for row in WOMEN]
    write_records(
        FOLDER / "dhs" / "women.csv",
        "dhs",
        "women",
        women,
        lambda name: zero[name.startswith(asked)],
    )


if __name__ == "__main__":
    main()
