"""The outcome of ``relatum registry`` in words and as an object, small counts withheld."""

from __future__ import annotations

from relatum.cli.common import JsonValue, issue_payload, to_json
from relatum.cli.pairs import SMALLEST
from relatum.models.registry_check import RegistryCheck
from relatum.results.base import Note, Unavailable
from relatum.results.estimates import EstimateRow, PrevalenceEstimates
from relatum.results.prevalence import PrevalenceRow
from relatum.results.registry_comparison import REGISTRY_VERDICTS
from relatum.results.registry_differences import RegistryDifference, RegistryDifferences
from relatum.tables.estimates import span_words
from relatum.tables.wording import NOTHING, bounds_words

__all__ = ["registry_payload", "registry_text"]

_LONGEST_LABEL = 44
_NAMES_SHOWN = 8
_REASONS_SHOWN = 3
#: Notes on what the objects hold and the words do not.
_NOT_PRINTED = ("leave_out",)


def _is_small(row: PrevalenceRow) -> bool:
    counts = (row.n_present, row.n_absent, row.n_undocumented, row.n_not_applicable)
    return any(0 < n < SMALLEST for n in counts)


def _counted(found: PrevalenceEstimates | None, small: bool) -> list[EstimateRow]:
    rows = found.rows if found else ()
    return [row for row in rows if small or not _is_small(row.counted)]


def _compared(found: RegistryDifferences | None, small: bool) -> list[RegistryDifference]:
    rows = found.rows if found else ()
    return [
        row for row in rows if small or not any(_is_small(held) for held in (row.first, row.second))
    ]


def registry_payload(
    checked: RegistryCheck,
    counted: PrevalenceEstimates | None,
    compared: RegistryDifferences | None,
    *,
    small: bool,
) -> dict[str, object]:
    """Return what was found as an object.

    Parameters
    ----------
    checked : RegistryCheck
    counted : PrevalenceEstimates or None
    compared : RegistryDifferences or None
    small : bool
        Whether small counts are kept.
    """
    records = checked.records
    found: dict[str, object] = {
        "registry": checked.name,
        "records": checked.n_records,
        "cases": None if records is None else records.n_cases,
        "codes": list(checked.codes),
        "own_items": list(checked.own),
        "not_read": list(checked.skipped),
        "issues": [issue_payload(issue) for issue in checked.issues],
    }
    if counted is not None:
        kept = _counted(counted, small)
        found["prevalence"] = [to_json(row) for row in kept]
        found["withheld"] = len(counted.rows) - len(kept)
        found["notes"] = _note_payload(counted.notes)
    if compared is not None:
        rows = _compared(compared, small)
        found["comparison"] = {
            "groups": [to_json(group) for group in compared.groups],
            "margin": compared.margin,
            "level": compared.level,
            "shared_cases": compared.n_shared_cases,
            "rows": [to_json(row) for row in rows],
            "withheld": len(compared.rows) - len(rows),
            "notes": _note_payload(compared.notes),
        }
    return found


def _note_payload(notes: tuple[Note, ...]) -> list[JsonValue]:
    return [to_json(note) for note in notes]


def registry_text(
    checked: RegistryCheck,
    counted: PrevalenceEstimates | None,
    compared: RegistryDifferences | None,
    *,
    small: bool,
) -> str:
    """Return what was found in words; see `registry_payload`."""
    lines = _check_lines(checked)
    if counted is not None:
        lines += ["", *_prevalence_lines(counted, small)]
    if compared is not None:
        lines += ["", *_difference_lines(compared, small)]
    notes = [*(counted.notes if counted else ()), *(compared.notes if compared else ())]
    texts = [note.text for note in notes if note.code not in _NOT_PRINTED]
    if texts:
        lines += ["", *(f"Note: {text}" for text in dict.fromkeys(texts))]
    return "\n".join(lines)


