"""Registries from files: the same as small tables, in chunks of any size; refusals in words."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relatum.errors import ImportFailedError, UsageError
from relatum.inference.joint_counts import count_joint, within_case_counts
from relatum.models.pair_family import pair_family
from relatum.models.registry_pairs import pair_registry
from relatum.models.registry_records import read_records
from relatum.models.tactic_matrix import matrix_of
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.registry_pairs import RegistryExcess, RegistryPairs, RegistryReading

WORDS = ("absent_documented", "not_documented", "present")


@pytest.fixture(scope="module")
def words():
    """Three hundred records in twenty cases, documented unevenly, five items."""
    rng = np.random.default_rng(8)
    depth = rng.normal(size=(300, 1))
    present = rng.random((300, 5)) < 1 / (1 + np.exp(-depth))
    codes = np.where(present, 2, rng.integers(0, 2, (300, 5)))
    table = pd.DataFrame(np.array(WORDS, dtype=object)[codes], columns=list("abcde"))
    table["case"] = [f"case {n}" for n in rng.integers(0, 20, 300)]
    return table


def write(table, path):
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False)
    return path


@pytest.fixture(scope="module")
def parquet(words, tmp_path_factory):
    return write(words, tmp_path_factory.mktemp("registry") / "registry.parquet")


@pytest.fixture
def registry(tmp_path):
    def make(table, **rest):
        path = write(pd.DataFrame(table), tmp_path / "registry.parquet")
        return pair_registry(path, case="case", **rest)

    return make


def test_by_hand(registry):
    # Case x: both, both, neither, neither. Case y: both items in one record of two.
    found = registry(
        {
            "a": [1, 1, 0, 0, 1, 0],
            "b": [1, 1, 0, 0, 1, 0],
            "c": [1, 0, 0, 1, 0, 1],
            "case": [*"xxxxyy"],
        },
        zeros="absent_documented",
        items=["a", "c"],
    )
    (pair,) = found.pairs
    held = pair.lower
    assert (held.n_first, held.n_second, held.n_both) == (3, 3, 1)
    # Expected 2 * 2 / 4 and 1 * 1 / 2; variance 2 * 2 * 2 * 2 / (16 * 3) and 1 / 4.
    assert held.by_case.expected == pytest.approx(1.5)
    assert held.by_case.std_error**2 == pytest.approx(1 / 3 + 1 / 4)
    assert held.by_case.statistic == pytest.approx(-0.5 / np.sqrt(7 / 12))
    # All zeros were ruled out, so silence changes nothing.
    assert pair.upper.by_case == held.by_case
    assert not pair.above_level


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_the_same_as_a_small_table(words, tmp_path, suffix):
    found = pair_registry(write(words, tmp_path / f"registry{suffix}"), case="case")
    matrix = matrix_of(words, case="case")
    assert found.n_records == 300
    assert found.n_cases == 20
    for coding in ("lower", "upper"):
        present = matrix.binary(coding)
        joint, held = count_joint(present), within_case_counts(present, matrix.cases)
        readings = [getattr(pair, coding) for pair in found.pairs]
        assert [one.n_both for one in readings] == joint.joint.tolist()
        firsts = [joint.totals[i] for i, _ in matrix.pairs]
        assert [one.n_first for one in readings] == firsts
        by_case = [one.by_case for one in readings]
        np.testing.assert_allclose([x.expected for x in by_case], held.expected, rtol=1e-12)
        np.testing.assert_allclose([x.std_error**2 for x in by_case], held.variance, rtol=1e-12)
    for item, codes in zip(found.items, matrix.codes.T, strict=True):
        assert (item.n_absent, item.n_undocumented, item.n_present) == tuple(np.bincount(codes))


def test_chunks_and_the_order_of_records_change_nothing(words, parquet, tmp_path):
    whole = pair_registry(parquet, case="case")
    assert pair_registry(parquet, case="case", chunk_rows=7) == whole
    mixed = write(words.sample(frac=1, random_state=1), tmp_path / "registry.parquet")
    other = pair_registry(mixed, case="case")
    assert other.pairs == whole.pairs
    assert other.provenance.sample_fingerprint != whole.provenance.sample_fingerprint


@pytest.mark.parametrize(
    ("one", "zero"),
    [(True, False), (1, 0), (np.int8(1), np.int8(0)), (1.0, 0.0), ("1", "0"), ("TRUE", "False")],
)
@pytest.mark.parametrize("blank", [False, True])
def test_every_way_to_write_a_cell(one, zero, blank, tmp_path):
    column = pd.Series([one, zero, one, zero, zero])
    other = pd.Series([one, zero, zero, zero, one])
    if blank:
        column = column.astype(object).where([True, True, True, True, False], None)
    table = {"a": pa.array(column, from_pandas=True), "b": pa.array(other), "case": [*"xxxxx"]}
    pq.write_table(pa.table(table), tmp_path / "r.parquet")
    for zeros in ("absent_documented", "not_documented"):
        frame = pd.DataFrame({"a": column, "b": other, "case": [*"xxxxx"]})
        held = matrix_of(frame, case="case", zeros=zeros)
        found = read_records(tmp_path / "r.parquet", case="case", zeros=zeros)
        for bits, coding in ((found.lower, "lower"), (found.upper, "upper")):
            unpacked = (bits >> np.arange(2, dtype=np.uint64)) & np.uint64(1)
            assert unpacked.astype(bool).tolist() == held.binary(coding).tolist()


def test_csv_with_semicolons_and_a_byte_order_mark(tmp_path):
    text = "case;a;b\nx;1;1\nx;0;NA\nx;1;0\n"
    (tmp_path / "r.csv").write_text("\ufeff" + text, encoding="utf-8")
    found = read_records(tmp_path / "r.csv", case="case", zeros="absent_documented")
    assert found.items == ("a", "b")
    assert found.lower.ravel().tolist() == [3, 0, 1]
    assert found.upper.ravel().tolist() == [3, 2, 1]


def test_silence_cannot_be_read_as_presence_where_nothing_is_ruled_out(registry, words):
    table = (words[list("abc")] == "present").assign(case=words["case"])
    found = registry(table, zeros="not_documented")
    assert "silence as presence" in found.upper.why
    assert {type(pair.upper) for pair in found.pairs} == {Unavailable}
    ruled_out = registry(table, zeros="absent_documented")
    assert ruled_out.upper is None
    assert [p.lower.by_total for p in found.pairs] == [p.lower.by_total for p in ruled_out.pairs]


def test_reasons_are_those_of_small_tables(registry, study):
    rng = np.random.default_rng(1)
    a, b = (rng.random((2, 60)) < 0.5).astype(int)
    table = pd.DataFrame(
        {"a": a, "b": b, "again": a, "all": 1, "none": 0, "blank": None, "case": np.arange(60) // 6}
    )
    found = registry(table, zeros="absent_documented")
    assert [pair.term for pair in found.pairs] == ["a+b", "b+again"]
    held = pair_family(
        matrix_of(table, case="case", zeros="absent_documented"), study, confirmatory=False
    )
    named = {(pair.first, pair.second): pair.why for pair in found.untested}
    for pair in held.untested:
        why = pair.why.replace("relationship", "record")
        assert named.pop((pair.first, pair.second)) == why
    assert named == {}
    assert found.n_family == 15


def test_an_item_that_does_not_apply_to_every_record(registry, words):
    changed = words.assign(a=words["a"].where(words.index > 3, "not_applicable"))
    found = registry(changed)
    assert {pair.why for pair in found.untested} == {"a: does not apply to every record"}
    assert found.items[0].n_not_applicable == 4
    assert len(found.pairs) == 6


def test_holm_runs_over_the_pairs_that_can_be_tested(parquet):
    found = pair_registry(parquet, case="case")
    ps = sorted((x.lower.by_case.p_value, x.lower.by_case.p_adjusted) for x in found.pairs)
    worst = 0.0
    for at, (raw, adjusted) in enumerate(ps):
        worst = max(worst, min(1.0, raw * (10 - at)))
        assert adjusted == pytest.approx(worst)


def test_a_pair_above_the_level_is_marked(registry):
    rng = np.random.default_rng(2)
    present = rng.random((3000, 8)) < 1 / (1 + np.exp(1 - rng.normal(size=(3000, 1))))
    present[:, 1] = np.where(rng.random(3000) < 0.6, present[:, 0], present[:, 1])
    table = pd.DataFrame(present, columns=list("abcdefgh")).assign(case=np.arange(3000) // 30)
    found = registry(table, zeros="not_documented")
    assert [pair.term for pair in found.pairs if pair.above_level] == ["a+b"]
    assert found.ranked[0].term == "a+b"
    assert "1 above the general level" in str(found)


def test_the_plan_gives_the_level(parquet, study):
    found = pair_registry(parquet, case="case", study=study)
    assert found.conf_level == study.cooccurrence.conf_level
    assert found.provenance.study_hash == study.hash


def test_a_result_is_tidy_and_can_be_stored(parquet):
    found = pair_registry(parquet, case="case")
    assert decode(RegistryPairs, encode(found)) == found
    tidy = found.tidy()
    assert len(tidy) == 10 * 2 * 3
    assert tidy["strata"].unique().tolist() == ["case", "case_total", "case_others"]
    held = found.pairs[0].upper
    assert isinstance(held, RegistryReading)
    assert isinstance(held.by_others, RegistryExcess)
    row = tidy[(tidy["coding"] == "upper") & (tidy["strata"] == "case_others")].iloc[0]
    assert row["excess"] == held.by_others.excess
    assert len(found.untested_frame()) == 0


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"a": [1, 0], "b": [0, 1], "case": [1, 2]}, "every case holds one record"),
        ({"a": [1, 0], "case": [1, 1]}, "there are not two items"),
        ({"a": [], "b": [], "case": []}, "holds no record"),
        ({"a": [1, 1], "b": [0, 1], "case": [1, 1]}, "a: recorded in every record"),
        ({"a": [1, 0], "b": [1, 0], "case": [1, 1]}, "entered twice"),
        ({"a": [1, 0, 0, 0], "b": [0, 0, 1, 0], "case": [1, 1, 2, 2]}, "differ in both"),
    ],
)
def test_nothing_to_compare(registry, table, why):
    found = registry(table, zeros="not_documented")
    assert isinstance(found, Unavailable)
    assert why in found.why


def test_zeros_must_be_declared_with_the_words_of_small_tables(registry):
    table = {"a": [1, 0], "b": [0, 1], "case": [1, 1]}
    with pytest.raises(UsageError) as small:
        matrix_of(pd.DataFrame(table), case="case")
    with pytest.raises(UsageError) as large:
        registry(table)
    assert str(large.value) == str(small.value)
    with pytest.raises(UsageError, match="zeros must be one of"):
        registry(table, zeros="absent")


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ({"case": "caes"}, "no column 'caes'. Did you mean 'case'"),
        ({"case": "case", "items": ["a", "z"]}, "no column 'z'"),
        ({"case": "case", "items": ["a", "a"]}, "more than once: a"),
        ({"case": "case", "items": ["a", "case"]}, "more than once: case"),
        ({"case": "case", "chunk_rows": 0}, "at least 1"),
    ],
)
def test_wrong_calls(parquet, rest, message):
    with pytest.raises(UsageError, match=message):
        pair_registry(parquet, **rest)


def test_cells_that_are_no_status_are_all_named_without_their_values(registry):
    table = {"a": ["present", "Jane"], "b": [2, 1], "day": pd.to_datetime(["2001-01-01"] * 2)}
    with pytest.raises(ImportFailedError) as caught:
        registry({**table, "case": [None, "x"]}, zeros="not_documented")
    said = {issue.field: issue.message for issue in caught.value.issues}
    assert said["a"] == said["b"] == "1 cells are neither 0, 1 nor a status."
    assert said["day"].startswith("2 cells")
    assert said["case"] == "1 records have no case."
    assert "Jane" not in f"{caught.value} {said}"


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match="must end in"):
        pair_registry(tmp_path / "r.xlsx", case="case")
    with pytest.raises(ImportFailedError, match="no such file"):
        pair_registry(tmp_path / "r.parquet", case="case")
    (tmp_path / "r.parquet").write_text("no parquet")
    with pytest.raises(ImportFailedError, match="could not be read"):
        pair_registry(tmp_path / "r.parquet", case="case")
    (tmp_path / "r.csv").write_text("case,a,b\nx,1,1\nx,0\nx,1,0,1\nx,1,0\n")
    with pytest.raises(ImportFailedError, match="2 lines have another number of fields"):
        pair_registry(tmp_path / "r.csv", case="case", zeros="not_documented")
    (tmp_path / "r.csv").write_text("case,a,a\nx,1,1\n")
    with pytest.raises(ImportFailedError, match="same name: a"):
        pair_registry(tmp_path / "r.csv", case="case", zeros="not_documented")
