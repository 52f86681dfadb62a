"""Which result classes can be judged, and how: two samples, sizes, classes, all choices."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from relatum.release.rules import Rules
from relatum.release.shapes import Behind, Chain, Count, Curve, ResultShape, RowShape, Share
from relatum.results.base import Note, Unavailable

__all__ = ["PROFILE_SHAPES", "side_counts"]

_SAMPLES = ("trafficking", "domestic_violence")
_STATUSES = ("n_units", "n_present", "n_absent", "n_undocumented")


def side_counts(side: str, by: str) -> tuple[Count, ...]:
    """Describe the statuses of one characteristic in one of two samples.

    Parameters
    ----------
    side : str
        ``trafficking`` or ``domestic_violence``.
    by : str
        The field with the number of the characteristic.

    Examples
    --------
    >>> side_counts("trafficking", "id")[0]
    Count(field='trafficking.n_units', name='trafficking_n_units', by=('id',))
    """
    return tuple(
        Count(field=f"{side}.{name}", name=f"{side}_{name}", by=(by,)) for name in _STATUSES
    )


def _whole(share: float | None, of: int) -> int | None:
    """Return the count of a share; a mean or an estimate that is none stands for the nearest."""
    return None if share is None else round(share * of)


def _of_point(chain: Chain) -> Mapping[str, int | None]:
    """Reckon the statuses of an item in both samples from its shares."""
    point = chain[-1]
    found: dict[str, int | None] = {}
    for side in _SAMPLES:
        n, silent = getattr(point, f"n_{side}"), getattr(point, f"undocumented_{side}")
        present = round(getattr(point, f"{side}_low") * n)
        found |= {f"{side}.n_present": present, f"{side}.n_absent": n - silent - present}
    return found


def _point_fields(side: str) -> tuple[str, str, str, str]:
    return f"n_{side}", f"{side}.n_present", f"{side}.n_absent", f"undocumented_{side}"


def _point_shares(side: str) -> tuple[Share, ...]:
    n, present, absent, silent = _point_fields(side)
    return (
        Share(field=side, top=(present,), bottom=(present, absent)),
        Share(field=f"{side}_low", top=(present,), bottom=(n,)),
        Share(field=f"{side}_high", top=(present, silent), bottom=(n,)),
    )


_POINTS = RowShape(
    counts=tuple(
        replace(count, field=field)
        for side in _SAMPLES
        for count, field in zip(side_counts(side, "term"), _point_fields(side), strict=True)
    ),
    parts=tuple(
        (f"{side}.{part}", f"n_{side}") for side in _SAMPLES for part in ("n_present", "n_absent")
    ),
    rests=tuple((f"undocumented_{side}", f"n_{side}") for side in _SAMPLES),
    sums=tuple((f"n_{side}", _point_fields(side)[1:]) for side in _SAMPLES),
    reckon=_of_point,
    shares=(*_point_shares("trafficking"), *_point_shares("domestic_violence")),
    rounds=True,
)


def _of_balance(chain: Chain) -> Mapping[str, int | None]:
    """Reckon a level from its share; all relationships are those of the largest item."""
    found, row = chain[0], chain[-1]
    counts: dict[str, int | None] = {}
    for side in _SAMPLES:
        n = max((getattr(point, f"n_{side}") for point in found.points), default=0)
        silent = getattr(row, f"undocumented_{side}")
        counts |= {f"{side}_all": n, f"{side}_documented": n - silent}
        if row.level:
            counts[f"{side}_level"] = _whole(getattr(row, side), n - silent)
    return counts


def _balance_counts(side: str) -> tuple[Count, ...]:
    own = side == _SAMPLES[0]
    return (
        Count(field=f"{side}_all"),
        Count(field=f"{side}_documented"),
        Count(field=f"undocumented_{side}"),
        Count(
            field=f"{side}_level",
            name="balance_level" if own else "other_level",
            by=("term", "level"),
        ),
    )


#: The standardised difference is one of all levels, so that they go out together.
_BALANCE = RowShape(
    counts=tuple(count for side in _SAMPLES for count in _balance_counts(side)),
    parts=tuple((f"{side}_level", f"{side}_documented") for side in _SAMPLES),
    rests=tuple((f"undocumented_{side}", f"{side}_all") for side in _SAMPLES),
    reckon=_of_balance,
    behind=(Behind(rows="balance", same=(("term", "term"),)),),
)


def _of_quantity(chain: Chain) -> Mapping[str, int | None]:
    """Reckon the people behind a quantity over time from the curve that goes with it."""
    found, row = chain[0], chain[-1]
    curve = "retraction" if row.term.startswith("retraction") else "escape"
    counts: dict[str, int | None] = {}
    for side in _SAMPLES:
        steps = [step for step in found.curves if (step.curve, step.side) == (curve, side)]
        n = max((step.n_at_risk or 0 for step in steps), default=0)
        counts[f"{side}_all"] = n
        counts[f"{side}_events"] = _whole(_share_of(found, row, side), n)
    return counts


def _share_of(found: Any, row: Any, side: str) -> float:  # noqa: ANN401 - a result and its row
    """Return the share with the event: that of a rate and of a mean time is that by the horizon."""
    if row.term.startswith("retraction"):
        return float(getattr(row, side))
    first = (getattr(one, side) for one in found.quantities if one.term == "first_attempt")
    return float(next(first, 0.0))


def _quantity_heights(result: Any, step: Any) -> tuple[float, ...]:  # noqa: ANN401 - a result
    """Give the shares by a horizon that stand beside a curve."""
    term = "first_attempt" if step.curve == "escape" else "retraction_any"
    return tuple(getattr(row, step.side) for row in result.quantities if row.term == term)


_QUANTITIES = RowShape(
    counts=(
        Count(field="trafficking_events", name="quantity_events", by=("term",)),
        Count(field="domestic_violence_events"),
        *(Count(field=f"{side}_all") for side in _SAMPLES),
    ),
    parts=tuple((f"{side}_events", f"{side}_all") for side in _SAMPLES),
    reckon=_of_quantity,
    # Only the share of first attempts tells how many events a rate and a mean time have.
    behind=tuple(
        Behind(rows="quantities", only=(("term", term),), where=(("term", "first_attempt"),))
        for term in ("escape_rate", "restricted_mean")
    ),
)

_COMPARISON_PROFILE = ResultShape(
    rows={
        "points": _POINTS,
        # The mean of all differences gives the last one, and so its count.
        "distances": RowShape(
            behind=(Behind(rows="points", only=(("measure", "distance"),)),),
            never=(("measure", "cooccurrence_max"), ("measure", "cooccurrence_mean")),
        ),
        "quantities": _QUANTITIES,
        "balance": _BALANCE,
        "standardised": RowShape(behind=(Behind(rows="points", same=(("id", "term"),)),)),
    },
    curves={
        "curves": Curve(
            by=("curve", "side"),
            time="time",
            risk="n_at_risk",
            values=("value",),
            people=("=curve", "=side"),
            start=0.0,
            heights=_quantity_heights,
        )
    },
    plain=("title", "covariates", "unavailable"),
)


def _sizes_left(_: Any, result: Any, __: Rules) -> Any:  # noqa: ANN401 - a result
    """Leave the bands of sizes: the sizes themselves are those of single investigations."""
    groups = tuple(
        replace(group, sizes=(), effective_groups=None, two_largest_share=None)
        for group in result.groups
        if group.bands
    )
    return replace(result, groups=groups)


_SIZES = ResultShape(
    rows={
        "groups.bands": RowShape(
            counts=(
                Count(field="n_groups", name="size_band", by=("member", "group", "low", "high")),
                # Every band shows them: one number, whichever bands are withheld.
                Count(field="n_groups_all", name="groups_all", by=("variable",)),
                Count(field="n_members_all", name="members_all", by=("variable",)),
            ),
            parts=(("n_groups", "n_groups_all"),),
            rounds=True,
        ),
    },
    finish=_sizes_left,
)


def _of_class(chain: Chain) -> Mapping[str, int | None]:
    """Reckon how many relationships a class stands for, and the fewest with or without a domain."""
    found, row = chain[0], chain[-1]
    n = next((fit.n_rows for fit in found.fits if fit.coding == row.coding), 0)
    members = round(row.share * n)
    classes = [held for held in found.classes if held.coding == row.coding]
    present = [
        round(n * sum(held.share * held.probabilities[at] for held in classes))
        for at in range(len(row.probabilities))
    ]
    fewest = min((end for some in present for end in (some, n - some)), default=n)
    return {"members": members, "others": n - members, "fewest": fewest}


#: Nobody is known to be in a class, so its probabilities are those of a model. But over all
#: classes they add up to the share of each domain as it was counted, so that these counts must be
#: large enough, too, and cannot be rounded.
_LATENT_CLASSES = ResultShape(
    rows={
        "fits": RowShape(
            counts=(Count(field="n_rows"),),
            cases="/information.n_cases",
            degrees="n_rows",
            parameters="n_parameters",
            rounds=True,
        ),
        "classes": RowShape(
            counts=(Count(field="members"), Count(field="others"), Count(field="fewest")),
            reckon=_of_class,
            behind=(Behind(rows="fits", same=(("coding", "coding"), ("/n_classes", "n_classes"))),),
        ),
        "stability": RowShape(
            behind=(Behind(rows="fits", same=(("/n_classes", "n_classes"),)),),
            blank=("without_largest",),
        ),
    },
    header=(Count(field="information.n_rows"),),
    empty=("left_out",),
    plain=("title", "terms", "labels", "information", "n_classes"),
)


def _of_branch(chain: Chain) -> Mapping[str, int | None]:
    branch = chain[-1]
    return {"n_absent": branch.n_units - branch.n_present}


_BRANCH = ("n_units", "n_present", "n_absent")


def _choices_left(whole: Any, result: Any, rules: Rules) -> Any:  # noqa: ANN401 - a result
    """Keep codes whose main branch is left, with ranges too wide to tell of a branch that is not.

    What is counted over branches counts no people, so it stays that of all branches.
    """
    left, refused = [], []
    for before, term in zip(whole.terms, result.terms, strict=True):
        if term.branches[:1] and term.branches[0].options == before.branches[0].options:
            left.append(_wider(before, term, rules))
        else:
            refused.append(Unavailable(what=f"multiverse of {term.term}", why=rules.why))
    notes = (
        *result.notes,
        Note(
            "branches_withheld",
            "Where branches are withheld, ranges of estimates are rounded outwards. Counts of "
            "branches are those of all branches, also of those that are withheld.",
        ),
    )
    return replace(result, terms=tuple(left), refused=(*result.refused, *refused), notes=notes)


def _wider(before: Any, term: Any, rules: Rules) -> Any:  # noqa: ANN401 - a term of a multiverse
    """Round the ends of a range outwards, to what stands for enough units of the branch there.

    What each choice moves goes: means over its options give the estimates that are withheld.
    """
    if len(before.branches) == len(term.branches):
        return term
    term = replace(
        term, effects=Unavailable(what="share of the variance per choice", why=rules.why)
    )
    if term.low is None:
        return term
    low, high = (_grid(before.branches, end, rules) for end in (term.low, term.high))
    return replace(
        term,
        low=round(math.floor(term.low / low) * low, 2),
        high=round(min(math.ceil(term.high / high) * high, 1.0), 2),
    )


def _grid(branches: tuple[Any, ...], end: float, rules: Rules) -> float:
    fewest = min(branch.n_units for branch in branches if branch.estimate == end)
    return next((g for g in (0.1, 0.2, 0.25, 0.5) if g * fewest >= rules.smallest), 1.0)


_MULTIVERSE = ResultShape(
    rows={
        "terms.branches": RowShape(
            counts=tuple(
                Count(field=field, name=f"branch_{name}", by=("^term", "options"))
                for field, name in zip(_BRANCH, ("applicable", "present", "absent"), strict=True)
            ),
            parts=(("n_present", "n_units"),),
            cases="n_cases",
            reckon=_of_branch,
            spaced=_BRANCH,
        ),
    },
    plain=("axes", "refused", "threshold", "conf_level"),
    finish=_choices_left,
)

PROFILE_SHAPES: dict[str, ResultShape] = {
    "comparison_profile": _COMPARISON_PROFILE,
    "latent_classes": _LATENT_CLASSES,
    "multiverse": _MULTIVERSE,
    "sizes": _SIZES,
}
