"""What a new sample would show, by number of investigations: a line for each correlation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

import pandas as pd
from matplotlib.axes import Axes

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    ACCENT,
    BLUE,
    INK,
    MIDDLE,
    MUTED,
    SMALL,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.planning import PlanCell, PlanTargets, SamplePlan

__all__ = ["PlanPoint", "PlanQuantity", "draw_plan", "plan_alt", "plan_source"]

PlanQuantity = Literal[
    "width", "margin", "equivalence", "domains", "rate_ratio", "half_width", "step"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPoint:
    """One point of a line.

    Attributes
    ----------
    icc : float
    cases : int
    value : float
    """

    icc: float
    cases: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    value: Callable[[PlanCell], float | None]
    target: Callable[[PlanTargets], float]
    label: str
    words: Callable[[PlanTargets], str]


_QUANTITIES: Mapping[str, _Drawn] = MappingProxyType(
    {
        "width": _Drawn(
            value=lambda cell: cell.width,
            target=lambda aims: aims.width,
            label="Mean width of the 95% interval of a share",
            words=lambda aims: "mean width of the 95% interval of a share",
        ),
        "margin": _Drawn(
            value=lambda cell: cell.margin_pair,
            target=lambda aims: aims.margin,
            label="Smallest margin to a second sample",
            words=lambda aims: f"smallest margin of equivalence with {aims.power:.0%} power",
        ),
        "equivalence": _Drawn(
            value=lambda cell: cell.power_pair,
            target=lambda aims: aims.power,
            label="Power to show equivalence",
            words=lambda aims: f"power to show equivalence within {aims.margin:g}",
        ),
        "domains": _Drawn(
            value=lambda cell: cell.power_domains,
            target=lambda aims: aims.power,
            label="Power for two domains",
            words=lambda aims: (
                f"power to find two domains recorded together, odds ratio {aims.pair_odds_ratio:g}"
            ),
        ),
        "rate_ratio": _Drawn(
            value=lambda cell: cell.power_ratio,
            target=lambda aims: aims.power,
            label="Power for the rate ratio",
            words=lambda aims: f"power to tell a rate ratio of {aims.rate_ratio:g} from 1",
        ),
        "half_width": _Drawn(
            value=lambda cell: cell.half_width,
            target=lambda aims: aims.half_width,
            label="Mean half-width, share with a step back",
            words=lambda aims: "mean half-width of the 95% interval of the share with a step back",
        ),
        "step": _Drawn(
            value=lambda cell: cell.power_step,
            target=lambda aims: aims.power,
            label="Power for steps back",
            words=lambda aims: (
                "power to find steps back that differ by a characteristic, odds ratio "
                f"{aims.step_odds_ratio:g}"
            ),
        ),
    }
)
#: Shares of studies, drawn from none to all.
_POWERS = ("equivalence", "domains", "rate_ratio", "step")
#: Colours of correlations, the lowest palest; more correlations take the last one.
_COLOURS = (MIDDLE, BLUE, INK)
_MARKERS = ("o", "s", "^", "D", "v", "P")


def plan_source(released: Released, *, quantity: PlanQuantity = "width") -> pd.DataFrame:
    """Return what `draw_plan` draws, one row per point.

    Parameters
    ----------
    released : Released
        Holds a `SamplePlan`.
    quantity : {"width", "margin", "equivalence", "domains", "rate_ratio", "half_width", "step"}
    """
    found = taken(released, SamplePlan)
    return rows_frame(PlanPoint, _points(found, quantity))


def _chosen(quantity: str) -> _Drawn:
    if quantity not in _QUANTITIES:
        allowed = ", ".join(get_args(PlanQuantity))
        msg = f"'{quantity}' cannot be drawn of a plan. Allowed: {allowed}."
        raise ReportError(msg)
    return _QUANTITIES[quantity]


def _points(found: SamplePlan, quantity: str) -> list[PlanPoint]:
    value = _chosen(quantity).value
    points = [
        PlanPoint(icc=icc, cases=cell.cases, value=held)
        for icc in found.iccs
        for cell in found.line(icc)
        if (held := value(cell)) is not None
    ]
    if not points:
        msg = "There is nothing to draw: no design of the plan has this number."
        raise ReportError(msg)
    return points


@figure_style()
def draw_plan(
    released: Released, ax: Axes | None = None, *, quantity: PlanQuantity = "width"
) -> Axes:
    """Draw precision or power against the number of investigations.

    Parameters
    ----------
    released : Released
        Holds a `SamplePlan`.
    ax : Axes, optional
        Where to draw; needs 0.6 inches below.
    quantity : {"width", "margin", "equivalence", "domains", "rate_ratio", "half_width", "step"}

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or the quantity is unknown or in no design.

    Notes
    -----
    The broken line is the target.
    """
    found = taken(released, SamplePlan)
    chosen, points = _chosen(quantity), _points(found, quantity)
    if ax is None:
        ax = new_axes(height=2.3, left=0.6, right=0.2, top=0.45, bottom=0.6)
    for at, icc in enumerate(found.iccs):
        mine = [point for point in points if point.icc == icc]
        ax.plot(
            [point.cases for point in mine],
            [point.value for point in mine],
            color=_COLOURS[min(at, len(_COLOURS) - 1)],
            marker=_MARKERS[at % len(_MARKERS)],
            markersize=4,
            linewidth=1.3,
            label=f"correlation {icc:g}",
            zorder=3,
            gid=f"icc-{icc:g}",
        )
    target = chosen.target(found.targets)
    ax.axhline(target, color=ACCENT, linewidth=1.0, linestyle=(0, (4, 2)), gid="target",
               label=f"target {target:g}")  # fmt: skip
    _dress(ax, found, chosen, points, power=quantity in _POWERS)
    mark_simulated(ax, released.simulated)
    return ax


def _dress(
    ax: Axes, found: SamplePlan, chosen: _Drawn, points: list[PlanPoint], *, power: bool
) -> None:
    target = chosen.target(found.targets)
    top = max(target, *(point.value for point in points))
    ax.set_ylim(0, 1.02 if power else 1.08 * top)
    numbers = sorted({point.cases for point in points})
    shown = _apart(numbers)
    ax.set_xticks(shown, [f"{one:,}" for one in shown])
    ax.set_xlabel("Investigations", labelpad=3, loc="left")
    ax.set_ylabel(chosen.label, fontsize=SMALL)
    ax.grid(axis="y")
    ax.tick_params(axis="x", color=MUTED)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.02), ncols=4, columnspacing=1.4)


def _apart(numbers: list[int]) -> list[int]:
    """Leave out numbers whose words would touch those before."""
    shown = numbers[:1]
    for number in numbers[1:]:
        if number - shown[-1] >= 0.06 * (numbers[-1] - numbers[0]):
            shown.append(number)
    return shown


def plan_alt(released: Released, *, quantity: PlanQuantity = "width") -> str:
    """Return alternative text for `draw_plan`, made from its numbers.

    Parameters
    ----------
    released : Released
        Holds a `SamplePlan`.
    quantity : {"width", "margin", "equivalence", "domains", "rate_ratio", "half_width", "step"}
    """
    found = taken(released, SamplePlan)
    chosen, points = _chosen(quantity), _points(found, quantity)
    parts = []
    for icc in found.iccs:
        mine = [point for point in points if point.icc == icc]
        if mine:
            first, last = mine[0], mine[-1]
            parts.append(
                f"correlation {icc:g}, {first.value:.2f} with {first.cases:,} and "
                f"{last.value:.2f} with {last.cases:,} investigations"
            )
    words = chosen.words(found.targets)
    return (
        f"Simulated data. Lines of the {words} by number of investigations: {'; '.join(parts)}. "
        f"The target is {chosen.target(found.targets):g}."
    )
