"""What a text that could name a person looks like. A false alarm costs a look, a leak far more."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

__all__ = ["IDENTIFIER_KINDS", "find_identifiers", "identifier_in", "is_identifier_column"]

#: What each rule finds, in the words of a message.
IDENTIFIER_KINDS: Mapping[str, str] = {
    "identifier_email": "an e-mail address",
    "identifier_citizen_number": "a citizen-service number",
    "identifier_passport": "a passport or identity-card number",
    "identifier_telephone": "a telephone number",
    "identifier_name": "a person's name",
    "free_text": "free text",
}

_EMAIL = re.compile(r"[^\s@;,]+@[^\s@;,]+\.[A-Za-z]{2,}")
_TELEPHONE = re.compile(
    r"(?<![\w.])(\+|00)\d[\d\s().-]{7,}\d(?!\w)|(?<![\w.])\(?0\d[\d\s().-]{7,10}\d(?!\w)"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z0-9]{9}(?![A-Za-z0-9]))[A-Z]{2}[A-Z0-9]{6}\d")
_SERIES = re.compile(r"[A-Z]{3,}\d+|[A-Z]{2}0\d+")
_NINE_DIGITS = re.compile(
    r"(?<![\w.])(\d{9}|\d{4}[ .]\d{2}[ .]\d{3}|\d{3}[ .]\d{3}[ .]\d{3})(?![\w]|\.\d)"
)
_PARTICLE = r"(?:van|de|der|den|von|la|el|al|da|di|dos|ben|bin|ter|ten|te|'t|het)"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-Ž]"
_SMALL = r"[a-zß-öø-ÿā-ž'’]"
_TWO_NAMES = re.compile(
    rf"\b{_CAPITAL}(?:{_SMALL}+|\.(?:\s?{_CAPITAL}\.)*),?"
    rf"(?:[\s_-]+{_PARTICLE})*[\s_-]+{_CAPITAL}{_SMALL}+"
    rf"|\b{_CAPITAL}{{2,}},?\s+{_CAPITAL}{{2,}}\b"
    r"|\b(?:mr|mrs|ms|mw|mevr|mevrouw|meneer|dhr|herr|frau)\b\.?\s+\w",
)
_NAME_COLUMN = re.compile(
    r"(^|_)(name|names|naam|voornaam|achternaam|surname|firstname|first_name|last_name|"
    r"lastname|nachname|vorname|nom|prenom|alias|nickname|address|adres|telephone|telefoon|"
    r"phone|phone_number|email|e_mail|passport_number|bsn|date_of_birth|geboortedatum|dob)$",
    re.IGNORECASE,
)
_WORDS_IN_FREE_TEXT = 4
_LONG = 80
_LONGEST_CELL = 1000
#: From so many texts on the harmless ones are set aside by one compiled search.
_MANY_TEXTS = 1_000
_HARMLESS = re.compile(r"[a-z_;.:-]{0,64}|\d{4}-\d{2}-\d{2}|\d{1,8}|[a-z_]+_?\d+")


def _is_citizen_number(text: str) -> bool:
    """Apply the eleven-test of the Dutch citizen-service number."""
    for found in _NINE_DIGITS.findall(text):
        digits = [int(mark) for mark in re.sub(r"\D", "", found)]
        weighted = sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
        if any(digits) and weighted % 11 == 0:
            return True
    return False


def _is_free_text(text: str) -> bool:
    return (len(text) > _LONG and " " in text) or len(text.split()) > _WORDS_IN_FREE_TEXT


_TESTS: Mapping[str, Callable[[str], object]] = {
    "identifier_email": _EMAIL.search,
    "identifier_citizen_number": _is_citizen_number,
    "identifier_passport": _PASSPORT.search,
    "identifier_telephone": _TELEPHONE.search,
    "identifier_name": _TWO_NAMES.search,
    "free_text": _is_free_text,
}


def identifier_in(text: str, *, key: bool = False) -> str:
    """Return the rule that a text breaks, or an empty string.

    Parameters
    ----------
    text : str
        The contents of a cell.
    key : bool
        Whether the cell is a key or a reference: a short series such as ``REL000012`` is then no
        passport number.

    Examples
    --------
    >>> identifier_in("a.b@example.org"), identifier_in("vio_physical"), identifier_in("111222333")
    ('identifier_email', '', 'identifier_citizen_number')
    """
    if _HARMLESS.fullmatch(text) or (key and _SERIES.fullmatch(text)):
        return ""
    if len(text) > _LONGEST_CELL:
        return "free_text"
    return next((rule for rule, test in _TESTS.items() if test(text)), "")


def find_identifiers(texts: Sequence[str], *, key: bool = False) -> dict[str, str]:
    """Return the texts that break a rule, with the rule; see `identifier_in`.

    Parameters
    ----------
    texts : sequence of str
        Distinct contents of cells; millions may be asked for at once.
    key : bool
        Whether the cells are keys or references.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> find_identifiers(["vio_physical", "a.b@example.org", "12"])
    {'a.b@example.org': 'identifier_email'}
    """
    suspicious = texts
    if len(texts) >= _MANY_TEXTS:
        import pyarrow as pa
        import pyarrow.compute as pc

        plain = pc.match_substring_regex(pa.array(texts, pa.string()), f"^(?:{_HARMLESS.pattern})$")
        # What is set aside here is harmless below, too: in this library digits are 0 to 9 alone.
        flags = plain.to_numpy(zero_copy_only=False)
        suspicious = [text for text, harmless in zip(texts, flags, strict=True) if not harmless]
    found = {text: identifier_in(text, key=key) for text in suspicious}
    return {text: rule for text, rule in found.items() if rule}


def is_identifier_column(name: str) -> bool:
    """Tell whether a column is named after a direct identifier.

    Examples
    --------
    >>> is_identifier_column("victim_surname"), is_identifier_column("unit_type")
    (True, False)
    """
    return bool(_NAME_COLUMN.search(name))
