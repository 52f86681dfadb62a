"""Pseudonyms: keyed, stable, without meaning; the key and the old ids stay where they are."""

import hashlib
import hmac
import json
import os
import stat
from base64 import b32encode
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from relatum.errors import RelatumError, SampleError, UsageError
from relatum.samples import UNIT_TABLES, check_sample, example_sample, read_sample, write_sample
from relatum.samples.identifiers import identifier_in
from relatum.samples.imported import Discard, ImportRecord
from relatum.samples.pseudonyms import (
    Pseudonymised,
    PseudonymKey,
    new_key,
    pseudonymise,
    pseudonymise_folder,
    read_key,
)

KEY, OTHER = PseudonymKey(bytes(range(32))), PseudonymKey(bytes(range(1, 33)))
SECRET = KEY.secret.hex()


@pytest.fixture(scope="module")
def simulated():
    return example_sample("simulated")


@pytest.fixture(scope="module")
def hidden(simulated) -> Pseudonymised:
    return pseudonymise(simulated, KEY)


def ids_of(sample) -> set[str]:
    return {
        str(one)
        for name, frame in sample.tables.items()
        for one in frame[sample.schema[name].primary_key]
    }


def back(hidden: Pseudonymised) -> dict[str, dict[str, str]]:
    return {name: {new: old for old, new in link.items()} for name, link in hidden.links.items()}


# --- by hand -------------------------------------------------------------------------------------


def test_a_pseudonym_is_the_keyed_digest_of_table_and_id():
    digest = hmac.new(bytes(range(32)), b"relatum\x00victims\x00v001", hashlib.sha256).digest()
    assert KEY.pseudonym("victims", "v001") == "v" + b32encode(digest).decode()[:12].lower()
    assert KEY.pseudonym("cases", "v001") != KEY.pseudonym("victims", "v001")


def test_the_key_is_never_printed():
    assert SECRET not in repr(KEY) + str(KEY) + f"{KEY!r}"
    assert KEY.mark not in SECRET
    assert KEY.mark != OTHER.mark
    with pytest.raises(ValueError, match="32 bytes"):
        PseudonymKey(b"short")
    assert new_key() != new_key()


def test_the_narrated_case(tmp_path):
    hidden = pseudonymise(example_sample("anna"), KEY)
    victim = KEY.pseudonym("victims", "anna")
    assert hidden.sample.table("victims")["victim_id"].tolist() == [victim]
    assert hidden.sample.table("relationships")["victim_id"].tolist() == [victim]
    assert set(hidden.links["victims"]) == {"anna"}


# --- what stays and what goes --------------------------------------------------------------------


def test_every_reference_still_meets_its_row(simulated, hidden):
    old_of = back(hidden)
    tables = {}
    for name, table in simulated.schema.tables.items():
        key, new = table.primary_key, hidden.sample.table(name)
        new[key] = new[key].map(old_of[name])
        for one in table.foreign_keys:
            new[one.field] = new[one.field].map(old_of[one.table], na_action="ignore")
        if name == "codings":
            units = zip(new["unit_type"].astype(str).map(UNIT_TABLES), new["unit_id"], strict=True)
            new["unit_id"] = [old_of[unit_table][unit] for unit_table, unit in units]
        tables[name] = new.set_index(key).loc[simulated.table(name)[key]].reset_index()
    assert simulated.table("codings")["passage_ref"].isna().all()
    assert simulated.replace_tables(tables).fingerprint == simulated.fingerprint


def test_no_old_id_is_left_and_none_looks_like_a_person(simulated, hidden):
    new = ids_of(hidden.sample)
    assert not new & ids_of(simulated)
    assert len(new) == sum(len(frame) for frame in simulated.tables.values())
    assert not any(identifier_in(one, key=True) for one in new)
    assert not any(one[0].isdigit() for one in new)


