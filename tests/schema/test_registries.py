"""The registries are plain data: these checks read them without the package."""

import csv
import json
import re
from collections import Counter
from fnmatch import filter as matching
from pathlib import Path

import pytest
from frictionless import Package

FOLDER = Path(__file__).parents[2] / "data_schema"
DESCRIPTOR = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
TABLES = {entry["name"]: entry["schema"] for entry in DESCRIPTOR["resources"]}
STATUSES = ["present", "absent_documented", "not_documented", "not_applicable"]
KINDS = {
    "id": "string",
    "reference": "string",
    "status": "string",
    "category": "string",
    "ordinal": "string",
    "multi": "string",
    "text": "string",
    "boolean": "boolean",
    "date": "date",
}


def read(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


CODES = read("codebook.csv")
CODE_IDS = [row["id"] for row in CODES]
BY_ID = {row["id"]: row for row in CODES}
PARALLELS = read("parallels.csv")
BENCHMARKS = read("benchmarks.csv")
FIELDS = [(table, field) for table, schema in TABLES.items() for field in schema["fields"]]


def split(text):
    return [part.strip() for part in text.split(";") if part.strip()]


def levels(field):
    listed = field.get("relatum:levels") or field.get("categories") or []
    return [level["value"] for level in listed]


def foreign(table):
    return {name for key in TABLES[table].get("foreignKeys", []) for name in key["fields"]}


# --- datapackage.json ----------------------------------------------------------------------------


def test_descriptor_is_a_valid_data_package():
    assert list(Package.metadata_validate(DESCRIPTOR)) == []


def test_descriptor_names_its_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", DESCRIPTOR["relatum"]["schema_version"])


@pytest.mark.parametrize("table", TABLES)
def test_keys_name_existing_columns(table):
    schema = TABLES[table]
    names = [field["name"] for field in schema["fields"]]
    assert len(names) == len(set(names))
    assert schema["primaryKey"] == names[:1]
    assert schema["fields"][0]["constraints"]["unique"] is True
    for key in schema.get("foreignKeys", []):
        target = TABLES[key["reference"]["resource"]]
        assert key["fields"][0] in names
        assert key["reference"]["fields"] == target["primaryKey"]


@pytest.mark.parametrize("table", TABLES)
def test_silence_is_labelled_and_simulation_is_marked(table):
    schema = TABLES[table]
    assert {entry["value"] for entry in schema["missingValues"]} == {"", "NA"}
    assert all(entry["label"] for entry in schema["missingValues"])
    simulated = schema["fields"][-1]
    assert (simulated["name"], simulated["type"]) == ("simulated", "boolean")
    assert "required" not in simulated.get("constraints", {})


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=lambda x: x if isinstance(x, str) else "")
def test_field_is_described_and_consistent(table, field):
    kind = field["relatum:kind"]
    limits = field.get("constraints", {})
    assert field["title"], (table, field["name"])
    assert field["description"].endswith(".")
    assert isinstance(field["relatum:sensitive"], bool)
    assert field.get("relatum:code", field["name"]) == field["name"]
    if kind in KINDS:
        assert field["type"] == KINDS[kind]
    else:
        assert field["type"] in ("integer", "number")
    if kind in ("status", "category", "ordinal"):
        assert levels(field) == limits["enum"]
    if kind == "status":
        assert levels(field) == STATUSES
    if kind == "ordinal":
        assert field["categoriesOrdered"] is True
    assert "unknown" not in levels(field)


def test_multi_valued_fields_accept_joined_levels_only():
    multi = [field for _, field in FIELDS if field["relatum:kind"] == "multi"]
    assert multi
    for field in multi:
        pattern, values = field["constraints"]["pattern"], levels(field)
        assert re.fullmatch(pattern, ";".join(values))
        assert not re.fullmatch(pattern, f"{values[0]};")
        assert not re.fullmatch(pattern, f"{values[0]},{values[1]}")
        assert not re.fullmatch(pattern, "no_such_level")


def test_countries_are_codes_or_coarse_groups():
    for table in ("suspects", "victims"):
        field = next(f for f in TABLES[table]["fields"] if f["name"].endswith("birth_country"))
        pattern = field["constraints"]["pattern"]
        assert all(re.fullmatch(pattern, ok) for ok in ("NL", "AN", "other_eu", "other_non_eu"))
        assert not any(re.fullmatch(pattern, bad) for bad in ("nl", "NLD", "Netherlands", "other"))


