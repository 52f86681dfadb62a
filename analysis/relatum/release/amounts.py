"""Amounts and times that go out: whether one or two people hold most of the sum behind a mean.

References
----------
.. [1] A. Hundepool, J. Domingo-Ferrer, L. Franconi, S. Giessing, E. Schulte Nordholt, K. Spicer &
   P.-P. de Wolf (2012). Statistical Disclosure Control. Wiley. doi:10.1002/9781118348239
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.release.released import Releasable
from relatum.release.rules import RULES
from relatum.results.distributions import Summary
from relatum.results.escape import EscapeRate
from relatum.samples import UNIT_TABLES, Sample
from relatum.samples.durations import trace_durations
from relatum.study import ReleaseException

__all__ = [
    "AMOUNT_RULES",
    "AMOUNT_WORDS",
    "AmountCheck",
    "AmountFault",
    "AmountRules",
    "amount_fault",
    "broken_amounts",
    "check_amounts",
    "heavy_times",
]

AmountFault: TypeAlias = Literal["", "negative", "same_values", "nk", "p_percent", "one_case"]

#: What each fault says, in words.
AMOUNT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "negative": "values below zero, for which shares of a sum have no meaning",
        "same_values": "all have the same value, so the mean tells it",
        "nk": "a few people hold most of the sum",
        "p_percent": "the second largest could work out the largest closely",
        "one_case": "most of the sum lies in one case",
    }
)
#: The time under observation, behind rates per month.
_TIME = "time_under_observation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountRules:
    """What a profile asks of the sum behind an amount.

    Attributes
    ----------
    largest : int
        How many of the largest contributions are added up (n).
    share : float
        They must hold less than this share of the sum (k).
    rest : float
        All but the two largest must add up to at least this share of the largest (p).
    breach : {"review", "fail"}
        What a broken rule means: that the data owner decides, or that it may not go out.
    source : str
        Where the numbers come from.
    """

    largest: int
    share: float
    rest: float
    breach: Literal["review", "fail"]
    source: str


_ACRO = "The defaults of ACRO 1.0.2: (2, 90%) and 10%"
_STAND_IN = f"{_ACRO}, in place of a rule that the source of the profile lacks."

#: The rules by profile.
AMOUNT_RULES: Mapping[str, AmountRules] = MappingProxyType(
    {
        "chapter5": AmountRules(
            largest=2,
            share=0.85,
            rest=0.1,
            breach="review",
            source="(2, 85%) goes with a threshold of 5 in sdcLog 0.5.1 for R; 10% as in ACRO.",
        ),
        "acro10": AmountRules(largest=2, share=0.9, rest=0.1, breach="fail", source=f"{_ACRO}."),
        "opensafely7": AmountRules(
            largest=2, share=0.9, rest=0.1, breach="review", source=_STAND_IN
        ),
        "cms11": AmountRules(largest=2, share=0.9, rest=0.1, breach="review", source=_STAND_IN),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountCheck:
    """One amount that goes out.

    Attributes
    ----------
    result, variable, unit : str
        Where it stands, what it is, and whose it is.
    fault : str
        A name in `AMOUNT_WORDS`; empty where no rule is broken.
    status : {"pass", "review", "fail"}
    accepted : bool
        Whether an exception of the plan (``dominance``) accepts what waits for review.
    """

    result: str
    variable: str
    unit: str
    fault: AmountFault
    status: Literal["pass", "review", "fail"]
    accepted: bool

    @property
    def open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.status != "pass" and not self.accepted


def amount_fault(
    values: NDArray[np.float64], rules: AmountRules, *, cases: Sequence[str] = (), most: float = 1.0
) -> AmountFault:
    r"""Say which rule the sum of some contributions breaks.

    Parameters
    ----------
    values : array of float, shape (n,)
        One contribution per unit, in any order; missing ones left out.
    rules : AmountRules
    cases : sequence of str, shape (n,)
        The case of each; none by default.
    most : float
        The share of the sum above which one case holds most of it.

    Returns
    -------
    str
        A name in `AMOUNT_WORDS`, or an empty text.

    Raises
    ------
    ValueError
        If there are cases, but not one per value.

    Notes
    -----
    With contributions :math:`x_1 \ge x_2 \ge \dots` and their sum :math:`T`, the dominance rule
    is broken where :math:`x_1 + \dots + x_n \ge k T`, and the p-percent rule where
    :math:`T - x_1 - x_2 < p\, x_1`: the second largest knows the own share, and is left with too
    little doubt of the largest. [1]_ ACRO compares with the same signs.

    Examples
    --------
    >>> rules = AMOUNT_RULES["acro10"]
    >>> amount_fault(np.array([60.0, 31.0, 9.0]), rules)
    'nk'
    >>> amount_fault(np.array([30.0, 30.0, 40.0]), rules)
    ''
    """
    if len(cases) not in (0, len(values)):
        msg = f"{len(values)} values need as many cases, not {len(cases)}."
        raise ValueError(msg)
    if not len(values):
        return ""
    if (values < 0).any():
        return "negative"
    if (values == values[0]).all():
        return "same_values"
    ranked, total = np.sort(values)[::-1], float(values.sum())
    if float(ranked[: rules.largest].sum()) >= rules.share * total:
        return "nk"
    if float(ranked[2:].sum()) < rules.rest * float(ranked[0]):
        return "p_percent"
    sums = pd.Series(values).groupby(list(cases)).sum() if len(cases) else None
    return "one_case" if sums is not None and float(sums.max()) > most * total else ""


def check_amounts(
    released: Mapping[str, Releasable],
    sample: Sample,
    *,
    profile: str,
    coder: str | None = None,
    exceptions: Sequence[ReleaseException] = (),
) -> tuple[AmountCheck, ...]:
    """Check the sums behind every mean and rate that goes out.

    Parameters
    ----------
    released : mapping of str to Result
        What a strict profile let out.
    sample : Sample
        From which it was computed.
    profile : str
        A name in `AMOUNT_RULES`.
    coder : str, optional
        See `Sample.chosen_coder`.
    exceptions : sequence of ReleaseException
        Those with the rule ``dominance`` accept what waits for review.

    Returns
    -------
    tuple of AmountCheck

    Examples
    --------
    >>> from relatum.models.describe import describe_numbers
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> simulated = example_sample("simulated")
    >>> numbers = describe_numbers(simulated, read_study())
    >>> found = check_amounts({"numbers": numbers}, simulated, profile="acro10")
    >>> [check.variable for check in found if check.fault]
    []
    """
    rules = AMOUNT_RULES[profile]
    accepted = {waiver.result for waiver in exceptions if waiver.rule == "dominance"}
    checks = []
    for name, variable, unit in _going_out(released):
        values, cases = _contributions(sample, variable, unit, coder)
        most = RULES[profile].dominance if unit != "case" else 1.0
        fault = amount_fault(values, rules, cases=cases, most=most)
        # One case with most of a cell waits for the data owner under every profile.
        breach = "review" if fault == "one_case" else rules.breach
        waived = breach == "review" and not accepted.isdisjoint((name, "all"))
        checks.append(
            AmountCheck(
                result=name,
                variable=variable,
                unit=unit,
                fault=fault,
                status=breach if fault else "pass",
                accepted=bool(fault) and waived,
            )
        )
    return tuple(checks)


def broken_amounts(
    results: Mapping[str, Releasable], sample: Sample, *, profile: str, coder: str | None = None
) -> Mapping[tuple[str, str], Literal["amount", "dominance"]]:
    """Name the amounts that break a rule, by variable and unit, for the judge of rows.

    Parameters
    ----------
    results : mapping of str to Result
        As they were computed.
    sample, profile, coder
        See `check_amounts`.

    Returns
    -------
    mapping of (str, str) to str
        The rule of the judge: ``amount`` may not go out, ``dominance`` waits for the data owner.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> dict(broken_amounts({}, example_sample("simulated"), profile="acro10"))
    {}
    """
    checks = check_amounts(results, sample, profile=profile, coder=coder)
    return MappingProxyType(
        {
            (check.variable, check.unit): "amount" if check.status == "fail" else "dominance"
            for check in checks
            if check.fault
        }
    )


def heavy_times(
    results: Mapping[str, Releasable],
    amounts: Mapping[tuple[str, str], str],
    waived: Container[tuple[str, str]],
) -> Mapping[str, str]:
    """Name the rates whose time under observation breaks a rule: they go out whole or not at all.

    Parameters
    ----------
    results : mapping of str to Result
    amounts : mapping
        See `broken_amounts`.
    waived : container of (str, str)
        Names of results, or ``all``, and rules that the data owner waives.

    Examples
    --------
    >>> dict(heavy_times({}, {}, ()))
    {}
    """
    rule = amounts.get((_TIME, "relationship"), "")
    names = (name for name, result in results.items() if isinstance(result, EscapeRate))
    return {
        name: rule
        for name in names
        if rule and (name, rule) not in waived and ("all", rule) not in waived
    }


def _going_out(released: Mapping[str, Releasable]) -> Iterator[tuple[str, str, str]]:
    for name, result in released.items():
        if isinstance(result, Summary):
            yield from ((name, r.variable, r.unit) for r in result.rows if r.mean is not None)
        elif isinstance(result, EscapeRate):
            yield name, _TIME, "relationship"


def _contributions(
    sample: Sample, variable: str, unit: str, coder: str | None
) -> tuple[NDArray[np.float64], list[str]]:
    """Return what each unit adds to a sum, and its case."""
    # Stored results are released without loading an analysis.
    from relatum.models.counting import included_cases

    if variable == _TIME:
        seen = trace_durations(sample).at_risk
        days = np.array([float(row.exit_upper or 0) for row in seen])
        return days, [row.case for row in seen]
    rows = sample.tables[UNIT_TABLES[unit]]
    rows = rows.loc[rows["case_id"].isin(included_cases(sample))]
    if variable in rows:
        values = rows[variable].astype("float64")
    else:
        values = rows[f"{unit}_id"].map(_largest_coded(sample, variable, unit, coder))
    held = values.notna().to_numpy(dtype=bool)
    return np.asarray(values[held], dtype=np.float64), rows.loc[held, "case_id"].astype(
        str
    ).tolist()


def _largest_coded(sample: Sample, code: str, unit: str, coder: str | None) -> pd.Series:
    """Return the largest amount that is coded of each unit."""
    rows = sample.tables["codings"]
    mine = (rows["code"] == code) & (rows["unit_type"] == unit) & (rows["status"] == "present")
    mine &= rows["coder_id"] == sample.chosen_coder(coder)
    kept = rows.loc[mine.fillna(False).to_numpy(dtype=bool), ["unit_id", "value"]]
    return pd.to_numeric(kept["value"], errors="coerce").groupby(kept["unit_id"]).max()
