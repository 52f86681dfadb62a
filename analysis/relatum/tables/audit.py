"""Tables of the audits: published against computed, and the arithmetic of published figures."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.audit import ArithmeticAudit, FactCheck, SampleAudit
from relatum.tables.descriptive import note_texts
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, number_words

__all__ = ["range_words", "tabulate_arithmetic", "tabulate_audit", "value_words"]

_VERDICTS = {
    "equal": "equal",
    "inside_soft": "usual reading",
    "inside_hard": "strict only",
    "outside": "outside",
    "not_computable": "not computable",
}


def value_words(check: FactCheck) -> str:
    """Write the sample's value, with the values that silence allows.

    Examples
    --------
    >>> from relatum.results.audit import FactCheck
    >>> value_words(FactCheck(id="F1", construct="c", group="g", unit="u", hardness="hard",
    ...     published="6", lower_hard=6, upper_hard=6, lower_soft=None, upper_soft=None, value=6.0,
    ...     value_least=6.0, value_most=9.0, verdict="equal", certain=False, residual=0.0))
    '6 (up to 9)'
    """
    if check.value is None:
        return NOTHING
    words = number_words(check.value, digits=2)
    if check.value_most is not None and check.value_most > check.value:
        return f"{words} (up to {number_words(check.value_most, digits=2)})"
    return words


def range_words(low: float | None, high: float | None) -> str:
    """Write bounds.

    Examples
    --------
    >>> range_words(2, 12), range_words(2, None), range_words(3, 3), range_words(None, None)
    ('2 to 12', 'at least 2', '3', '–')
    """
    if low is None and high is None:
        return NOTHING
    if high is None:
        return f"at least {number_words(low, digits=2)}"
    if low is None:
        return f"at most {number_words(high, digits=2)}"
    if low == high:
        return number_words(low, digits=2)
    return f"{number_words(low, digits=2)} to {number_words(high, digits=2)}"


def tabulate_audit(
    released: Released, *, groups: Sequence[str] = (), verdicts: Sequence[str] = ()
) -> Table:
    """Tabulate published figures beside the values of a sample.

    Parameters
    ----------
    released : Released
        A `SampleAudit`.
    groups, verdicts : sequence of str, optional
        Only figures of these groups, or with these verdicts.

    Raises
    ------
    UsageError
        If nothing is left.
    """
    audit = content(released, SampleAudit)
    kept = [
        check
        for check in audit.checks
        if (not groups or check.group in groups) and (not verdicts or check.verdict in verdicts)
    ]
    if not kept:
        there = ", ".join(dict.fromkeys(check.group for check in audit.checks))
        msg = f"No figure is left; groups: {there}; verdicts: {', '.join(_VERDICTS)}."
        raise UsageError(msg)
    if all(check.verdict == "not_computable" for check in kept):
        return _open_table(kept, released)
    return Table(
        title="Published figures and the sample",
        columns=(
            Column(label="No.", width=3),
            Column(label="Figure", width=12),
            Column(label="Published", width=5),
            Column(label="Strict bounds", align="right", width=4),
            Column(label="Usual reading", align="right", width=4),
            Column(label="Sample", align="right", width=6),
            Column(label="Verdict", width=6),
        ),
        rows=together(_audit_line(check) for check in kept),
        footnotes=(
            *note_texts(released),
            "Strict bounds follow from the text and from arithmetic; the usual reading turns words "
            "such as 'several' into numbers.",
            "Verdicts: equal to an exact figure; inside the usual reading; inside the strict "
            "bounds only; outside; not computable.",
            "In brackets: the value if everything undocumented were present.",
        ),
    )


def _group(check: FactCheck) -> str:
    return check.group.replace("_", " ").capitalize()


def _audit_line(check: FactCheck) -> Row:
    verdict = _VERDICTS[check.verdict]
    why = f": {check.why}" if check.why and check.verdict in ("not_computable", "outside") else ""
    return Row(
        group=_group(check),
        cells=(
            check.id,
            check.construct,
            check.published,
            range_words(check.lower_hard, check.upper_hard),
            range_words(check.lower_soft, check.upper_soft),
            value_words(check),
            verdict + why,
        ),
    )


def _open_table(checks: Sequence[FactCheck], released: Released) -> Table:
    """Tabulate figures without a verdict: what matters is why."""
    return Table(
        title="Published statements that cannot be computed",
        columns=(
            Column(label="No.", width=3),
            Column(label="Figure", width=12),
            Column(label="Published", width=6),
            Column(label="Why it cannot be computed", width=19),
        ),
        rows=together(
            Row(group=_group(check), cells=(check.id, check.construct, check.published, check.why))
            for check in checks
        ),
        footnotes=note_texts(released),
    )


def tabulate_arithmetic(released: Released) -> Table:
    """Tabulate whether figures add up."""
    audit = content(released, ArithmeticAudit)
    return Table(
        title=audit.title,
        columns=(
            Column(label="Claim", width=8),
            Column(label="What follows", width=9),
            Column(label="Verdict", width=3),
        ),
        rows=tuple(
            Row(cells=(check.statement, check.finding, check.verdict.replace("_", " ")))
            for check in audit.checks
        ),
        footnotes=note_texts(released),
    )
