"""What a reader must be told beside the familiar estimators of times."""

from __future__ import annotations

from relatum.models.familiar_times_setting import FEW_CLUSTERS, TimeSetting
from relatum.results.base import Note

__all__ = ["time_notes"]


def time_notes(setting: TimeSetting) -> tuple[Note, ...]:
    """Word the notes that these records call for.

    Parameters
    ----------
    setting : TimeSetting

    Returns
    -------
    tuple of Note
    """
    words = setting.words
    notes = [_independence(setting), _blank(setting)]
    if 0 < setting.n_clusters < FEW_CLUSTERS:
        notes.append(_few_clusters(setting))
    if setting.records.entry is not None:
        notes.append(_late(setting))
    if setting.competing:
        notes.append(_competing(setting))
    if setting.design()[1]:
        notes.append(
            Note(
                "scales",
                "Hazard ratios above 1 say that the event comes sooner, time ratios above 1 that "
                "it comes later. Cox regression takes a ratio to be the same at all times; the "
                "test beside it asks whether that holds.",
            )
        )
    n = sum(count for _, count in setting.records.dropped)
    if n:
        noun = "row was" if n == 1 else "rows were"
        reasons = "; ".join(f"{why}: {count:,}" for why, count in setting.records.dropped)
        text = (
            f"{n:,} {noun} not used ({reasons}). The numbers are those of the other {words.record}."
        )
        notes.append(Note("dropped", text))
    return tuple(notes)


def _independence(setting: TimeSetting) -> Note:
    record = setting.words.record
    if not setting.n_clusters:
        return Note("independent", f"All numbers take the {record} as independent of each other.")
    return Note(
        "independent",
        f"Curves, medians, restricted means, tests of groups, Fine-Gray, Firth and plain Cox "
        f"regressions take the {record} as independent, though they belong to "
        f"{setting.n_clusters:,} clusters. Where a model names its clusters, its errors count "
        "them.",
    )


def _blank(setting: TimeSetting) -> Note:
    return Note(
        "blank",
        f"Curves are blank where fewer than {setting.min_at_risk} are at risk. Their limits hold "
        "at one time, not for a whole curve.",
    )


def _few_clusters(setting: TimeSetting) -> Note:
    return Note(
        "few_clusters",
        f"There are {setting.n_clusters} clusters, fewer than {FEW_CLUSTERS}: errors by cluster "
        "are then too small on average, and limits and p values that use the normal distribution "
        "too narrow.",
    )


def _late(setting: TimeSetting) -> Note:
    words = setting.words
    text = (
        f"Time counts since {words.origin}, and {words.record} count as at risk from their entry "
        "into observation only: entry must tell nothing about what follows."
    )
    start = setting.start
    if start > 0:
        text += (
            f" Curves, medians, restricted means and cumulative hazards begin at {start:.3g} "
            f"{words.time_unit}, from where at least {setting.min_at_risk} are at risk in every "
            "group; they are those of whoever is without the event until then."
        )
    return Note("delayed_entry", text)


def _competing(setting: TimeSetting) -> Note:
    others = ", ".join(setting.cause_label(at) for at in range(2, len(setting.records.causes) + 1))
    return Note(
        "competing_censored",
        "Kaplan-Meier curves, medians, restricted means, tests of groups and regressions of the "
        f"event count other ends ({others}) as censoring: as probabilities they describe a world "
        "without these. Cumulative incidence does not; hazards and their ratios stand for those "
        "still at risk.",
    )