def test_the_order_of_rows_is_that_of_the_key(simulated, hidden):
    for name, table in simulated.schema.tables.items():
        assert hidden.sample.table(name)[table.primary_key].is_monotonic_increasing
    links = hidden.links["relationships"]
    place = pd.Series([links[one] for one in simulated.table("relationships")["relationship_id"]])
    # The rank of a row among the pseudonyms has nothing to do with its place in the old file.
    assert abs(np.corrcoef(place.rank(), np.arange(len(place)))[0, 1]) < 0.3


def test_the_same_rows_in_another_order_give_the_same_sample(simulated, hidden):
    rng = np.random.default_rng(1)
    turned = {
        name: frame.iloc[rng.permutation(len(frame))] for name, frame in simulated.tables.items()
    }
    again = pseudonymise(simulated.replace_tables(turned), KEY)
    assert again.sample.fingerprint == hidden.sample.fingerprint


def test_a_later_sample_links_by_the_same_key(simulated, hidden):
    some = simulated.table("cases").head(3)
    victims = simulated.table("victims")
    kept = victims[victims["case_id"].isin(some["case_id"])]
    early = pseudonymise(replace(simulated, tables={"cases": some, "victims": kept}), KEY)
    for name in ("cases", "victims"):
        assert early.links[name].items() <= hidden.links[name].items()


def test_two_keys_share_no_id(simulated, hidden):
    assert not ids_of(pseudonymise(simulated, OTHER).sample) & ids_of(hidden.sample)


def test_passages_and_coders(simulated):
    codings = simulated.table("codings")
    codings["passage_ref"] = [f"doc{at}" for at in range(len(codings))]
    codings["coder_id"] = ["consensus", *["mary"] * (len(codings) - 1)]
    sample = replace(
        simulated.replace_tables({"codings": codings}), info=replace(simulated.info, coder="mary")
    )
    plain = pseudonymise(sample, KEY).sample
    assert plain.table("codings")["passage_ref"].isna().all()
    assert plain.coders == ("consensus", "mary")
    other = pseudonymise(sample, KEY, passages="keep", coders="replace").sample
    assert other.table("codings")["passage_ref"].notna().all()
    mary = KEY.pseudonym("coders", "mary")
    assert set(other.coders) == {"consensus", mary}
    assert other.info.coder == mary
    with pytest.raises(ValueError, match="passages must be drop or keep; coders must be keep"):
        pseudonymise(sample, KEY, passages="x", coders="y")


def test_a_collision_is_refused_without_a_name(simulated, monkeypatch):
    monkeypatch.setattr(PseudonymKey, "pseudonym", lambda self, table, one: "same")
    with pytest.raises(SampleError, match="Two identifiers of 'cases'") as caught:
        pseudonymise(simulated, KEY)
    assert "c001" not in str(caught.value)


# --- files ---------------------------------------------------------------------------------------


def test_a_folder_and_its_key(folder, tmp_path):
    key, links = tmp_path / "study.key", tmp_path / "links.csv"
    done = pseudonymise_folder(folder, tmp_path / "out", key_file=key, map_file=links)
    assert done.key_made
    assert done.replaced["victims"] == 1
    assert done.passages_dropped == 0
    assert check_sample(tmp_path / "out") == ()
    assert read_sample(tmp_path / "out").info == read_sample(folder).info
    for path in (key, links):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    table = pd.read_csv(links)
    assert list(table.columns) == ["table", "old", "new"]
    assert len(table) == sum(done.replaced.values())
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["pseudonymised"]
    assert "shuffled" in manifest["row_order"]
    assert manifest["key_mark"] == read_key(key).mark
    written = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert "anna_musa" not in written
    assert read_key(key).secret.hex() not in written + links.read_text()


def test_a_key_is_used_again_and_left_as_it_is(folder, tmp_path):
    key = tmp_path / "study.key"
    pseudonymise_folder(folder, tmp_path / "one", key_file=key)
    before = key.read_bytes()
    done = pseudonymise_folder(folder, tmp_path / "two", key_file=key, form="parquet")
    assert not done.key_made
    assert key.read_bytes() == before
    one, two = read_sample(tmp_path / "one"), read_sample(tmp_path / "two")
    assert one.fingerprint == two.fingerprint


