"""Records in the form that ACRO writes: a schema of our own from what is known of it."""

import csv
import dataclasses
import hashlib
import io
import json

import jsonschema
import pytest

from relatum.models.describe import describe_flow, describe_sizes
from relatum.models.prevalence import estimate_prevalence
from relatum.release import RULES, AcroRun, acro_files, judge_all
from relatum.samples import example_sample
from relatum.study import read_study

STUDY = read_study()
TEXT = {"type": "string"}
SCHEMA = {
    "type": "object",
    "required": ["version", "results"],
    "properties": {
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "tool": {"type": "object", "required": ["@type", "name", "version"]},
        "results": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": [
                    *("uid", "status", "type", "properties", "files", "outcome", "command"),
                    *("summary", "timestamp", "comments", "exception", "fair"),
                ],
                "properties": {
                    "uid": TEXT,
                    "status": {"enum": ["pass", "review", "fail"]},
                    "type": {"enum": ["table", "custom"]},
                    "properties": {"type": "object", "required": ["method"]},
                    "files": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["name", "sdc"],
                            "properties": {
                                "name": TEXT,
                                "sdc": {
                                    "type": "object",
                                    "required": ["summary", "cells"],
                                    "properties": {
                                        "summary": {"required": ["suppressed"]},
                                        "cells": {"type": "object"},
                                    },
                                },
                            },
                        },
                    },
                    "outcome": {"type": "object"},
                    "command": TEXT,
                    "summary": {"type": "string", "pattern": "^(pass|review|fail)(; |$)"},
                    "timestamp": TEXT,
                    "comments": {"type": "array", "items": TEXT},
                    "exception": TEXT,
                    "fair": {"type": "object"},
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def verdicts():
    sample = example_sample("simulated")
    own = {
        "flow": describe_flow(sample, STUDY),
        "sizes": describe_sizes(sample, STUDY),
        "prevalence": estimate_prevalence(sample, STUDY),
    }
    judged = dict(judge_all(own, sample=sample, profile="chapter5"))
    # Whatever the judge says of sizes, one result here must fail.
    judged["sizes"] = dataclasses.replace(judged["sizes"], status="fail", reason="too small")
    return judged


def write(verdicts, **more):
    return acro_files(verdicts, run=AcroRun(study="small", profile="chapter5", **more))


def records(files):
    return json.loads(files["results.json"])["results"]


def test_the_records_have_the_known_form(verdicts):
    files = write(verdicts)
    jsonschema.validate(json.loads(files["results.json"]), SCHEMA)
    assert [record["status"] for record in records(files).values()] == ["pass", "fail", "review"]


def test_the_schema_refuses_a_record_without_a_file(verdicts):
    held = json.loads(write(verdicts)["results.json"])
    held["results"]["flow"]["files"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(held, SCHEMA)


def test_every_file_that_is_named_is_there_with_its_checksum(verdicts):
    files = write(verdicts)
    named = {file["name"] for record in records(files).values() for file in record["files"]}
    plain = {name for name in files if "/" not in name}
    assert plain == {*named, "results.json", "config.json"}
    for name in plain:
        expected = hashlib.sha256(files[name].encode()).hexdigest()
        assert files[f"checksums/{name}.txt"] == expected
    assert len(files) == 2 * len(plain)


def test_tables_hold_the_rows_that_go_out_and_no_others(verdicts):
    rows = list(csv.DictReader(io.StringIO(write(verdicts)["prevalence.csv"])))
    kept = verdicts["prevalence"].result.rows
    assert [row["term"] for row in rows] == [row.term for row in kept]
    assert 0 < len(rows) < verdicts["prevalence"].n_rows


def test_of_what_fails_there_is_no_table(verdicts):
    files = write(verdicts)
    assert "sizes.csv" not in files
    assert files["sizes_withheld.txt"] == "Nothing of 'sizes' goes out: too small.\n"
    assert records(files)["sizes"]["type"] == "custom"


def test_a_failure_that_another_release_brings_takes_the_table_away(verdicts):
    files = write(verdicts, failed={"flow": "with 'spring' it tells of too few"})
    assert "flow.csv" not in files
    record = records(files)["flow"]
    assert record["summary"] == "fail; with 'spring' it tells of too few"
    assert record["files"][0]["name"] == "flow_withheld.txt"


def test_exceptions_are_told(verdicts):
    files = write(verdicts, exceptions={"prevalence": "dominance: Two cases.", "all": "Owner."})
    told = {name: record["exception"] for name, record in records(files).items()}
    assert told == {
        "flow": "Owner.",
        "sizes": "Owner.",
        "prevalence": "dominance: Two cases. Owner.",
    }


def test_the_same_release_gives_the_same_bytes(verdicts):
    assert write(verdicts) == write(verdicts)
    assert records(write(verdicts))["flow"]["timestamp"] == ""
    assert records(write(verdicts, when="2026-01-02T00:00:00"))["flow"]["timestamp"] != ""


@pytest.mark.parametrize("profile", RULES)
def test_settings_are_those_of_the_profile(profile):
    held = json.loads(acro_files({}, run=AcroRun(study="s", profile=profile))["config.json"])
    assert held["safe_threshold"] == RULES[profile].smallest
    assert held["zeros_are_disclosive"] == (not RULES[profile].zero)
    assert (held["safe_nk_n"], held["safe_pratio_p"]) == (2, 0.1)