def _check_lines(checked: RegistryCheck) -> list[str]:
    n = len(checked.issues)
    verdict = "no issues" if not n else f"{n:,} warning{'s' if n > 1 else ''}"
    cases = "" if checked.records is None else f" of {checked.records.n_cases:,} cases"
    lines = [
        f"'{checked.name}' can be used: {verdict}.",
        f"{checked.n_records:,} records{cases}; {len(checked.codes)} codes and "
        f"{len(checked.own)} items of its own.",
    ]
    if checked.records is not None and checked.records.origin == "simulated":
        lines.append("Its records are SIMULATED; no finding rests on them.")
    if checked.own:
        lines.append(f"Its own: {_listed(checked.own)}.")
    if checked.skipped:
        lines.append(f"Not read: {_listed(checked.skipped)}.")
    return lines


def _listed(names: tuple[str, ...]) -> str:
    rest = len(names) - _NAMES_SHOWN
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown if rest <= 0 else f"{shown} and {rest:,} more"


def _withheld_line(n: int) -> list[str]:
    if not n:
        return []
    noun = "item" if n == 1 else "items"
    return [f"Withheld for a count from 1 to {SMALLEST - 1}: {n:,} {noun} (--all prints)."]


def _prevalence_lines(found: PrevalenceEstimates, small: bool) -> list[str]:
    rows = _counted(found, small)
    level = f"{found.conf_level:.0%}"
    lines = []
    for population in dict.fromkeys(row.counted.population for row in rows):
        head = f"{population[0].upper()}{population[1:]}"
        width = max(len(_label(row.counted.label)) for row in rows)
        columns = f"{'present':>11} {'ruled out':>11} {'silent':>11} {'bounds':>13} {level:>12}"
        lines += [f"{head}", f"  {'':{width}} {columns}"]
        lines += [
            _prevalence_line(row, width) for row in rows if row.counted.population == population
        ]
    reasons = [row.unit_weighted.why for row in rows if isinstance(row.unit_weighted, Unavailable)]
    lines += _reason_lines(list(dict.fromkeys(reasons)))
    return lines + _withheld_line(len(found.rows) - len(rows))


def _reason_lines(reasons: list[str]) -> list[str]:
    rest = len(reasons) - _REASONS_SHOWN
    lines = [f"Without limits: {why}." for why in reasons[:_REASONS_SHOWN]]
    more = "reason is" if rest == 1 else "reasons are"
    return lines + ([f"{rest:,} more {more} in --json."] if rest > 0 else [])


def _prevalence_line(row: EstimateRow, width: int) -> str:
    counted, target = row.counted, row.unit_weighted
    limits = NOTHING
    if not isinstance(target, Unavailable):
        limits = span_words(target.conf_low, target.conf_high)
    return (
        f"  {_label(counted.label):{width}} {counted.n_present:>11,} {counted.n_absent:>11,} "
        f"{counted.n_undocumented:>11,} {bounds_words(counted):>13} {limits:>12}"
    )


def _label(text: str) -> str:
    return text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"


def _difference_lines(found: RegistryDifferences, small: bool) -> list[str]:
    first, second = found.groups
    rows = _compared(found, small)
    width = max([len(_label(row.label)) for row in rows], default=0)
    lines = [
        f"Share in {first.words} less share in {second.words}, silence left open; margin "
        f"{found.margin:g}, limits at {1 - found.level:.0%}.",
        *(_difference_line(row, width) for row in rows),
    ]
    return lines + _withheld_line(len(found.rows) - len(rows))


def _difference_line(row: RegistryDifference, width: int) -> str:
    label = f"  {_label(row.label):{width}}"
    if not row.contrasts:
        return f"{label} {REGISTRY_VERDICTS[row.verdict]}: {row.why}"
    crossed = row.contrasts[:2]
    ends = [held.estimate for held in crossed]
    lows = [held.conf_low_95 for held in crossed if held.conf_low_95 is not None]
    highs = [held.conf_high_95 for held in crossed if held.conf_high_95 is not None]
    naive = REGISTRY_VERDICTS[row.verdict_naive]
    more = f" (silence as absence: {naive})" if row.changed else ""
    return (
        f"{label} {min(ends):+.3f} to {max(ends):+.3f} ({min(lows):+.3f} to {max(highs):+.3f})  "
        f"{REGISTRY_VERDICTS[row.verdict]}{more}"
    )
