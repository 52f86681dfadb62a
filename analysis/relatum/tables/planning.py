"""Tables and sentences of a plan: what to collect, and what it would show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from relatum.release import Released
from relatum.release.content import content
from relatum.results.planning import PlanCell, SamplePlan
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import choose_word, power_words, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, plural

__all__ = [
    "PLAN_GOALS",
    "say_plan_cap",
    "say_plan_events",
    "say_plan_made",
    "say_plan_needed",
    "say_plan_size",
    "tabulate_plan",
    "tabulate_plan_advice",
    "tabulate_plan_assurance",
    "tabulate_plan_needed",
    "tabulate_plan_settings",
]

#: What a plan may aim at: the share of studies that reach it.
PLAN_GOALS: Mapping[str, Callable[[PlanCell], float]] = MappingProxyType(
    {
        "width": lambda cell: cell.reach_width,
        "equivalence": lambda cell: cell.power_pair,
        "equivalence_open": lambda cell: cell.power_open,
        "domains": lambda cell: cell.power_domains,
        "rate_ratio": lambda cell: cell.power_ratio,
        "half_width": lambda cell: cell.reach_half_width,
        "step": lambda cell: cell.power_step,
    }
)

_NO_WIDTH = "so few files answer that no share has an interval in some of the designs"


def _goal_words(found: SamplePlan, goal: str) -> str:
    aims = found.targets
    return {
        "width": f"interval of a share at most {aims.width:g} wide",
        "equivalence": f"equivalence to a second sample within {aims.margin:g}",
        "equivalence_open": f"the same within {aims.margin:g} with silence left open",
        "domains": f"two domains recorded together, odds ratio {aims.pair_odds_ratio:g}",
        "rate_ratio": f"a rate ratio of {aims.rate_ratio:g} told from 1",
        "half_width": f"share with a step back within {aims.half_width:g} on either side",
        "step": f"a step back by characteristic, odds ratio {aims.step_odds_ratio:g}",
    }[goal]


def _goal_label(found: SamplePlan, goal: str) -> str:
    aims = found.targets
    return {
        "width": f"Width at most {aims.width:g}",
        "equivalence": f"Equivalence within {aims.margin:g}",
        "equivalence_open": "The same, silence open",
        "domains": "Two domains together",
        "rate_ratio": f"Rate ratio {aims.rate_ratio:g}",
        "half_width": f"Step back, within {aims.half_width:g}",
        "step": "Step back by characteristic",
    }[goal]


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def tabulate_plan(released: Released) -> Table:
    """Tabulate precision and power by number of investigations, a group for each correlation.

    Parameters
    ----------
    released : Released
        A `SamplePlan`.

    Returns
    -------
    Table
        With the notes of the result.
    """
    found = content(released, SamplePlan)
    power = found.targets.power
    rows = tuple(
        Row(group=f"Correlation within investigations {icc:g}", cells=_line(cell))
        for icc in found.iccs
        for cell in found.line(icc)
    )
    return Table(
        title=f"{found.title}: precision and power by number of investigations",
        columns=(
            Column(label="Investigations", width=4),
            Column(label="Coded relationships", align="right", width=4),
            Column(label="Width, 95% interval of a share", align="right", width=5),
            Column(label="Width, silence open", align="right", width=4),
            Column(label="Width, average investigation", align="right", width=5),
            Column(label="Margin, fixed figure", align="right", width=4),
            Column(label="Margin, second sample", align="right", width=4),
            Column(label="Half-width, step back", align="right", width=4),
        ),
        rows=rows,
        footnotes=(
            *note_texts(released),
            f"Margin: the smallest on either side that is shown with {power:.0%} power when there "
            "is no difference, among relationships whose file answers. Widths are means. The share "
            "in an average investigation is beta-binomial; every investigation counts once.",
        ),
    )


def _line(cell: PlanCell) -> tuple[str, ...]:
    return (
        f"{cell.cases:,}",
        _whole(cell.coded),
        _number(cell.width),
        _number(cell.width_bounds),
        _number(cell.width_case),
        _number(cell.margin_figure),
        _number(cell.margin_pair),
        _number(cell.half_width),
    )


def tabulate_plan_needed(released: Released) -> Table:
    """Tabulate the smallest number of investigations that reaches each goal with enough power.

    Parameters
    ----------
    released : Released
        A `SamplePlan`.
    """
    found = content(released, SamplePlan)
    rows = tuple(
        Row(
            cells=(
                upper_first(_goal_words(found, goal)),
                *(_needed_words(found, goal, icc) for icc in found.iccs),
            )
        )
        for goal in PLAN_GOALS
    )
    return Table(
        title=f"Investigations that reach a goal in {found.targets.power:.0%} of studies",
        columns=(
            Column(label="Goal", width=10),
            *(Column(label=f"Correlation {icc:g}", align="right", width=4) for icc in found.iccs),
        ),
        rows=rows,
        footnotes=(
            "Of the numbers of investigations that were simulated, the smallest from which all "
            "larger ones reach the goal too.",
        ),
    )


def _needed(found: SamplePlan, goal: str, icc: float) -> PlanCell | None:
    best = None
    for cell in reversed(found.line(icc)):
        if PLAN_GOALS[goal](cell) < found.targets.power:
            break
        best = cell
    return best


def _needed_words(found: SamplePlan, goal: str, icc: float) -> str:
    cell, largest = _needed(found, goal, icc), found.line(icc)[-1].cases
    return f"more than {largest:,}" if cell is None else f"{cell.cases:,}"


def tabulate_plan_assurance(released: Released) -> Table:
    """Tabulate the probability of each goal when correlation and share are not known.

    Parameters
    ----------
    released : Released
        A `SamplePlan`.
    """
    found = content(released, SamplePlan)
    held = {one.key: one.value for one in found.settings}
    rows = tuple(
        Row(
            cells=(
                f"{cell.cases:,}",
                *(power_words(reach(cell)) for reach in PLAN_GOALS.values()),
            )
        )
        for cell in found.part("assurance")
    )
    return Table(
        title="Assurance: the probability of each goal, averaged over the priors",
        columns=(
            Column(label="Investigations", width=5),
            *(
                Column(label=_goal_label(found, goal), align="right", width=5)
                for goal in PLAN_GOALS
            ),
        ),
        rows=rows or (Row(cells=(NOTHING,) * (1 + len(PLAN_GOALS))),),
        footnotes=(
            "The goals are those of the table of investigations that are needed. "
            f"Priors: correlation {held.get('prior_icc', NOTHING)}, share "
            f"{held.get('prior_prevalence', NOTHING)}.",
        ),
    )


def tabulate_plan_advice(released: Released) -> Table:
    """Tabulate what more investigations, more relationships and a cap give.

    Parameters
    ----------
    released : Released
        A `SamplePlan`.
    """
    found = content(released, SamplePlan)
    cells = found.part("advice")
    icc = next((cell.icc for cell in cells if cell.icc is not None), None)
    rows = tuple(
        Row(
            cells=(
                upper_first(cell.label),
                f"{cell.cases:,}",
                _whole(cell.coded),
                _whole(cell.effective),
                _number(cell.width),
                _number(cell.margin_pair),
                power_words(cell.power_domains),
                power_words(cell.power_ratio),
                _number(cell.half_width),
            )
        )
        for cell in cells
    )
    return Table(
        title="More investigations, more relationships, or a cap",
        columns=(
            Column(label="Design", width=10),
            Column(label="Investigations", align="right", width=5),
            Column(label="Coded relationships", align="right", width=5),
            Column(label="Worth this many independent ones", align="right", width=6),
            Column(label="Width of a share", align="right", width=3),
            Column(label="Margin, second sample", align="right", width=4),
            Column(label="Power, two domains", align="right", width=4),
            Column(label="Power, rate ratio", align="right", width=3),
            Column(label="Half-width, step back", align="right", width=4),
        ),
        rows=rows or (Row(cells=("No design", *[NOTHING] * 8)),),
        footnotes=() if icc is None else (f"Correlation within investigations {icc:g}.",),
    )


def tabulate_plan_settings(released: Released) -> Table:
    """Tabulate what the plan assumes.

    Parameters
    ----------
    released : Released
        A `SamplePlan`.
    """
    found = content(released, SamplePlan)
    return Table(
        title="What the plan assumes",
        columns=(Column(label="Assumption", width=9), Column(label="Value", width=9)),
        rows=tuple(Row(cells=(one.words, one.value)) for one in found.settings)
        or (Row(cells=("None", NOTHING)),),
    )


def _plan(results: Mapping[str, Released], name: str) -> SamplePlan:
    return content(results[choose_word(name, results, what="result")], SamplePlan)


def say_plan_needed(results: Mapping[str, Released], name: str, *, goal: str, icc: float) -> str:
    """Say how many investigations a goal needs.

    Parameters
    ----------
    results : mapping of str to Released
    name : str
        The name of the plan among the results.
    goal : str
        A key of `PLAN_GOALS`.
    icc : float
        A correlation of the grid.

    Returns
    -------
    str
        Such as ``60 investigations (about 360 coded relationships)``.

    Raises
    ------
    UsageError
        For a goal or a correlation that is not there.
    """
    found = _plan(results, name)
    wanted = choose_word(goal, PLAN_GOALS, what="goal of a plan")
    held = {f"{one:g}": one for one in found.iccs}
    at = held[choose_word(f"{icc:g}", held, what="correlation of this plan")]
    cell = _needed(found, wanted, at)
    if cell is None:
        return f"more than {plural(found.line(at)[-1].cases, 'investigation')}"
    coded = _whole(cell.coded)
    return f"{plural(cell.cases, 'investigation')} (about {coded} coded relationships)"


def say_plan_events(results: Mapping[str, Released], name: str) -> str:
    """Say how many independent events tell the rate ratio from 1.

    Parameters
    ----------
    results : mapping of str to Released
    name : str

    Returns
    -------
    str
        A sentence without the full stop at its end.
    """
    aims = _plan(results, name).targets
    if aims.events is None:
        return "a rate ratio of 1 is no difference, however many events there are"
    return (
        f"{plural(aims.events, 'independent event')} would tell a rate ratio of "
        f"{aims.rate_ratio:g} from 1 with {aims.power:.0%} power"
    )


def say_plan_made(results: Mapping[str, Released], name: str) -> str:
    """Say which plan the numbers belong to.

    Parameters
    ----------
    results : mapping of str to Released
    name : str
    """
    source = _plan(results, name).provenance
    return (
        f"Plan '{source.sample_name}' (SHA-256 {source.study_hash[:12]}), seed {source.seed}, "
        f"relatum {source.relatum_version}"
    )


def say_plan_size(results: Mapping[str, Released], name: str) -> str:
    """Say what twice as many investigations give, and what twice as many relationships.

    Parameters
    ----------
    results : mapping of str to Released
    name : str

    Returns
    -------
    str
        A sentence without the full stop at its end.
    """
    base, wider, deeper = (_number(one.width) for one in _plan(results, name).part("advice")[:3])
    if NOTHING in (base, wider, deeper):
        return _NO_WIDTH
    return (
        f"twice as many investigations narrow the interval of a share from {base} to {wider}, "
        f"twice as many relationships in the same investigations to {deeper}"
    )


def say_plan_cap(results: Mapping[str, Released], name: str) -> str:
    """Say what a cap on the coded relationships of an investigation gives.

    Parameters
    ----------
    results : mapping of str to Released
    name : str

    Returns
    -------
    str
        A sentence without the full stop at its end.
    """
    base, _, _, capped, spread = _plan(results, name).part("advice")[:5]
    if base.cap == capped.cap:
        return f"at most {base.cap} are coded in each as it is, and a lower one was not looked at"
    if None in (base.width, capped.width, spread.width):
        return _NO_WIDTH
    return (
        f"with at most {capped.cap} coded in each of the {base.cases:,} investigations there are "
        f"{_whole(capped.coded)} relationships to code instead of {_whole(base.coded)}, and the "
        f"width is {_number(capped.width)} instead of {_number(base.width)}; as many coded in "
        f"{plural(spread.cases, 'investigation')} give {_number(spread.width)}"
    )
