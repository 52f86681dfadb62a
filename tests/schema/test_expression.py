"""Derivations: what the language says, against the same thing folded by hand."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relatum.errors import SchemaError
from relatum.schema import Status, load_schema
from relatum.schema.expression import (
    CodeNode,
    CombineNode,
    LevelNode,
    NotNode,
    codes_used,
    evaluate,
    parse,
)

BOOK = load_schema().codebook
NAMES = ["vio_physical", "vio_sexual", "iso_locked_in", "dom_control", "ctl_phone_checks"]
statuses = st.sampled_from(list(Status))
worlds = st.fixed_dictionaries(dict.fromkeys(NAMES, statuses))


class Answers:
    """One unit with known statuses, and levels that are present if asked for ``present``."""

    def __init__(self, world):
        self.world = world

    def code(self, code):
        return np.array([self.world[code].code], dtype=np.int8)

    def level(self, how, code, levels):
        return np.array([2 if levels == ("daily",) else 0], dtype=np.int8)


def value(text, world):
    (code,) = evaluate(parse(text, BOOK), Answers(world))
    return list(Status)[code]


# Each drawing is a text and the function that computes it from a world.
leaves = st.sampled_from(NAMES).map(lambda n: (n, lambda w, n=n: w[n]))


def negated(part):
    return f"~({part[0]})", lambda w: ~part[1](w)


def joined(parts, sign, combine):
    text = f" {sign} ".join(f"({part[0]})" for part in parts)
    return text, lambda w: reduce(combine, (part[1](w) for part in parts))


def called(parts, name, combine):
    text = f"{name}({', '.join(part[0] for part in parts)})"
    return text, lambda w: reduce(combine, (part[1](w) for part in parts))


def counted(parts, k):
    def count(world):
        found = [part[1](world) for part in parts]
        if all(one is Status.NOT_APPLICABLE for one in found):
            return Status.NOT_APPLICABLE
        sure = found.count(Status.PRESENT)
        if sure >= k:
            return Status.PRESENT
        possible = sure + found.count(Status.NOT_DOCUMENTED)
        return Status.ABSENT_DOCUMENTED if possible < k else Status.NOT_DOCUMENTED

    return f"atleast({k}, {', '.join(part[0] for part in parts)})", count


def both(a, b):
    return a & b


def either(a, b):
    return a | b


def grow(children):
    several = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        children.map(negated),
        several.map(lambda p: joined(p, "&", both)),
        several.map(lambda p: joined(p, "|", either)),
        several.map(lambda p: called(p, "all", both)),
        several.map(lambda p: called(p, "any", either)),
        st.tuples(several, st.integers(1, 3)).map(lambda pair: counted(*pair)),
    )


@given(st.recursive(leaves, grow, max_leaves=8), worlds)
def test_any_derivation_means_what_it_says(drawing, world):
    text, compute = drawing
    assert value(text, world) is compute(world)


@given(worlds)
def test_and_binds_closer_than_or_and_not_closest(world):
    v, s, i = (world[name] for name in NAMES[:3])
    assert value("vio_physical | vio_sexual & iso_locked_in", world) is v | (s & i)
    assert value("vio_physical & vio_sexual | iso_locked_in", world) is (v & s) | i
    assert value("~vio_physical & vio_sexual", world) is (~v) & s
    assert value("~~vio_physical", world) is v


def test_the_tree():
    node = parse("any(dom_*) & ~is(vio_frequency, daily|weekly)", BOOK)
    domains = [code for code in BOOK if code.startswith("dom_")]
    assert node == CombineNode(
        "all",
        (
            CombineNode("any", tuple(CodeNode(code) for code in domains)),
            NotNode(LevelNode("is", "vio_frequency", ("daily", "weekly"))),
        ),
    )
    assert codes_used(node) == (*domains, "vio_frequency")


def test_each_code_is_named_once():
    node = parse("vio_physical | vio_sexual & vio_physical | sourced(wiretap)", BOOK)
    assert codes_used(node) == ("vio_physical", "vio_sexual")


def test_levels_are_asked_for():
    world = dict.fromkeys(NAMES, Status.PRESENT)
    assert value("is(vio_frequency, daily)", world) is Status.PRESENT
    assert value("is(vio_frequency, daily|once)", world) is Status.ABSENT_DOCUMENTED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found 'the end'"),
        ("vio_physical &", "found 'the end'"),
        ("vio_physical vio_sexual", "'vio_sexual' is left over"),
        ("(vio_physical", r"expected '\)'"),
        ("vio_physical)", r"'\)' is left over"),
        ("vio_fysical", "Did you mean 'vio_physical'"),
        ("any(vio_nothing_*)", "No code matches"),
        ("vio_physical + 1", "is not understood"),
        ("atleast(two, vio_physical)", "a number of at least 1, not 'two'"),
        ("atleast(0, vio_physical)", "a number of at least 1, not '0'"),
        ("atleast(2)", "expected ','"),
        ("is(vio_frequency)", "expected ','"),
        ("is(vio_frequency, dayly)", "'dayly' is not a level; there are: once"),
        ("sourced(wiretapp)", "'wiretapp' is not a level; there are: wiretap"),
        ("any()", "not a code"),
    ],
)
def test_what_is_not_of_the_language(text, words):
    with pytest.raises(SchemaError, match=words):
        parse(text, BOOK)


@given(st.text(alphabet="aviols_*()&|~, 12", max_size=25))
def test_nonsense_is_a_schema_error_or_a_tree(text):
    try:
        parse(text, BOOK)
    except SchemaError:
        return


def test_every_shipped_derivation_is_of_the_language():
    rules = [c.derivation for c in BOOK.values() if c.is_derived and c.derivation]
    trees = [parse(rule, BOOK) for rule in rules if not rule.startswith("model:")]
    assert len(trees) > 20
    assert all(set(codes_used(tree)) <= set(BOOK) for tree in trees)
