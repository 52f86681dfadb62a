"""Trafficking beside domestic violence: verdicts for every row of the parallels matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from relatum.inference.common import Refusal
from relatum.inference.multiplicity import adjust_holm
from relatum.models.comparison_notes import comparison_notes
from relatum.models.comparison_rows import compare_row
from relatum.models.comparison_samples import Pair, depth_weights, open_pair
from relatum.models.comparison_verdicts import assay_of
from relatum.results.base import Unavailable
from relatum.results.comparison import ASSAY_WORDS, ComparedRow, Comparison
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.schema.parallels import load_parallels
from relatum.study import Study, margins_hash

__all__ = ["compare_samples"]

_WHAT = "trafficking beside domestic violence"
_CLAIMS = ("equivalent", "not_inferior")


def compare_samples(
    sample: Sample, study: Study, *, pair: Pair | str | None = None
) -> Comparison | Unavailable:
    """Compare two coded samples in every row of the parallels matrix.

    Parameters
    ----------
    sample : Sample
        The sample of the plan.
    study : Study
        The plan: `comparison.other` names the second sample, `margins` the margins that were
        declared. A row without a margin gets no verdict.
    pair : Pair or str, optional
        From `open_pair`, where it is at hand already.

    Returns
    -------
    Comparison or Unavailable
        Unavailable where there is no second population.

    Raises
    ------
    PlanError, SampleError
        If the second sample is the first one, or cannot be read.

    Notes
    -----
    Two one-sided tests (Schuirmann 1987, doi:10.1007/BF01068419) of the case-clustered difference,
    under the *crossed* codings of silence: as absent in one sample and as present in the other,
    and the reverse. Codings in the same direction can both give zero while the truth differs.
    Both samples are weighted to a common documentation depth. The global claim needs every
    primary row (intersection-union, Berger and Hsu 1996, doi:10.1214/ss/1032280304) and carries no
    correction; claims of equivalence of single rows carry Holm's over all rows with a p value,
    verdicts of a difference none. Where a contrast row, in which a difference is expected, does
    not show it, no row counts as equivalent.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> print(compare_samples(example_sample("anna"), read_study()).why[:40])
    there is one case only of the population
    """
    pair = open_pair(sample, study) if pair is None else pair
    if isinstance(pair, str):
        provenance = provenance_of(sample, study, seed=study.seed)
        return Unavailable(what=_WHAT, why=pair, provenance=provenance)
    provenance = provenance_of(sample, study, seed=study.seed, other=pair.other_than(sample))
    weights = depth_weights(pair, study.comparison.depth_strata)
    matrix = load_parallels().values()
    rows = [compare_row(pair, row, weights, study) for row in matrix]
    assay = assay_of(
        ["undeclared" if row.margin_low is None else row.verdict for row in rows if row.contrast]
    )
    judged = tuple(_voided(row, assay) for row in _corrected(rows, study.comparison.level))
    primary = [row for row in judged if row.primary and row.margin_low is not None]
    counts = Counter(row.verdict for row in primary)
    left_out = [row.id for row in judged if row.primary and row.margin_low is None]
    verdict, p_value, why = _global(primary, assay, left_out)
    return Comparison(
        title="Trafficking beside domestic violence",
        samples=tuple(side.describe() for side in pair.sides),
        rows=judged,
        assay=assay,
        global_verdict=verdict,
        global_p=p_value,
        global_why=why,
        n_primary=len(primary),
        n_equivalent=sum(counts[name] for name in _CLAIMS),
        n_different=counts["different"],
        n_not_shown=counts["not_shown"] + counts["void"],
        n_unavailable=counts["unavailable"],
        level=study.comparison.level,
        iccs=study.comparison.iccs,
        depth_strata=weights.n_strata,
        depth_cuts=weights.cuts,
        margins_hash=margins_hash(study.margins),
        unavailable=tuple(
            Unavailable(what=row.id, why=row.why) for row in judged if row.verdict == "unavailable"
        ),
        notes=comparison_notes(pair, weights, study),
        provenance=provenance,
    )


def _corrected(rows: Sequence[ComparedRow], level: float) -> list[ComparedRow]:
    """Correct the p values of the tested rows by Holm; a claim that does not hold is taken back."""
    at = [i for i, row in enumerate(rows) if row.p_value is not None and not row.contrast]
    if not at:
        return list(rows)
    adjusted = adjust_holm([rows[i].p_value or 0.0 for i in at])
    if isinstance(adjusted, Refusal):
        return list(rows)
    found = list(rows)
    for i, p_value in zip(at, adjusted.adjusted, strict=True):
        row = replace(found[i], p_holm=float(p_value))
        if row.verdict in _CLAIMS and p_value > level:
            why = (
                f"inside the margin before Holm's correction over {len(at)} rows "
                f"(p = {row.p_value:.3f}, corrected {p_value:.3f})"
            )
            row = replace(row, verdict="not_shown", why=why)
        found[i] = row
    return found


def _voided(row: ComparedRow, assay: str) -> ComparedRow:
    """Take back a claim of equivalence where nothing shows that differences would be found."""
    if assay == "holds" or row.verdict not in _CLAIMS:
        return row
    return replace(row, verdict="void", why=ASSAY_WORDS[assay])


def _global(
    primary: Sequence[ComparedRow], assay: str, left_out: Sequence[str]
) -> tuple[str, float | None, str]:
    """Judge all declared primary rows together: each must hold, without a correction.

    Primary rows that the plan leaves out, having no margin, are named beside the claim.
    """
    if not primary:
        return "not_shown", None, "no margin was declared for a primary row"
    different = [row.id for row in primary if row.verdict_before == "different"]
    values = [row.p_value for row in primary]
    largest = None if any(value is None for value in values) else max(v or 0.0 for v in values)
    if different:
        return "different", largest, f"shown different in {_listed(different)}"
    open_rows = [row.id for row in primary if row.verdict_before not in _CLAIMS]
    if open_rows:
        return "not_shown", largest, f"before any correction not shown in {_listed(open_rows)}"
    if assay != "holds":
        return "not_shown", largest, ASSAY_WORDS[assay]
    why = f"every one of {len(primary)} primary rows with a margin lies inside it"
    if left_out:
        why += f"; the plan declares none for {_listed(left_out)}"
    return "equivalent", largest, why


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:6])
    rest = len(names) - 6
    noun = "row" if len(names) == 1 else "rows"
    return f"{len(names)} {noun} ({shown}{f' and {rest} more' if rest > 0 else ''})"
