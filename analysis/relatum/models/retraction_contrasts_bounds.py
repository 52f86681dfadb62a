"""All women with a first contact, and the contrast among those who would report either way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.lee_bounds import ReportingAssumption, always_reporter_bounds
from relatum.models.case_cells import CODINGS, Coding
from relatum.models.retraction_contrasts_data import (
    Covariate,
    ReporterRows,
    contact_covariate,
    in_order,
)
from relatum.models.retraction_contrasts_models import coding_label
from relatum.models.testimony_limits import number_cases
from relatum.results.base import Unavailable
from relatum.results.retraction_contrasts import ReporterBounds
from relatum.samples import Sample
from relatum.samples.testimony import Testimony
from relatum.study import Study

__all__ = ["ContactWomen", "bound_reporters", "read_women"]

_VIOLENCE = "vio_physical"
#: Name in the result, name in the engine, and words.
_ASSUMPTIONS: tuple[tuple[str, ReportingAssumption, str], ...] = (
    ("monotone_more", "more", "Whoever reports without it would also report with it"),
    ("monotone_less", "fewer", "Whoever reports with it would also report without it"),
    ("none", "none", "Nothing assumed of who reports"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContactWomen:
    """Women with a first contact, with and without a report.

    Attributes
    ----------
    case : ndarray of int, shape (n,)
    reported : ndarray of bool, shape (n,)
    stepped : ndarray, shape (n,)
        NaN without a report, and where it is not determined.
    covariate : Covariate
        The exposure, as it stood by the first contact.
    others : tuple of Covariate
        What else may go with reporting: whether she sought the first contact, and physical
        violence.
    """

    case: IntArray
    reported: npt.NDArray[np.bool_]
    stepped: FloatArray
    covariate: Covariate
    others: tuple[Covariate, ...]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """All but reporters whose outcome is not determined."""
        return np.asarray(~self.reported | np.isfinite(self.stepped))


def read_women(
    sample: Sample, testimony: Testimony, study: Study, rows: ReporterRows, name: str
) -> ContactWomen | str:
    """Read all women with a first contact.

    Parameters
    ----------
    sample : Sample
    testimony : Testimony
        Of this sample.
    study : Study
    rows : ReporterRows
        The outcome of those who reported.
    name : str
        A covariate of the plan.

    Returns
    -------
    ContactWomen or str
        Why there is no such covariate.
    """
    people = in_order(testimony.used_victims)
    covariate = contact_covariate(sample, study, people, name)
    if isinstance(covariate, str):
        return covariate
    reported = np.array([row.victim in rows.all_stepped for row in people], dtype=bool)
    sought = np.array([row.initiator for row in people], dtype=np.str_)
    others = [
        Covariate(
            term="sought_by_her",
            label="First contact sought by her",
            present=sought == "victim",
            silent=sought == "not_documented",
        )
    ]
    violence = contact_covariate(sample, study, people, _VIOLENCE)
    if isinstance(violence, Covariate) and name != _VIOLENCE:
        others.append(violence)
    stepped = [rows.all_stepped.get(row.victim, np.nan) for row in people]
    return ContactWomen(
        case=number_cases(np.array([row.case for row in people], dtype=np.str_), reported),
        reported=reported,
        stepped=np.array(stepped, dtype=np.float64),
        covariate=covariate,
        others=tuple(others),
    )


def bound_reporters(
    women: ContactWomen, study: Study
) -> tuple[tuple[ReporterBounds, ...], tuple[Unavailable, ...]]:
    """Bound the difference among women who would report whatever the exposure.

    Parameters
    ----------
    women : ContactWomen
    study : Study

    Returns
    -------
    tuple of tuples
        Bounds under both readings of silence and three assumptions; and what the data refuse.

    Notes
    -----
    Only for exposures that precede the report (Lee 2009, doi:10.1111/j.1467-937X.2009.00536.x;
    Zhang and Rubin 2003, doi:10.3102/10769986028004353). An outcome that is not determined counts
    as whatever widens the bounds. They hold no sampling error.
    """
    found: list[ReporterBounds] = []
    refused: list[Unavailable] = []
    for coding in CODINGS if women.covariate.silent.any() else CODINGS[:1]:
        for name, assumption, words in _ASSUMPTIONS:
            part = _bound(women, study, coding, (name, assumption, words))
            if isinstance(part, ReporterBounds):
                found.append(part)
            else:
                refused.append(part)
    return tuple(found), tuple(refused)


def _bound(
    women: ContactWomen, study: Study, coding: Coding, way: tuple[str, ReportingAssumption, str]
) -> ReporterBounds | Unavailable:
    name, assumption, words = way
    found = always_reporter_bounds(
        women.covariate.coded(coding),
        women.reported,
        women.stepped,
        assumption=assumption,
        cluster=women.case,
        conf_level=study.retraction.conf_level,
    )
    if isinstance(found, Refusal):
        label = coding_label(women.covariate, coding)
        return Unavailable(what=f"bounds, {label}, {words[:1].lower()}{words[1:]}", why=found.why)
    return ReporterBounds(
        term=women.covariate.term,
        label=women.covariate.label,
        assumption=name,
        assumption_label=words,
        lower=found.low,
        upper=found.high,
        share_always=found.share.low,
        coding=coding,
    )
