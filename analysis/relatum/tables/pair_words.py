"""How numbers and names of pairs are written, in tables and in sentences alike."""

from __future__ import annotations

from collections.abc import Iterable

from relatum.errors import UsageError
from relatum.release import Released
from relatum.results.base import Unavailable
from relatum.results.cooccurrence import Cooccurrence, NullTest, OddsRatio, PairReading
from relatum.schema import near_match
from relatum.tables.descriptive import note_texts
from relatum.tables.table import Row
from relatum.tables.wording import NOTHING

__all__ = [
    "choose_word",
    "chosen_notes",
    "decimal_words",
    "held_tests",
    "limits_words",
    "listed_words",
    "lower_first",
    "nothing_note",
    "odds_words",
    "p_phrase",
    "p_words",
    "pair_words",
    "power_words",
    "ratio_words",
    "signed_words",
    "upper_first",
]


def p_words(value: float) -> str:
    """Write a p value; it is never zero.

    Examples
    --------
    >>> p_words(0.0004), p_words(0.03), p_words(0.0123), p_words(0.614), p_words(1.0)
    ('<0.001', '0.03', '0.012', '0.61', '1.00')
    """
    if value < 0.001:
        return "<0.001"
    if value >= 0.0995:
        return f"{value:.2f}"
    words = f"{value:.3f}"
    return words[:-1] if words.endswith("0") else words


def p_phrase(value: float) -> str:
    """Write a p value as part of a sentence.

    Examples
    --------
    >>> p_phrase(0.00001), p_phrase(0.03)
    ('p < 0.001', 'p = 0.03')
    """
    words = p_words(value)
    return f"p < {words[1:]}" if words.startswith("<") else f"p = {words}"


def decimal_words(value: float, *, digits: int = 1) -> str:
    """Write a number with a proper minus sign, and never a negative zero.

    Examples
    --------
    >>> decimal_words(-1.62), decimal_words(-0.01), decimal_words(0.256, digits=2)
    ('−1.6', '0.0', '0.26')
    """
    words = f"{abs(value):,.{digits}f}"
    return f"−{words}" if value < 0 and float(words.replace(",", "")) else words


def signed_words(value: float, *, digits: int = 1) -> str:
    """Write a difference with its sign.

    Examples
    --------
    >>> signed_words(2.34), signed_words(-1.62), signed_words(0.02)
    ('+2.3', '−1.6', '0.0')
    """
    words = decimal_words(value, digits=digits)
    return f"+{words}" if value > 0 and float(words.replace(",", "")) else words


def power_words(value: float) -> str:
    """Write a power; it is neither none nor complete.

    Examples
    --------
    >>> power_words(0.0021), power_words(0.42), power_words(0.9994)
    ('<0.01', '0.42', '>0.99')
    """
    if value < 0.005:
        return "<0.01"
    return ">0.99" if value >= 0.995 else f"{value:.2f}"


def odds_words(value: float) -> str:
    """Write one odds ratio with about two digits; values next to 1 keep a digit more.

    Examples
    --------
    >>> odds_words(0.423), odds_words(1.04), odds_words(3.21), odds_words(12.4), odds_words(4e6)
    ('0.42', '1.04', '3.2', '12', '>1,000')
    """
    if value == 0:
        return "0"
    if value < 0.01:
        return "<0.01"
    one = f"{value:.1f}"
    if value < 0.95 or one == "1.0":
        return f"{value:.2f}"
    if float(one) < 10:
        return one
    return f"{value:.0f}" if value < 1000 else ">1,000"