def test_identifiers_leave_no_room_for_names_or_addresses():
    for _, field in FIELDS:
        if field["relatum:kind"] == "id":
            pattern = field["constraints"]["pattern"]
            assert not any(re.fullmatch(pattern, bad) for bad in ("Anna B", "a@b.nl", "+31 6 12"))


@pytest.mark.parametrize(
    "name",
    ["suspect_age", "victim_age", "victim_birth_country", "victim_children", "rel_onset_lower"],
)
def test_personal_values_are_marked_sensitive(name):
    assert all(field["relatum:sensitive"] for _, field in FIELDS if field["name"] == name)


def test_every_date_is_an_interval_or_a_limit_of_observation():
    dates = [field["name"] for _, field in FIELDS if field["type"] == "date"]
    ends = [n.removesuffix("_lower") for n in dates if n.endswith("_lower")]
    assert sorted(ends) == sorted(n.removesuffix("_upper") for n in dates if n.endswith("_upper"))
    single = [n for n in dates if not n.endswith(("_lower", "_upper"))]
    assert single == ["case_start", "case_end", "rel_entry_date"]


# --- codebook.csv --------------------------------------------------------------------------------


def test_code_ids_are_unique():
    assert [code for code, count in Counter(CODE_IDS).items() if count > 1] == []


def test_each_column_has_one_code_and_each_stored_code_one_column():
    columns = {
        f"{table}.{field['name']}"
        for table, field in FIELDS
        if field["name"] not in foreign(table) | {"simulated", "population"}
    }
    stored = [row["stored_in"] for row in CODES if "." in row["stored_in"]]
    assert sorted(stored) == sorted(columns)


@pytest.mark.parametrize("row", CODES, ids=CODE_IDS)
def test_code_is_complete(row):
    assert row["stored_in"] in ("codings", "derived") or "." in row["stored_in"]
    assert row["label"]
    assert row["definition"].endswith(".")
    assert row["missing_rule"]
    assert row["time_reference"]
    assert row["tier"] in ("core", "extended")
    assert {row[flag] for flag in ("family_25", "legal_element", "sensitive")} <= {"yes", "no"}
    for other in split(row["parent"]) + split(row["overlaps"]):
        assert other in BY_ID
        assert other != row["id"]


def test_definitions_have_two_sentences_at_most():
    long = [r["id"] for r in CODES if len(re.findall(r"[.?!](?=\s+[A-Z]|$)", r["definition"])) > 3]
    assert long == []


def test_columns_and_codes_agree_on_levels_and_sensitivity():
    for table, field in FIELDS:
        if f"{table}.{field['name']}" not in {row["stored_in"] for row in CODES}:
            continue
        row = BY_ID[field["name"]]
        assert row["stored_in"] == f"{table}.{field['name']}"
        assert row["sensitive"] == ("yes" if field["relatum:sensitive"] else "no"), row["id"]
        if levels(field):
            assert row["levels"].split("|") == levels(field), row["id"]


def test_tactics_bonds_and_coping_are_statuses_of_the_relationship():
    exceptions = {"eco_exit_fee_amount": "number", "vio_frequency": "ordinal"}
    for row in CODES:
        if row["entity"] in ("tactic", "bond", "coping"):
            assert row["stored_in"] == "codings"
            assert row["unit"] == "relationship"
            assert row["value_type"] == exceptions.get(row["id"], "status"), row["id"]


def test_seven_domains_are_coded_directly():
    domains = [row["id"] for row in CODES if row["entity"] == "domain"]
    names = ("economic", "control", "rules", "isolation", "intimidation", "violence", "deception")
    assert domains == [f"dom_{name}" for name in names]
    for name in names:
        assert any(r["entity"] == "tactic" and r["domain"] == name for r in CODES)


def test_coping_has_five_families_and_escalation():
    found = {row["domain"] for row in CODES if row["entity"] == "coping"}
    assert found == {"active", "fear", "minimise", "love", "no_change", "escalation"}


def test_the_exploratory_family_has_25_tactics_and_no_nested_pair():
    family = [row for row in CODES if row["family_25"] == "yes"]
    assert len(family) == 25
    assert {row["entity"] for row in family} == {"tactic"}
    ids = {row["id"] for row in family}
    assert not any(ids & set(split(row["parent"])) for row in family)


