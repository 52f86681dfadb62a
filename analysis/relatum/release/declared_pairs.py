"""Which result classes can be judged, and how: what is recorded together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from relatum.release.rules import Rules
from relatum.release.shapes import Behind, Chain, Count, ResultShape, RowShape
from relatum.results.base import Unavailable

__all__ = ["PAIR_SHAPES"]

_FOUR = ("both", "first_only", "second_only", "neither")
_RANGES = ("leave_out_low", "leave_out_high", "without_two")


def _table(name: str, *, first: tuple[str, ...], second: tuple[str, ...]) -> tuple[Count, ...]:
    """Describe the counts of two items under one reading of silence, by the fields that name it."""
    reading = first[:-1]
    return (
        Count(field="n_both", name=f"{name}_both", by=(*first, second[-1])),
        Count(field="n_first", name=f"{name}_present", by=(first[-1], *reading)),
        Count(field="n_second", name=f"{name}_present", by=(second[-1], *reading)),
    )


_TABLE = ("n_both", "n_first", "n_second", "n_relationships")

_READING = RowShape(
    counts=(
        *_table("lower", first=("coding", "^first"), second=("coding", "^second")),
        Count(field="n_relationships", name="lower_all", by=("coding",)),
        Count(field="n_informative"),
    ),
    tables=(_TABLE,),
    blank=_RANGES,
    in_place=True,
)


def _pairs_left(whole: Any, result: Any, _: Rules) -> Any:  # noqa: ANN401 - a result
    """Count the pairs that are withheld: they can be tested all the same."""
    return replace(result, n_withheld=len(whole.pairs) - len(result.pairs))


def _bounds_left(whole: Any, result: Any, rules: Rules) -> Any:  # noqa: ANN401 - a result
    """Take out what all contents of the silent cells give, where a reading does not go out."""
    ends = ("phi_low", "phi_high", "odds_ratio_low", "odds_ratio_high")
    pairs = tuple(
        replace(pair, **dict.fromkeys(ends))
        if any(isinstance(held, Unavailable) for held in pair.readings[:2])
        else pair
        for pair in result.pairs
    )
    return _pairs_left(whole, replace(result, pairs=pairs), rules)


_COOCCURRENCE = ResultShape(
    rows={
        "pairs.readings": _READING,
        "pairs": RowShape(
            behind=(
                Behind(
                    rows="pairs.readings",
                    same=(("first", "^first"), ("second", "^second")),
                    where=(("coding", "lower"),),
                ),
            )
        ),
    },
    plain=(
        "title",
        "n_family",
        "untested",
        "overall",
        "checks",
        "conf_level",
        "odds_ratios",
        "n_withheld",
    ),
    finish=_bounds_left,
)


def _of_tactics(chain: Chain) -> Mapping[str, int | None]:
    """Reckon the totals of a pair of tactics, which stand beside the pairs."""
    found, pair = chain[0], chain[-1]
    present = {tactic.term: tactic.n_present for tactic in found.tactics}
    return {
        "n_first": present.get(pair.first),
        "n_second": present.get(pair.second),
        "n_relationships": found.n_relationships,
    }


_TACTIC = RowShape(
    counts=tuple(
        Count(field=f"n_{field}", name=f"tactic_{name}", by=("term",))
        for field, name in (
            ("units", "applicable"),
            ("present", "present"),
            ("absent", "absent"),
            ("undocumented", "undocumented"),
        )
    ),
    parts=(("n_present", "n_units"), ("n_absent", "n_units")),
    rests=(("n_undocumented", "n_units"),),
    sums=(("n_units", ("n_present", "n_absent", "n_undocumented")),),
    term="term",
    rounds=True,
)

_TACTIC_PAIRS = ResultShape(
    rows={
        "tactics": _TACTIC,
        "pairs": RowShape(
            counts=(
                *_table("tactic", first=("first",), second=("second",)),
                Count(field="n_relationships", name="tactic_all"),
            ),
            tables=(_TABLE,),
            reckon=_of_tactics,
        ),
    },
    header=(Count(field="n_relationships", name="tactic_all"),),
    plain=(
        *("title", "n_family", "untested", "checks", "n_cases", "false_discovery_rate"),
        *("power_odds_ratio", "n_withheld"),
    ),
    finish=_pairs_left,
)


def _of_familiar(chain: Chain) -> Mapping[str, int | None]:
    row = chain[-1]
    return {
        "n_first": row.both + row.first_only,
        "n_second": row.both + row.second_only,
        "n_relationships": chain[0].n_relationships,
    }


_FAMILIAR = ResultShape(
    rows={
        "rows": RowShape(
            counts=(
                *(Count(field=name) for name in _FOUR[1:]),
                *(
                    replace(count, field=count.field.replace("n_both", "both"))
                    for count in _table("domain", first=("first",), second=("second",))
                ),
                Count(field="n_relationships", name="familiar_all"),
            ),
            sums=(
                ("n_relationships", _FOUR),
                ("n_first", ("both", "first_only")),
                ("n_second", ("both", "second_only")),
            ),
            cells=tuple(((alone, 1), ("neither", 1)) for alone in ("first_only", "second_only")),
            reckon=_of_familiar,
        )
    },
    header=(Count(field="n_relationships", name="familiar_all"),),
    plain=("title", "matrix", "conf_level"),
)


def _of_registry(chain: Chain) -> Mapping[str, int | None]:
    return {
        f"{side}.n_records": chain[0].n_records
        for side in ("lower", "upper")
        if not isinstance(getattr(chain[-1], side), Unavailable)
    }


def _registry_table(side: str, name: str) -> tuple[Count, ...]:
    return (
        Count(field=f"{side}.n_both", name=f"{name}_both", by=("first", "second")),
        Count(field=f"{side}.n_first", name=f"{name}_present", by=("first",)),
        Count(field=f"{side}.n_second", name=f"{name}_present", by=("second",)),
        Count(field=f"{side}.n_records", name="registry_all"),
    )


_REGISTRY_PAIRS = ResultShape(
    rows={
        "items": RowShape(
            counts=tuple(
                Count(field=f"n_{name}", name=f"registry_{name}", by=("term",))
                for name in ("present", "absent", "undocumented", "not_applicable")
            ),
            rounds=True,
        ),
        "pairs": RowShape(
            counts=(
                *_registry_table("lower", "registry"),
                *_registry_table("upper", "registry_upper"),
            ),
            tables=(
                ("lower.n_both", "lower.n_first", "lower.n_second", "lower.n_records"),
                ("upper.n_both", "upper.n_first", "upper.n_second", "upper.n_records"),
            ),
            reckon=_of_registry,
        ),
    },
    header=(Count(field="n_records", name="registry_all"),),
    plain=("title", "n_family", "untested", "upper", "n_cases", "conf_level"),
)

_DOMAIN_SETS = ResultShape(
    rows={
        "domains": RowShape(
            counts=tuple(
                Count(field=f"n_{name}", name=f"domain_{name}", by=("term",))
                for name in ("present", "absent", "undocumented")
            ),
            rounds=True,
        ),
        "sets": RowShape(
            counts=(Count(field="n", name="set", by=("terms",)), Count(field="n_silent")),
            rests=(("n_silent", "n"),),
            rounds=True,
        ),
    },
    header=(Count(field="n_relationships"),),
    plain=("title",),
)


def _tactics_left(_: Any, result: Any, __: Rules) -> Any:  # noqa: ANN401 - a result
    """Name the tactics of the edges that are left: one that hardly varies has no edge."""
    named = {term for edge in result.edges for term in (edge.first, edge.second)}
    held = [pair for pair in zip(result.terms, result.labels, strict=True) if pair[0] in named]
    terms, labels = zip(*held, strict=True) if held else ((), ())
    return replace(result, terms=terms, labels=labels)


#: An edge is an estimate over all tactics; it goes out where its pair would.
_NETWORK = ResultShape(
    rows={
        "edges": RowShape(
            degrees="/information.n_rows",
            parameters="/terms",
            cases="/information.n_cases",
            behind=(
                Behind(
                    kind="tactic_pairs",
                    rows="pairs",
                    same=(("first", "first"), ("second", "second")),
                ),
            ),
        )
    },
    header=(Count(field="information.n_rows"),),
    empty=("left_out",),
    plain=("title", "terms", "labels", "information", "n_pairs", "n_draws", "gamma"),
    finish=_tactics_left,
)

PAIR_SHAPES: dict[str, ResultShape] = {
    "cooccurrence": _COOCCURRENCE,
    "domain_sets": _DOMAIN_SETS,
    "familiar_measures": _FAMILIAR,
    "registry_pairs": _REGISTRY_PAIRS,
    "tactic_network": _NETWORK,
    "tactic_pairs": _TACTIC_PAIRS,
}
