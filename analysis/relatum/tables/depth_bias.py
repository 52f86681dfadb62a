"""The table of the bias demonstration."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.depth_bias import BiasStep, DepthBiasDemonstration, PublishedPhi
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING

__all__ = ["tabulate_depth_bias"]


def tabulate_depth_bias(released: Released) -> Table:
    """Tabulate mean phi by treatment of blanks, beside the published values.

    Parameters
    ----------
    released : Released
        A `DepthBiasDemonstration`.
    """
    found = content(released, DepthBiasDemonstration)
    beside = {row.rule: row for row in found.published}
    parameters = found.parameters
    shares = ", ".join(f"{share:.2f}" for share in parameters.prevalence)
    return Table(
        title=found.title,
        columns=(
            Column(label="Records", width=8),
            Column(label="n, simulated", align="right", width=4),
            Column(label="Mean phi (range over pairs)", align="right", width=8),
            Column(label="n, public registry", align="right", width=4),
            Column(label="Mean phi (range), public registry", align="right", width=8),
        ),
        rows=tuple(_line(step, beside.get(step.rule)) for step in found.steps),
        footnotes=(
            *(note.text for note in released.notes),
            f"Simulated: true shares {shares}; {parameters.share_empty:.0%} of "
            f"{parameters.n_records:,} records document nothing, the logit of the documented "
            f"share of the others has mean {parameters.centre:g} and standard deviation "
            f"{parameters.spread:g}.",
            *(f"{NOTHING}: {step.why}." for step in found.steps if step.why),
        ),
    )


def _line(step: BiasStep, published: PublishedPhi | None) -> Row:
    return Row(
        cells=(
            step.label,
            f"{step.n_records:,}",
            _phi(step.mean, step.low, step.high),
            f"{published.n:,}" if published else NOTHING,
            _phi(published.mean, published.low, published.high) if published else NOTHING,
        )
    )


def _phi(mean: float | None, low: float | None, high: float | None) -> str:
    if mean is None or low is None or high is None:
        return NOTHING
    centre, start, end = (round(value, 3) + 0.0 for value in (mean, low, high))
    return f"{centre:.3f} ({start:.3f} to {end:.3f})"