def test_derived_codes_have_a_rule_that_names_existing_codes():
    words = {"any", "all", "atleast", "is", "events", "sourced"}
    for row in CODES:
        if row["stored_in"] != "derived":
            continue
        rule = row["derivation"]
        assert rule, row["id"]
        if rule.startswith("model:"):
            assert re.fullmatch(r"model:[a-z_]+", rule)
            continue
        bare = re.sub(r"(is|events)\((\w+),[^)]*\)", r"\2", re.sub(r"sourced\([^)]*\)", "", rule))
        for name in re.findall(r"[a-z]\w*\*?", bare):
            assert name in words or matching(CODE_IDS, name), (row["id"], name)


def test_levels_named_in_rules_exist():
    for row in CODES:
        for code, listed in re.findall(r"(?:is|events)\((\w+),\s*([^)]*)\)", row["derivation"]):
            assert set(listed.split("|")) <= set(BY_ID[code]["levels"].split("|")), row["id"]
        for listed in re.findall(r"sourced\(([^)]*)\)", row["derivation"]):
            assert set(listed.split("|")) <= set(BY_ID["source"]["levels"].split("|")), row["id"]


def test_no_rule_uses_itself_directly_or_through_others():
    def used(code, seen=()):
        assert code not in seen, seen
        names = re.findall(r"[a-z]\w*\*?", BY_ID[code]["derivation"])
        for name in {hit for n in names for hit in matching(CODE_IDS, n)} - {code}:
            if BY_ID[name]["stored_in"] == "derived":
                used(name, (*seen, code))

    for row in CODES:
        if not row["derivation"].startswith("model:"):
            used(row["id"])


# --- parallels.csv and benchmarks.csv ------------------------------------------------------------


def test_benchmarks_are_verified_or_computed():
    assert all(row["certainty"].startswith(("verified_", "computed_")) for row in BENCHMARKS)
    dropped = {f"B{n}" for n in ("01", "04", "05", "11", "16", "18", "25", "26", "34", "52", "55")}
    assert not dropped & {row["id"][:3] for row in BENCHMARKS}
    assert len({row["id"] for row in BENCHMARKS}) == len(BENCHMARKS)


@pytest.mark.parametrize("row", BENCHMARKS, ids=[row["id"] for row in BENCHMARKS])
def test_benchmark_is_complete_and_inside_its_limits(row):
    assert row["citation"]
    assert row["checked_in"]
    assert row["population"]
    low, value, high = (float(row[c]) if row[c] else None for c in ("lower", "estimate", "upper"))
    assert (row["interval_basis"] == "none") == (low is None and high is None)
    for left, right in ((low, value), (value, high), (low, high)):
        assert left is None or right is None or left <= right
    if row["statistic"] == "share":
        assert all(x is None or 0 <= x <= 1 for x in (low, value, high))


@pytest.mark.parametrize("row", PARALLELS, ids=[row["id"] for row in PARALLELS])
def test_parallel_rests_on_existing_codes_and_benchmarks(row):
    known = {benchmark["id"] for benchmark in BENCHMARKS}
    assert set(split(row["benchmark_ids"])) <= known
    assert all(matching(CODE_IDS, code) for code in split(row["codes"]))
    assert row["codes"] or row["margin_type"] == "global"


@pytest.mark.parametrize("row", PARALLELS, ids=[row["id"] for row in PARALLELS])
def test_margin_matches_its_type_and_scale(row):
    low, high = (float(row[c]) if row[c] else None for c in ("margin_low", "margin_high"))
    kind = row["margin_type"]
    if kind in ("description", "global"):
        assert (low, high) == (None, None)
        return
    assert low is not None
    assert row["margin_reason"]
    if kind == "non_inferiority":
        return
    assert kind in ("equivalence", "difference_expected")
    assert high is not None
    if row["scale"] in ("rate_ratio", "cumulative_odds_ratio", "hazard_ratio_ratio"):
        assert 0 < low < 1 < high
    else:
        assert low == -high < 0


def test_confirmatory_rows_need_assay_sensitivity():
    assert {row["primary"] for row in PARALLELS} == {"yes", "no"}
    contrast = [row for row in PARALLELS if row["margin_type"] == "difference_expected"]
    assert len(contrast) >= 4
    assert all(row["primary"] == "no" for row in contrast)


@pytest.mark.parametrize(
    "name", ["datapackage.json", "codebook.csv", "parallels.csv", "benchmarks.csv"]
)
def test_registry_is_plain_utf8_without_trailing_space(name):
    text = (FOLDER / name).read_bytes().decode("utf-8")
    assert not text.startswith("\ufeff")
    assert "\r" not in text
    assert text.endswith("\n")
    assert not re.search(r"[ \t]\n", text)
