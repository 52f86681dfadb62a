"""What the descriptive models share: which units are counted, and a row of a prevalence table."""

from __future__ import annotations

from relatum.inference.bounds import worst_case_bounds
from relatum.inference.common import Refusal
from relatum.results.base import Note
from relatum.results.prevalence import PrevalenceRow
from relatum.results.words import UNIT_PLURALS
from relatum.samples import Sample
from relatum.schema.status import StatusCodes, count_statuses
from relatum.study import PrevalencePlan

__all__ = ["COUNT_NOTES", "included_cases", "prevalence_row"]

TOLERANCE = 1e-12

#: What every result of counts and worst-case bounds tells its reader.
COUNT_NOTES = (
    Note(
        "finite_population",
        "Shares describe these units; no sampling error is attached to them.",
    ),
    Note(
        "worst_case_bounds",
        "Lower bound: every undocumented item counted as absent. Upper bound: every "
        "undocumented item counted as present.",
    ),
)


def included_cases(sample: Sample) -> tuple[str, ...]:
    """Return the ids of the cases that entered the study.

    A sample may list the excluded cases, too; a case without an entry counts as included.
    """
    cases = sample.tables["cases"]
    place = cases["case_list_source"].astype("string").fillna("included")
    return tuple(str(case) for case in cases.loc[place == "included", "case_id"])


def prevalence_row(
    codes: StatusCodes,
    plan: PrevalencePlan,
    *,
    term: str,
    label: str,
    entity: str,
    domain: str,
    unit: str,
    population: str = "",
) -> PrevalenceRow:
    """Count the statuses of one code and bound its share.

    Parameters
    ----------
    codes : array of int8, shape (n_units,)
        Status codes of the units.
    plan : PrevalencePlan
        The thresholds.
    term, label, entity, domain, unit, population : str
        See `PrevalenceRow`; the population is all units by default.

    Examples
    --------
    >>> import numpy as np
    >>> row = prevalence_row(np.array([2, 2, 0, 1], dtype=np.int8), PrevalencePlan(),
    ...                      term="a", label="A", entity="tactic", domain="rules", unit="case")
    >>> row.lower, row.upper, row.documented_share
    (0.5, 0.75, 0.75)
    """
    counts = count_statuses(codes)
    bounds = worst_case_bounds(counts.present, counts.absent_documented, counts.not_documented)
    known = None if isinstance(bounds, Refusal) else bounds
    share = known.documented_share if known else None
    width = known.width if known else None
    return PrevalenceRow(
        term=term,
        label=label,
        entity=entity,
        domain=domain,
        unit=unit,
        population=population or f"all {UNIT_PLURALS.get(unit, unit)}",
        n_units=counts.documented + counts.not_documented,
        n_present=counts.present,
        n_absent=counts.absent_documented,
        n_undocumented=counts.not_documented,
        n_not_applicable=counts.not_applicable,
        documented_share=share,
        lower=known.low if known else None,
        upper=known.high if known else None,
        width=width,
        only_bounds=share is None or share < plan.min_documented_share - TOLERANCE,
        leaves_confirmatory=width is None or width > plan.max_width + TOLERANCE,
    )
