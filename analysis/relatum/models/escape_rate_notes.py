"""What a reader must be told beside a rate of escape attempts."""

from __future__ import annotations

from relatum.models.escape_naive import poisson_limits
from relatum.models.escape_times import EscapeTimes
from relatum.results.base import Note, Unavailable
from relatum.results.escape import RateRow
from relatum.samples import Sample
from relatum.samples.durations import Durations

__all__ = ["rate_notes", "risk_notes"]

#: With so few cases that hold an attempt, no sign vector speaks against a rate near zero.
_FEW_EVENT_CASES = 5

_ALWAYS = (
    Note(
        "estimand",
        "The rate is that of attempts that reached interception at least, per 12 "
        "relationship-months under observation and before the arrest of the suspect, among "
        "relationships that existed then. A stated wish and a blocked preparation do not count.",
    ),
    Note(
        "delayed_entry",
        "Time at risk begins at entry into observation: an attempt before it could not have been "
        "seen. Attempts told about an earlier time are counted apart.",
    ),
    Note(
        "length_of_observation",
        "How long a relationship was observed was decided by the police. If observation ended "
        "when someone was in danger, the rate before the end says less about later time.",
    ),
    Note(
        "case_limits",
        "Limits invert a bootstrap that changes the signs of whole cases, so that attempts of one "
        "case, and of one relationship, need not be independent.",
    ),
    Note(
        "pieces",
        "Rates by time since onset carry the error of the sums of cases, for orientation. Where "
        "an onset is an interval, the expected attempts are those of the rates and the average "
        "time, and need not add up to a whole number.",
    ),
    Note(
        "variants",
        "Variants change one choice each. Naive analyses are there for comparison: none of them "
        "is an estimate.",
    ),
)


def rate_notes(
    times: EscapeTimes,
    overall: RateRow | Unavailable,
    leave_out: tuple[float | None, float | None],
    *,
    joined: bool,
) -> tuple[Note, ...]:
    """Word what holds always, and what these data call for.

    Parameters
    ----------
    times : EscapeTimes
    overall : RateRow or Unavailable
    leave_out : tuple of float or None
        Range of the rate without each case in turn.
    joined : bool
        Whether a stretch of time since onset holds no time at risk.

    Returns
    -------
    tuple of Note
    """
    found = list(_ALWAYS)
    unknown = int((~times.onset_known).sum())
    if unknown:
        noun = "relationship has" if unknown == 1 else "relationships have"
        found.append(
            Note(
                "unknown_onset",
                f"{unknown} {noun} no earliest onset. The overall rate uses all of them, as one "
                "rate; rates by time since onset, covariates and naive analyses leave them out.",
            )
        )
    if joined:
        found.append(
            Note(
                "empty_piece",
                "A stretch of time since onset holds no time at risk; no rate is given for it.",
            )
        )
    if isinstance(overall, RateRow):
        found += _of_limits(overall, leave_out)
    return tuple(found)


def risk_notes(sample: Sample, durations: Durations) -> tuple[Note, ...]:
    """Say who stays at risk although a parting is recorded.

    Parameters
    ----------
    sample : Sample
    durations : Durations

    Returns
    -------
    tuple of Note
    """
    table = sample.tables["relationships"]
    former = set(table.loc[table["rel_status"].eq("ex").fillna(False), "relationship_id"])
    n = sum(row.relationship in former for row in durations.at_risk)
    noun = "relationship" if n == 1 else "relationships"
    away = {row.relationship for row in durations.events if row.level == "separation_lasting"}
    return (
        Note(
            "former_partners",
            f"Former partners stay at risk ({n} {noun} at entry): a parting need not end control, "
            "nor attempts to get away from it.",
        ),
        Note(
            "lasting_separation",
            "Time after a lasting separation stays at risk until an end of the relationship is "
            f"recorded ({len(away)} with such a separation): that it lasted is known only "
            "afterwards. A variant stops time with it.",
        ),
    )


def _of_limits(overall: RateRow, leave_out: tuple[float | None, float | None]) -> list[Note]:
    found = []
    if overall.n_event_cases <= _FEW_EVENT_CASES:
        found.append(
            Note(
                "few_event_cases",
                f"All attempts lie in {overall.n_event_cases} cases. With {_FEW_EVENT_CASES} or "
                "fewer, signs of cases cannot give a lower limit above zero at 95%.",
            )
        )
    exact = poisson_limits(overall.n_events, conf_level=overall.conf_level)
    plain = tuple(12 * limit / overall.months for limit in exact)
    narrow = overall.conf_high - overall.conf_low < plain[1] - plain[0]
    if narrow or overall.n_event_cases <= _FEW_EVENT_CASES:
        found.append(
            Note(
                "limits_not_reliable",
                "The limits are not reliable. They are printed, and marked so, where at most "
                f"{_FEW_EVENT_CASES} cases hold all attempts, or where they are narrower than "
                f"limits that ignore cases, here {plain[0]:.2f} to {plain[1]:.2f}. Limits under an "
                "assumed frailty of cases stand among the variants.",
            )
        )
    low, high = leave_out
    if low is None or high is None:
        return found
    if low < overall.conf_low or high > overall.conf_high:
        found.append(
            Note(
                "leave_one_out",
                "Without one of the cases the rate would lie outside the limits.",
            )
        )
    return found
