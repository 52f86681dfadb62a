"""A row of the parallels matrix beside a published figure: the verdict and what would change it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from relatum.inference.benchmark_shift import (
    BenchmarkShift,
    Position,
    judge_shift,
    published_interval,
)
from relatum.inference.common import Interval, Refusal
from relatum.inference.mover import difference_limits, ratio_limits
from relatum.models.benchmark_admission import Admission, admit
from relatum.results.base import Note, Unavailable
from relatum.schema.benchmarks import Benchmark
from relatum.schema.parallels import Parallel
from relatum.study.margins import margin_fault

__all__ = ["BenchmarkVerdict", "SampleLimits", "compare_with_benchmark"]

_NO_ASSAY = Note(
    "no_assay",
    "A published figure cannot show that the instrument would find a difference if there were "
    "one, so the best verdict against it is that the sample is compatible with it.",
)
_INDEPENDENT = Note(
    "benchmark_limits",
    "The limits of the published share take its units as independent; where the source sampled "
    "courts, programmes or households they are too narrow.",
)
_SHIFT = Note(
    "instrument_shift",
    "The published figure was measured in another way. The tipping values are the smallest "
    "shifts of that figure, downwards and upwards, that would change the verdict; nobody knows "
    "the true shift.",
)

Verdict = Literal["compatible_with_benchmark", "different", "not_shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLimits:
    """The sample's value of a row under one coding of what the file does not say.

    Attributes
    ----------
    equivalence : Interval
        At the level 1 - 2 x alpha, usually 90%.
    difference : Interval
        At the level 1 - alpha, usually 95%.
    """

    equivalence: Interval
    difference: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkVerdict:
    """A row beside one published figure.

    Attributes
    ----------
    parallel_id, benchmark_id : str
    verdict : {"compatible_with_benchmark", "different", "not_shown"}
        Never that the two are equivalent.
    assay : bool
        Always false: a published figure has no contrast rows.
    published : Interval
        The published figure and its sampling limits at the level 1 - alpha.
    difference_low, difference_high : float
        Sample less benchmark, or over it where the scale is a ratio, under both codings.
    equivalence_limits, difference_limits : tuple of float
        Limits at both levels, united over both codings.
    margin_low, margin_high : float or None
    tipping_low, tipping_high : float or None
        The smallest shift of the benchmark, downwards and upwards, that changes the verdict: an
        amount, or a factor where the scale is a ratio. None where no possible shift does.
    verdict_low, verdict_high : str or None
        The verdict beyond that shift.
    rank : int
        Of the comparator, as in `Admission`.
    why : str
        The verdict's reason, in a sentence.
    notes : tuple of Note
        What a reader must be told.
    """

    parallel_id: str
    benchmark_id: str
    verdict: Verdict
    assay: bool
    published: Interval
    difference_low: float
    difference_high: float
    equivalence_limits: tuple[float, float]
    difference_limits: tuple[float, float]
    margin_low: float | None
    margin_high: float | None
    tipping_low: float | None
    verdict_low: Verdict | None
    tipping_high: float | None
    verdict_high: Verdict | None
    rank: int
    why: str
    notes: tuple[Note, ...]


def compare_with_benchmark(
    parallel: Parallel,
    benchmark: Benchmark,
    *,
    lower: SampleLimits,
    upper: SampleLimits,
    margins: tuple[float, ...],
) -> BenchmarkVerdict | Unavailable:
    """Compare the sample with a published figure in one row of the matrix.

    Parameters
    ----------
    parallel : Parallel
    benchmark : Benchmark
    lower, upper : SampleLimits
        The sample with silence as absent, and with silence as present.
    margins : tuple of float
        On the row's scale: the lower and the upper one, or the lower alone.

    Returns
    -------
    BenchmarkVerdict or Unavailable
        Unavailable where `admit` refuses the figure, or limits cannot be combined.

    Raises
    ------
    ValueError
        If the margins do not suit the row, or levels differ between the codings.

    Notes
    -----
    Compatible where the limits at the level 1 - 2 alpha lie inside the margins under both codings
    of the sample; different where those at the level 1 - alpha lie outside on one side under both;
    not shown otherwise. Limits of sample and benchmark are combined by
    `relatum.inference.mover`, the tipping values come from
    `relatum.inference.benchmark_shift.judge_shift`.

    Examples
    --------
    Half of the victims in specialist courts stepped back; in the sample it is .45 to .55.

    >>> from relatum.schema.benchmarks import load_benchmarks
    >>> from relatum.schema.parallels import load_parallels
    >>> def limits(centre, half, level):
    ...     return Interval(estimate=centre, conf_low=centre - half, conf_high=centre + half,
    ...                     conf_level=level, method="")
    >>> def coded(centre):
    ...     return SampleLimits(equivalence=limits(centre, 0.05, 0.9),
    ...                         difference=limits(centre, 0.06, 0.95))
    >>> found = compare_with_benchmark(
    ...     load_parallels()["P29"], load_benchmarks()["B40"],
    ...     lower=coded(0.45), upper=coded(0.55), margins=(-0.15, 0.15))
    >>> found.verdict, round(found.tipping_low, 3), round(found.tipping_high, 3)
    ('compatible_with_benchmark', -0.025, 0.025)
    """
    what = f"comparison of {parallel.id} with {benchmark.id}"
    admission = admit(parallel, benchmark)
    if not admission.admitted:
        return Unavailable(what=what, why=" ".join(admission.reasons))
    fault = margin_fault(parallel, margins)
    if fault:
        raise ValueError(f"margins of {parallel.id}: {fault}")
    found = _combined(parallel, benchmark, lower, upper)
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=found.why)
    margin_low, margin_high = margins[0], margins[1] if len(margins) > 1 else None
    shift_low, shift_high = _possible_shifts(parallel, found.published.estimate)
    shift = judge_shift(
        found.equivalence,
        found.difference,
        margin_low=margin_low,
        margin_high=margin_high,
        ratio=parallel.is_ratio,
        shift_low=shift_low,
        shift_high=shift_high,
    )
    return _verdict(admission, found, shift, (margin_low, margin_high))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Combined:
    published: Interval
    equivalence: tuple[Interval, ...]
    difference: tuple[Interval, ...]


def _combined(
    parallel: Parallel, benchmark: Benchmark, lower: SampleLimits, upper: SampleLimits
) -> _Combined | Refusal:
    """Combine the limits of the sample with those of the benchmark, at both levels."""
    limits = ratio_limits if parallel.is_ratio else difference_limits
    combined: dict[str, tuple[Interval, ...]] = {}
    published: dict[str, Interval] = {}
    for name in ("equivalence", "difference"):
        samples: tuple[Interval, ...] = (getattr(lower, name), getattr(upper, name))
        level = samples[0].conf_level
        figure = _published(benchmark, level)
        if isinstance(figure, Refusal):
            return figure
        published[name] = figure
        pairs = [limits(sample, figure) for sample in samples]
        refused = [pair for pair in pairs if isinstance(pair, Refusal)]
        if refused:
            return refused[0]
        combined[name] = tuple(pair for pair in pairs if isinstance(pair, Interval))
    return _Combined(published=published["difference"], **combined)


def _published(benchmark: Benchmark, conf_level: float) -> Interval | Refusal:
    if benchmark.estimate is None:
        return Refusal("limits of a published figure", "it gives no single figure")
    return published_interval(
        benchmark.estimate,
        n=benchmark.n,
        limits=benchmark.sampling_limits,
        statistic=benchmark.statistic,
        conf_level=conf_level,
    )


def _possible_shifts(parallel: Parallel, published: float) -> tuple[float, float]:
    """Return how far the benchmark can be shifted on its own scale."""
    if parallel.is_ratio:
        return 0.0, math.inf
    if parallel.kind in ("share", "incidence"):
        return -published, 1.0 - published
    return -math.inf, math.inf


def _named(position: Position | None) -> Verdict | None:
    if position is None or position == "not_shown":
        return position
    return "compatible_with_benchmark" if position == "inside" else "different"


def _verdict(
    admission: Admission,
    found: _Combined,
    shift: BenchmarkShift,
    margins: tuple[float | None, float | None],
) -> BenchmarkVerdict:
    centres = [one.estimate for one in found.equivalence]
    by_n = found.published.method == "wilson"
    return BenchmarkVerdict(
        parallel_id=admission.parallel_id,
        benchmark_id=admission.benchmark_id,
        verdict=_named(shift.position) or "not_shown",
        assay=False,
        published=found.published,
        difference_low=min(centres),
        difference_high=max(centres),
        equivalence_limits=_union(found.equivalence),
        difference_limits=_union(found.difference),
        margin_low=margins[0],
        margin_high=margins[1],
        tipping_low=shift.tip_down,
        verdict_low=_named(shift.position_down),
        tipping_high=shift.tip_up,
        verdict_high=_named(shift.position_up),
        rank=admission.rank,
        why=_why(found, shift.position, margins),
        notes=(_NO_ASSAY, *((_INDEPENDENT,) if by_n else ()), _SHIFT),
    )


def _union(intervals: tuple[Interval, ...]) -> tuple[float, float]:
    return min(one.conf_low for one in intervals), max(one.conf_high for one in intervals)


def _why(found: _Combined, position: Position, margins: tuple[float | None, float | None]) -> str:
    low, high = margins
    outside = {"above": high, "below": low}.get(position)
    shown = found.equivalence if outside is None else found.difference
    bottom, top = _union(shown)
    limits = f"the {100 * shown[0].conf_level:g}% limits ({bottom:.3f} to {top:.3f})"
    if outside is not None:
        return f"Under both codings {limits} lie {position} the margin of {outside:g}."
    margin = f"above {low:g}" if high is None else f"between {low:g} and {high:g}"
    if position == "inside":
        return f"Under both codings {limits} lie {margin}."
    return f"United over both codings {limits} do not all lie {margin}, nor beyond it on one side."
