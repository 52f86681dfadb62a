"""Results come back from disk exactly as they went."""

import dataclasses
import json
import types
import typing

import pandas as pd
import pytest

from relatum.errors import SchemaError
from relatum.results import Note, Provenance, Result, Unavailable
from relatum.results.codec import decode, encode
from relatum.results.store import read_results, replace_folder, result_types, write_results

PROVENANCE = Provenance(
    relatum_version="0",
    schema_version="1",
    sample_name="s",
    sample_fingerprint="f",
    sample_origin="simulated",
    seed=3,
)


def example(hint, name="x", optional=True):
    """Make a value of any annotation."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Provenance:
        return PROVENANCE
    if origin in (typing.Union, types.UnionType):
        if optional and type(None) in arguments:
            return None
        return example(arguments[0], name, optional)
    if origin is typing.Literal:
        return arguments[0]
    if origin is tuple:
        kinds = arguments[:1] * 2 if arguments[-1] is Ellipsis else arguments
        return tuple(example(kind, name, optional) for kind in kinds)
    if isinstance(origin, type):
        return types.MappingProxyType({"key": example(arguments[1], name, optional)})
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        values = {
            f.name: example(hints[f.name], f.name, optional) for f in dataclasses.fields(hint)
        }
        return hint(**values)
    return {str: f'{name} "é\n', int: 3, float: 0.1 + 0.2, bool: True}[hint]


@pytest.mark.parametrize("optional", [True, False])
@pytest.mark.parametrize("kind", list(result_types()))
def test_every_class_survives_the_codec(kind, optional):
    result = example(result_types()[kind], optional=optional)
    restored = decode(type(result), json.loads(json.dumps(encode(result))))
    assert restored == result
    assert type(restored) is type(result)


@pytest.mark.parametrize("kind", [k for k in result_types() if k != "unavailable"])
def test_every_class_follows_the_protocol(kind):
    cls = result_types()[kind]
    assert cls.kind == kind
    assert dataclasses.fields(cls)[-1].name == "provenance"
    assert cls.__dataclass_params__.frozen
    assert isinstance(example(cls), Result)


def results():
    flow, documentation = result_types()["flow"], result_types()["documentation"]
    missing = Unavailable(what="a", why="b", notes=(Note("c", "d"),), provenance=PROVENANCE)
    return {"flow": example(flow), "documentation": example(documentation), "gone": missing}


def test_folder_round_trip_keeps_order_and_values(tmp_path):
    write_results(results(), tmp_path / "results")
    restored = read_results(tmp_path / "results")
    assert dict(restored) == results()
    assert list(restored) == list(results())
    table = pd.read_csv(tmp_path / "results" / "flow.csv")
    assert table["n"].tolist() == [3, 3]


def test_writing_twice_replaces_the_folder_and_leaves_nothing_else(tmp_path):
    write_results(results(), tmp_path / "results")
    first = {p.name: p.read_bytes() for p in (tmp_path / "results").iterdir()}
    write_results({"flow": results()["flow"]}, tmp_path / "results")
    assert sorted(p.name for p in (tmp_path / "results").iterdir()) == [
        "flow.csv",
        "flow.json",
        "index.json",
    ]
    write_results(results(), tmp_path / "results")
    assert {p.name: p.read_bytes() for p in (tmp_path / "results").iterdir()} == first
    assert [p.name for p in tmp_path.iterdir()] == ["results"]


def test_a_failed_write_leaves_the_old_folder(tmp_path):
    write_results(results(), tmp_path / "results")
    with pytest.raises(ValueError, match="cannot name a result"):
        write_results({"../flow": results()["flow"]}, tmp_path / "results")
    assert dict(read_results(tmp_path / "results")) == results()


def test_foreign_folders_are_not_replaced(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SchemaError, match="did not write"):
        replace_folder(tmp_path / "letters", {"index.json": "[]"}, mark="index.json")
    assert (tmp_path / "letters" / "a.txt").read_text(encoding="utf-8") == "mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.json", "{"),
        ("index.json", '["absent"]'),
        ("flow.json", '{"kind": "flow", "result": {}}'),
        ("flow.json", '{"kind": "of another version", "result": {}}'),
    ],
)
def test_broken_folders_are_named(tmp_path, name, text):
    write_results(results(), tmp_path / "results")
    (tmp_path / "results" / name).write_text(text, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"fit|kind"):
        read_results(tmp_path / "results")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1], {1, 2}, b"a"])
def test_what_cannot_come_back_is_not_stored(value):
    with pytest.raises(TypeError, match="cannot store"):
        encode(value)


def test_provenance_names_sample_and_plan():
    from relatum.results.provenance import provenance_of
    from relatum.samples import example_sample
    from relatum.study import read_study

    anna, study = example_sample("anna"), read_study()
    found = provenance_of(anna, study, seed=7)
    assert found.sample_fingerprint == anna.fingerprint
    assert (found.study_hash, found.seed, found.simulated) == (study.hash, 7, False)
    assert provenance_of(anna).study_hash == ""