def ratio_words(ratio: OddsRatio | Unavailable | None) -> str:
    """Write an odds ratio with its limits; an end that is not reached is said in words.

    Examples
    --------
    >>> def ratio(estimate, low, high):
    ...     return OddsRatio(estimate=estimate, conf_low=low, conf_high=high, conf_level=0.95,
    ...                      method="exact")
    >>> ratio_words(ratio(3.21, 1.08, 9.42)), ratio_words(ratio(None, 1.31, None))
    ('3.2 (1.1 to 9.4)', 'above 1.3')
    >>> ratio_words(ratio(0.0, 0.0, 2.1)), ratio_words(None)
    ('below 2.1', 'not estimable')
    """
    if ratio is None or isinstance(ratio, Unavailable):
        return "not estimable"
    limits = limits_words(ratio.conf_low, ratio.conf_high)
    # Zero and infinity are no estimates that a reader can use: the limit says it all.
    return limits if not ratio.estimate else f"{odds_words(ratio.estimate)} ({limits})"


def limits_words(low: float, high: float | None) -> str:
    """Write the limits of an odds ratio; None is an upper limit that is not reached.

    Examples
    --------
    >>> limits_words(1.08, 9.42), limits_words(1.31, None), limits_words(0.0, 2.1)
    ('1.1 to 9.4', 'above 1.3', 'below 2.1')
    """
    if high is None:
        return f"above {odds_words(low).lstrip('>')}" if low > 0 else "not bounded"
    if low > 0:
        return f"{odds_words(low)} to {odds_words(high)}"
    return f"below {odds_words(high).lstrip('<')}"


def pair_words(first: str, second: str) -> str:
    """Join the words of two items; abbreviations keep their capitals.

    Examples
    --------
    >>> pair_words("Rules", "Violence"), pair_words("Rules", "STI tests")
    ('Rules and violence', 'Rules and STI tests')
    """
    return f"{first} and {lower_first(second)}"


def listed_words(labels: Iterable[str]) -> str:
    """List pairs inside a sentence.

    Examples
    --------
    >>> listed_words(["Rules and violence", "Economic and rules"])
    'rules and violence; economic and rules'
    """
    return "; ".join(lower_first(label) for label in labels)


def upper_first(text: str) -> str:
    """Begin with a capital.

    Examples
    --------
    >>> upper_first("within investigations")
    'Within investigations'
    """
    return text[:1].upper() + text[1:]


def lower_first(label: str) -> str:
    """Begin with a small letter, unless with an abbreviation.

    Examples
    --------
    >>> lower_first("Rules"), lower_first("STI tests")
    ('rules', 'STI tests')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def choose_word(word: str, allowed: Iterable[str], *, what: str) -> str:
    """Return a word that is allowed.

    Raises
    ------
    UsageError
        If it is not; the message names the nearest one, and those there are.

    Examples
    --------
    >>> choose_word("lower", ("lower", "upper"), what="reading of silence")
    'lower'
    """
    held = tuple(allowed)
    if word in held:
        return word
    near = near_match(word, held)
    hint = f" Did you mean '{near}'?" if near else ""
    there = f" There are: {', '.join(held[:21])}." if held else " There is none."
    msg = f"'{word}' is not a {what}.{hint}{there}"
    raise UsageError(msg)


def nothing_note(rows: Iterable[Row], why: str) -> tuple[str, ...]:
    """Explain the mark of what is not given, where it is used.

    Examples
    --------
    >>> nothing_note([Row(cells=("1", "–"))], "not defined"), nothing_note([], "not defined")
    (('–: not defined.',), ())
    """
    used = any(NOTHING in row.cells for row in rows)
    return (f"{NOTHING}: {why}.",) if used else ()


def held_tests(found: Cooccurrence, *, coding: str, null: str) -> list[NullTest]:
    """Return the tests of all pairs that have one under a reading and a null."""
    readings = [pair.reading(coding) for pair in found.pairs]
    tests = [held.test(null) for held in readings if isinstance(held, PairReading)]
    return [test for test in tests if isinstance(test, NullTest)]


def chosen_notes(released: Released, *codes: str) -> tuple[str, ...]:
    """Return the notes of some codes; the mark of simulated data and overrides always stay."""
    lead = note_texts(released)[:1] if released.simulated else ()
    kept = [n.text for n in released.notes if n.code in codes or n.code.startswith("override_")]
    return (*lead, *kept)