def nothing_written(tmp_path):
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


@pytest.mark.parametrize("secret", ["key_file", "map_file"])
@pytest.mark.parametrize("inside", ["mine", "out"])
def test_a_secret_file_inside_a_sample_is_refused(folder, tmp_path, secret, inside):
    files = {"key_file": tmp_path / "study.key", secret: tmp_path / inside / "secret"}
    with pytest.raises(UsageError, match="would lie inside"):
        pseudonymise_folder(folder, tmp_path / "out", **files)
    nothing_written(tmp_path)


def test_a_link_into_a_sample_is_followed(folder, tmp_path):
    (tmp_path / "elsewhere").symlink_to(folder)
    with pytest.raises(UsageError, match="would lie inside"):
        pseudonymise_folder(folder, tmp_path / "out", key_file=tmp_path / "elsewhere" / "k")


@pytest.mark.parametrize(
    ("out", "message"),
    [("mine", "take the place"), ("mine/new", "inside the other"), (".", "inside the other")],
)
def test_samples_lie_apart(folder, tmp_path, out, message):
    with pytest.raises(UsageError, match=message):
        pseudonymise_folder(folder, tmp_path / out, key_file=tmp_path.parent / "study.key")
    nothing_written(tmp_path)


def test_unusable_keys(folder, tmp_path):
    key, out = tmp_path / "study.key", tmp_path / "out"
    key.write_text("my thesis")
    key.chmod(0o600)
    with pytest.raises(UsageError, match="no key of relatum and was left as it is"):
        pseudonymise_folder(folder, out, key_file=key)
    assert key.read_text() == "my thesis"
    with pytest.raises(UsageError, match="is no file"):
        read_key(tmp_path)
    with pytest.raises(UsageError, match="There is no folder"):
        pseudonymise_folder(folder, out, key_file=tmp_path / "none" / "study.key")
    with pytest.raises(UsageError, match="a file each"):
        pseudonymise_folder(folder, out, key_file=key, map_file=key)
    with pytest.raises(UsageError, match="not overwritten"):
        pseudonymise_folder(folder, out, key_file=tmp_path / "new.key", map_file=key)
    assert not out.exists()
    assert not (tmp_path / "new.key").exists()


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
def test_a_key_that_others_may_read_is_refused(folder, tmp_path):
    key = tmp_path / "study.key"
    pseudonymise_folder(folder, tmp_path / "out", key_file=key)
    key.chmod(0o640)
    with pytest.raises(UsageError, match="chmod 600") as caught:
        pseudonymise_folder(folder, tmp_path / "out", key_file=key)
    assert read_key_text(key) not in str(caught.value)


def read_key_text(key):
    return key.read_text().split("\n")[1]


