"""The words of the grammar of dates, and how a text is written before it is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

__all__ = [
    "FILLERS",
    "MONTHS",
    "NUMBERS",
    "PARTS",
    "SEASONS",
    "UNITS",
    "UNKNOWN_WORDS",
    "alternatives",
    "normal",
]

_MONTH_WORDS = (
    "january jan januar januari enero ene janner",
    "february feb februar februari febrero febr",
    "march mar marz mrz maart mrt marzo",
    "april apr abril abr",
    "may mai mei mayo",
    "june jun juni junio",
    "july jul juli julio",
    "august aug augustus agosto",
    "september sep sept septiembre setiembre",
    "october oct oktober okt octubre",
    "november nov noviembre",
    "december dec dezember dez diciembre dic",
)
#: Months in English, German, Dutch and Spanish, without accents.
MONTHS: Mapping[str, int] = MappingProxyType(
    {word: at for at, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()}
)
_SEASON_WORDS = {
    3: "spring fruhling fruhjahr lente voorjaar primavera",
    6: "summer sommer zomer verano",
    9: "autumn fall herbst herfst najaar otono",
    12: "winter invierno",
}
#: First month of each season: three whole months, as weather services in the north count them.
SEASONS: Mapping[str, int] = MappingProxyType(
    {word: month for month, words in _SEASON_WORDS.items() for word in words.split()}
)
_PART_WORDS = {
    "early": "early;beginning;start;begin;anfang;principios;first half",
    "mid": "mid;middle;mitte;midden;medio;mediados",
    "late": "late;end;ende;eind;einde;finales;second half",
}
#: Parts of a month, season or year. They overlap: the middle is the middle half.
PARTS: Mapping[str, str] = MappingProxyType(
    {word: part for part, words in _PART_WORDS.items() for word in words.split(";")}
)
_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
NUMBERS: Mapping[str, int] = MappingProxyType(
    {"a": 1, "an": 1, **{word: at for at, word in enumerate(_NUMBER_WORDS.split(), start=1)}}
)
#: Units of a distance, as days or months: the unit, and how many of it.
UNITS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "day": ("day", 1),
        "week": ("week", 1),
        "fortnight": ("week", 2),
        "month": ("month", 1),
        "year": ("year", 1),
    }
)
UNKNOWN_WORDS = frozenset(
    {"", "unknown", "not known", "not documented", "not_documented", "undated", "no date", "na"}
    | {"n/a", "?", "-", "none", "unbekannt", "onbekend", "desconocido", "../.."}
)
#: Words that say nothing in a date.
FILLERS = frozenset(
    {"the", "of", "in", "on", "during", "at", "im", "am"}
    | {"de", "del", "van", "von", "den", "der", "el", "en"}
)

_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_CLOCK = re.compile(r"(?<=\d)[t ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.0+)?)?$")
_STOP = re.compile(r"(?<![\d.])\.(?![\d.])|(?<=\d)\.(?=\s|$)|,(?!\d)|,(?=\d{4}\b)")


def normal(text: str) -> str:
    """Write a text in small letters, without accents, ordinal endings, full stops and commas.

    Examples
    --------
    >>> normal("  3rd  of April, 2010"), normal("3. März 2010"), normal("ca. 1.5 years")
    ('3 of april 2010', '3 marz 2010', 'ca 1.5 years')
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
    plain = re.sub("[‐‑‒–—−]", "-", plain)
    plain = _STOP.sub(" ", _CLOCK.sub("", plain.strip()))
    return " ".join(_ORDINAL.sub(r"\1", plain).split())


def alternatives(words: Mapping[str, object] | frozenset[str]) -> str:
    """Return a pattern for any of some words, the longest first.

    Examples
    --------
    >>> alternatives({"sep": 9, "sept": 9})
    'sept|sep'
    """
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
