"""The codebook for other programs: REFI-QDA, MAXQDA's code list, HTML."""

import io
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree
from openpyxl import load_workbook

from relatum.schema import Codebook, load_schema
from relatum.schema.codebook_files import (
    LONGEST_NAME,
    QDC_NAMESPACE,
    code_guid,
    code_names,
    codebook_html,
    codebook_maxqda,
    codebook_qdc,
    domain_colour,
)

XSD = Path(__file__).parents[1] / "reference" / "refi" / "Codebook.xsd"
CODE = f"{{{QDC_NAMESPACE}}}Code"


@pytest.fixture(scope="module")
def schema():
    return load_schema()


@pytest.fixture(scope="module")
def tree(schema):
    return etree.fromstring(codebook_qdc(schema))


def with_labels(schema, labels):
    codes = [
        replace(code, label=labels.get(code.id, code.label)) for code in schema.codebook.values()
    ]
    return replace(schema, codebook=Codebook(tuple(codes)))


def test_the_qdc_follows_the_published_schema(tree):
    xsd = etree.XMLSchema(etree.parse(XSD))
    assert xsd.validate(tree), xsd.error_log


def test_every_code_of_a_coder_is_there_once(schema, tree):
    guids = [element.get("guid") for element in tree.iter(CODE)]
    assert len(guids) == len(set(guids))
    coded = {code_guid(code.id) for code in schema.codebook.values() if code.is_coding}
    codable = {e.get("guid") for e in tree.iter(CODE) if e.get("isCodable") == "true"}
    assert codable == coded
    assert max(len(element.get("name")) for element in tree.iter(CODE)) <= LONGEST_NAME


def test_a_domain_is_the_parent_of_its_codes(tree):
    at = {element.get("guid"): element for element in tree.iter(CODE)}
    parent = at[code_guid("ctl_phone_checks")].getparent()
    assert parent.get("guid") == code_guid("dom_control")
    assert (
        parent.get("color")
        == domain_colour("control")
        == at[code_guid("ctl_phone_checks")].get("color")
    )
    assert at[code_guid("bar_hope")].getparent().get("isCodable") == "false"
    colours = {element.get("color") for element in tree[0]}
    assert len(colours) == len(tree[0])


def test_guids_are_fixed():
    # Written down once: a later version must give the same, or projects no longer match.
    assert code_guid("vio_physical") == "F973B873-CB32-5E41-997F-22433920C8E9"


def test_the_bytes_do_not_change(schema):
    assert codebook_qdc(schema) == codebook_qdc(schema)
    assert codebook_maxqda(schema) == codebook_maxqda(schema)


def test_long_names_are_cut_and_stay_apart(schema):
    long = "A label that goes on and on and never ends, as no label of a code should ever do"
    changed = with_labels(schema, {"vio_physical": long, "vio_sexual": long + " again"})
    cut = [name for name in code_names(changed) if name.is_cut]
    assert [name.code for name in cut] == ["vio_physical", "vio_sexual"]
    assert {len(name.name) for name in cut} <= {LONGEST_NAME, LONGEST_NAME - 1}
    assert len({name.path for name in cut}) == 2
    assert cut[0].full == long
    assert not [name for name in code_names(schema) if name.is_cut]


def test_the_mark_of_a_path_never_stands_in_a_name(schema):
    changed = with_labels(schema, {"vio_physical": "Hits > kicks \\ pushes"})
    name = next(name for name in code_names(changed) if name.code == "vio_physical")
    assert name.path == "Violence, as a domain > Hits / kicks / pushes"


def test_the_code_list_of_maxqda(schema):
    page = load_workbook(io.BytesIO(codebook_maxqda(schema))).active
    rows = list(page.iter_rows(values_only=True))
    assert rows[0] == ("Code", "Memo")
    assert len(rows) - 1 == sum(code.is_coding for code in schema.codebook.values())
    paths = [row[0] for row in rows[1:]]
    assert "Control and monitoring, as a domain > " + schema.codebook["ctl_phone_checks"].label in (
        paths
    )
    assert len(set(paths)) == len(paths)
    assert all(len(part) <= LONGEST_NAME for path in paths for part in path.split(" > "))


def test_no_text_becomes_a_formula(schema):
    changed = with_labels(schema, {"dom_economic": "=1+1"})
    page = load_workbook(io.BytesIO(codebook_maxqda(changed))).active
    assert (page["A2"].value, page["A2"].data_type) == ("=1+1", "s")


def test_a_part_of_the_codebook_brings_its_domain(schema):
    codes = schema.codebook.match("vio_s*")
    tree = etree.fromstring(codebook_qdc(schema, codes))
    assert [element.get("guid") for element in tree[0]] == [code_guid("dom_violence")]
    assert len(tree[0][0].findall(CODE)) == len(codes)


def test_the_page_holds_every_code_and_is_whole(schema):
    class Reader(HTMLParser):
        open_tags: list[str]

        def __init__(self):
            super().__init__()
            self.open_tags, self.ids = [], []

        def handle_starttag(self, tag, attrs):
            self.ids += [value for name, value in attrs if name == "id"]
            if tag != "meta":
                self.open_tags.append(tag)

        def handle_endtag(self, tag):
            assert self.open_tags.pop() == tag

    reader = Reader()
    reader.feed(codebook_html(with_labels(schema, {"vio_physical": "<b>Hits</b> & kicks"})))
    assert reader.open_tags == []
    assert sorted(reader.ids) == sorted(schema.codebook)
