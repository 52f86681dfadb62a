"""The assumptions of a plan in words, and what a reader must be told beside its numbers."""

from __future__ import annotations

from relatum.results.base import Note
from relatum.results.planning import PlanSetting
from relatum.study.planning import PlanningDesign

__all__ = ["plan_notes", "plan_settings"]


def plan_settings(design: PlanningDesign) -> tuple[PlanSetting, ...]:
    """Word what a plan assumes.

    Parameters
    ----------
    design : PlanningDesign

    Returns
    -------
    tuple of PlanSetting
        Sizes of investigations at hand are not told: they could tell which ones they are.

    Examples
    --------
    >>> plan_settings(PlanningDesign())[0].value
    'mean 6, coefficient of variation 1.3'
    """
    sizes = f"mean {design.mean_size:g}, coefficient of variation {design.size_cv:g}"
    if design.sizes:
        sizes = f"those of {len(design.sizes)} investigations at hand"
    exposed = f"{design.exposed:.0%} of relationships, rate ratio {design.rate_ratio:g}"
    pairs = f"odds ratio {design.pair_odds_ratio:g}, {design.pairs:,} pairs tested"
    told = (
        ("sizes", "Relationships per investigation", sizes),
        ("cap", "Coded per investigation at most", str(design.cap) if design.cap else "all"),
        ("prevalence", "Share that is estimated", f"{design.prevalence:g}"),
        ("documented", "Share of files that answer", f"{design.documented:g}"),
        ("attempts", "Escape attempts per relationship-year", f"{design.attempts_per_year:g}"),
        ("months", "Months under observation", f"{design.months:g}"),
        ("exposed", "Characteristic whose rate is compared", exposed),
        ("frailty", "Variance of rates between investigations", f"{design.frailty:g}"),
        ("reported", "Share of relationships with a report", f"{design.reported:g}"),
        ("retracted", "Share of these with a step back", f"{design.retracted:g}"),
        ("step_odds_ratio", "Odds ratio of a step back with it", f"{design.step_odds_ratio:g}"),
        ("pair_odds_ratio", "Two domains recorded together", pairs),
        ("prior_icc", "Prior of the correlation", _beta(design.prior_icc)),
        ("prior_prevalence", "Prior of the share", _beta(design.prior_prevalence)),
        ("studies", "Simulated studies of each design", f"{design.studies:,}"),
        ("draws", "Random sign vectors of each bootstrap", f"{design.draws:,}"),
    )
    return tuple(PlanSetting(key=key, words=words, value=value) for key, words, value in told)


def _beta(parameters: tuple[float, ...]) -> str:
    return f"beta({parameters[0]:g}, {parameters[1]:g})"


def plan_notes(design: PlanningDesign) -> tuple[Note, ...]:
    """Return what a reader of the numbers must know.

    Parameters
    ----------
    design : PlanningDesign
    """
    error = (0.25 / design.studies) ** 0.5
    notes = [
        Note(
            "plan_error",
            f"Shares of studies come from {design.studies:,} simulated studies; one Monte Carlo "
            f"standard error is at most {error:.3f}.",
        ),
        Note(
            "plan_size_unrelated",
            "The plan assumes that the size of an investigation has nothing to do with what is "
            "recorded in it. Where large investigations differ, less is reached.",
        ),
        Note(
            "plan_figure",
            "Against a fixed figure the best verdict is that it is compatible with the figure: "
            "nothing then shows that a difference would have been seen.",
        ),
    ]
    silent = 2.0 * (1.0 - design.documented)
    if silent > 0:
        room = 2.0 * design.target_margin
        words = "less" if silent < room - 1e-9 else "not less"
        notes.append(
            Note(
                "plan_silence",
                f"Files without an answer make up {1 - design.documented:.0%} of each sample, "
                f"together {silent:.0%}: {words} than the {room:g} from the lower to the upper end "
                "of the margin. With silence left open equivalence needs less than that, however "
                "many investigations there are.",
            )
        )
    if design.sizes:
        notes.append(
            Note(
                "plan_sizes_at_hand",
                "The plan rests on sizes of investigations at hand. They are not told, but totals "
                "of them can be seen in it: treat it as you treat those.",
            )
        )
    if design.draws < 999:
        notes.append(
            Note(
                "plan_draws",
                f"With {design.draws:,} sign vectors instead of the 9,999 of an analysis, widths "
                "carry a little more noise.",
            )
        )
    return tuple(notes)
