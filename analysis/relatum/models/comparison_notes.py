"""What a reader must be told beside a comparison of two samples."""

from __future__ import annotations

from relatum.models.comparison_samples import DepthWeights, Pair
from relatum.models.gates import override_notes
from relatum.results.base import Note
from relatum.study import Study

__all__ = ["comparison_notes"]

_FIXED = (
    Note(
        "crossed",
        "Silence counts as absent in one sample and as present in the other, and the reverse. "
        "Equivalence needs both. The undocumented shares of both samples must therefore add up to "
        "less than the width of the margin, from its lower to its upper end.",
    ),
    Note(
        "selection",
        "Police files on domestic violence are selected on violence, files on trafficking on "
        "exploitation. Either selection can make a parallel or hide one.",
    ),
    Note(
        "definition",
        "A characteristic that is an element of the offence is present by definition of the "
        "sample. Its row describes the selection.",
    ),
    Note(
        "resistance",
        "Attempts to get away and reports count where they are recorded; silence about them is "
        "not taken as one.",
    ),
    Note(
        "power",
        "Power is computed at one share in both samples, the middle of their bounds, and without "
        "weights for documentation depth. Against "
        "simulated verdicts it was within .04 for shares of .3 to .7 with a correlation of up to "
        ".10 within investigations, and within .10 for shares down to .1 or with a correlation of "
        ".25. For shares below .1 or above .9 it was up to .2 off, so none is given there.",
    ),
)


def _uncorrected(level: float) -> Note:
    return Note(
        "uncorrected",
        "A verdict of a difference is read from the limits of its own row and carries no "
        "correction for the number of rows: a row whose truth lies on its margin gets it by "
        f"chance with a probability of about {level / 2:g}. One such row is enough for the whole "
        "to count as different.",
    )


def comparison_notes(pair: Pair, weights: DepthWeights, study: Study) -> tuple[Note, ...]:
    """Return the notes of a comparison.

    Parameters
    ----------
    pair : Pair
    weights : DepthWeights
    study : Study
    """
    notes = [*_FIXED, _uncorrected(study.comparison.level)]
    if weights.why:
        text = f"The samples are not weighted to a common documentation depth: {weights.why}."
    else:
        cuts = ", ".join(f"{cut:g}" for cut in weights.cuts)
        text = (
            f"Relationships are weighted so that both samples have one distribution over "
            f"{weights.n_strata} strata of documentation depth (cut at {cuts} documents). Rows "
            "that count victims, attempts or reports, and rows that are no share and no mean, are "
            "not weighted."
        )
    notes.append(Note("depth", text))
    if pair.n_shared_cases:
        text = (
            f"{pair.n_shared_cases:,} investigations hold relationships of both populations; the "
            "limits take both samples as independent."
        )
        notes.append(Note("shared_cases", text))
    origins = {side.sample.info.origin for side in pair.sides}
    if "simulated" in origins and len(origins) > 1:
        text = "One of the samples is simulated: no row of this comparison is a finding."
        notes.append(Note("mixed_origin", text))
    return (*notes, *override_notes(study))