def test_a_failure_takes_the_new_secrets_back(folder, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("mine")
    files = {"key_file": tmp_path / "study.key", "map_file": tmp_path / "links.csv"}
    with pytest.raises(SampleError, match="name another folder"):
        pseudonymise_folder(folder, tmp_path / "out", **files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [("case_id", "nowhere", "cases"), ("passage_ref", "Jan_Jansen", "codings")],
)
def test_a_sample_with_faults_is_refused_without_its_ids(folder, tmp_path, column, value, rule):
    name = "codings" if column == "passage_ref" else "victims"
    table = pd.read_csv(folder / f"{name}.csv", dtype=str)
    table[column] = value
    table.to_csv(folder / f"{name}.csv", index=False)
    with pytest.raises(SampleError, match="nothing was written") as caught:
        pseudonymise_folder(folder, tmp_path / "out", key_file=tmp_path / "study.key")
    error: RelatumError = caught.value
    assert error.issues == ()
    assert error.__cause__ is None
    assert error.__context__ is None
    assert value not in str(error)
    assert "anna" not in str(error)
    nothing_written(tmp_path)


def test_other_files_stay_behind(folder, tmp_path):
    (folder / "notes.txt").write_text("anna_musa")
    done = pseudonymise_folder(folder, tmp_path / "out", key_file=tmp_path / "study.key")
    assert done.left_behind == ("notes.txt",)
    assert not (tmp_path / "out" / "notes.txt").exists()
    assert not done.design_kept


RECORD = ImportRecord(
    discards=(
        Discard(source="anna_musa.xlsx", what="cells of 'anna'", n=2, why="no place in a sample"),
        Discard(source="a.xlsx", what="memos", n=3, why="texts are not kept"),
    ),
    attribution="A source.",
    terms="Not for sale.",
)


def test_what_an_import_left_goes_along_without_ids(tmp_path):
    place = write_sample(example_sample("anna").with_import(RECORD), tmp_path / "mine")
    done = pseudonymise_folder(place, tmp_path / "out", key_file=tmp_path / "study.key")
    assert done.left_behind == ()
    held = read_sample(tmp_path / "out").imported
    assert (held.attribution, held.terms) == ("A source.", "Not for sale.")
    assert {(row.source, row.what, row.n) for row in held.discards} == {
        ("(not shown)", "(not shown)", 2),
        ("a.xlsx", "memos", 3),
    }
    written = "".join(path.read_text() for path in (tmp_path / "out").iterdir())
    assert "anna_musa" not in written


def design_file(folder, text):
    (folder / "registry_design.tsv").write_text(text, encoding="utf-8", newline="\n")


def test_the_design_of_a_registry_gets_the_new_keys(simulated, tmp_path):
    place = write_sample(simulated, tmp_path / "mine")
    pairs = simulated.table("relationships")[["relationship_id", "case_id"]].astype(str)
    lines = [f"{one}\t{at}.5\t{case}" for at, (one, case) in enumerate(pairs.to_numpy())]
    design_file(place, "\n".join(["relationship_id\tweight\tcase_id", *lines]) + "\n")
    done = pseudonymise_folder(place, tmp_path / "out", key_file=tmp_path / "study.key")
    assert done.design_kept
    assert done.left_behind == ()
    found = pd.read_csv(tmp_path / "out" / "registry_design.tsv", sep="\t", dtype=str)
    # Rows stand in the order of the new keys, and every weight still meets its relationship.
    assert list(found["relationship_id"]) == sorted(found["relationship_id"])
    key = read_key(tmp_path / "study.key")
    weights = dict(zip(found["relationship_id"], found["weight"], strict=True))
    cases = dict(zip(found["relationship_id"], found["case_id"], strict=True))
    for at, (one, case) in enumerate(pairs.to_numpy()):
        assert weights[key.pseudonym("relationships", one)] == f"{at}.5"
        assert cases[key.pseudonym("relationships", one)] == key.pseudonym("cases", case)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("relationship_id\tweight\nnobody\t1\n", "names rows that the sample does not hold"),
        ("weight\n1\n", "first column is not relationship_id"),
        ("relationship_id\tfrom\nanna_musa\tanna\n", "holds identifiers"),
        ("relationship_id\tcase_id\nanna_musa\tx9\n", "case_id names rows"),
        ("", "no table in UTF-8"),
    ],
)
def test_a_design_that_cannot_be_hidden_stays_behind(folder, tmp_path, text, why):
    design_file(folder, text)
    done = pseudonymise_folder(folder, tmp_path / "out", key_file=tmp_path / "study.key")
    assert not done.design_kept
    (left,) = done.left_behind
    assert left.startswith("registry_design.tsv (")
    assert why in left
    assert not (tmp_path / "out" / "registry_design.tsv").exists()


def test_a_simulated_sample_still_says_so(simulated, tmp_path):
    place = write_sample(simulated, tmp_path / "mine")
    pseudonymise_folder(place, tmp_path / "out", key_file=tmp_path / "study.key")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["simulated"]
    assert read_sample(tmp_path / "out").simulated
