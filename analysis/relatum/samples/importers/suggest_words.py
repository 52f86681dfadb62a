"""How alike their words and ours are, and what a value is most likely to mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from types import MappingProxyType

__all__ = ["ABSENT", "ALIKE", "PRESENT", "SILENT", "SYNONYMS", "letters", "likeness", "plain"]

#: How alike two names must be, from 0 to 1.
ALIKE = 0.75
PRESENT = frozenset(
    (
        *("1", "x", "yes", "y", "true", "ja", "j", "tak", "t", "oui", "o", "si", "s", "sim"),
        *("waar", "wahr", "present"),
    )
)
ABSENT = frozenset(
    ("0", "no", "n", "false", "nee", "nein", "nie", "non", "nao", "onwaar", "falsch", "absent")
)
SILENT = frozenset(
    (
        *("unknown", "onbekend", "unbekannt", "nieznane", "inconnu", "desconocido"),
        *("na", "99", "999", "missing", "not documented"),
    )
)
#: Headers that are often met, by our column, stem or code.
SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "rel_status": ("relation", "kind of relationship", "type of relationship", "relatie"),
        "rel_cohabiting": ("living", "living together", "cohabitation", "samenwonend"),
        "rel_onset": ("start of relationship", "relationship start", "begin relatie"),
        "rel_exit": ("end of relationship", "relationship end", "einde relatie"),
        "rel_married": ("married", "marriage", "gehuwd", "verheiratet"),
        "rel_child": ("child together", "children together"),
        "suspect_age": ("age of suspect", "age suspect"),
        "suspect_gender": ("gender of suspect", "sex of suspect", "suspect sex"),
        "suspect_arrest": ("arrest", "date of arrest", "arrest date", "arrested"),
        "victim_age": ("age of victim", "age victim"),
        "victim_gender": ("gender of victim", "sex of victim", "victim sex"),
        "case_start": ("start of case", "case opened", "start of investigation"),
        "case_end": ("end of case", "case closed", "end of investigation"),
        "vio_physical": ("hit", "hit or kicked", "beaten", "violence", "physical assault"),
        "vio_strangulation": ("strangled", "choked", "strangulation"),
        "vio_sexual": ("sexual violence", "rape", "raped"),
        "int_threat_violence": ("threat", "threatened", "threats", "threatened with violence"),
        "int_threat_death": ("threatened to kill", "death threats"),
        "int_stalking": ("stalking", "stalked"),
        "int_degradation": ("insulted", "humiliated", "insults"),
        "iso_contact_cut": ("isolation", "isolated", "cut off from family"),
        "iso_locked_in": ("locked up", "confined"),
        "iso_passport_withheld": (
            *("passport", "passport kept", "passport taken", "withholds passport"),
            *("documents taken", "id taken"),
        ),
        "ctl_phone_checks": ("phone", "phone checked", "checks phone", "phone control"),
        "eco_debt_claim": ("debt", "debts"),
        "eco_hand_over_earnings": ("hands over money", "money handed over", "takes money"),
        "date": ("when", "date", "datum", "day"),
        "status": ("answer", "recorded", "result"),
    }
)

_MARKS = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_STOP = frozenset(
    (
        *("a", "an", "and", "at", "by", "for", "from", "has", "in", "is", "of", "on", "or", "the"),
        *("to", "with", "was", "her", "his"),
    )
)
#: Words that name a unit and not a characteristic: alone they make no two names alike.
_PERSONS = frozenset(("suspect", "suspects", "victim", "victims", "case", "cases"))
_UNITS = _PERSONS | {"relationship", "relation", "rel"}
_UNIT_WEIGHT = 0.3
_SAME_WORD = 0.82
_STEM = 5


def plain(text: str) -> str:
    """Return a name in small letters without accents and marks.

    Examples
    --------
    >>> plain("suspectAge"), plain("Gewalt-tätig")
    ('suspect age', 'gewalt tatig')
    """
    spread = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    kept = "".join(mark for mark in spread if not unicodedata.combining(mark))
    return _MARKS.sub(" ", kept.lower()).strip()


def letters(first: str, second: str) -> float:
    """Return how alike two texts are, letter by letter; 0 where they are not alike enough.

    Examples
    --------
    >>> letters("international", "internationaal") > ALIKE, letters("yes", "no")
    (True, 0.0)
    """
    if not first or not second:
        return 0.0
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def likeness(title: str, word: str) -> float:
    """Return how much of two names consists of the same words, from 0 to 1.

    Both have to be covered: a header "suspect" is not like "suspect age", since the word that
    both share only names a unit.

    Parameters
    ----------
    title, word : str
        As `plain` leaves them.

    Examples
    --------
    >>> round(likeness("scope of the case", "case scope"), 2), likeness("victim", "bar not victim")
    (1.0, 0.0)
    """
    if title == word and title not in _PERSONS:
        return 1.0 if title else 0.0
    ours = [part for part in word.split() if part not in _STOP]
    theirs = [part for part in title.split() if part not in _STOP]
    if not set(theirs) - _UNITS or not set(ours) - _UNITS:
        return 0.0
    shared = 2.0 * min(_covered(theirs, ours), _covered(ours, theirs))
    whole = _weight(theirs) + _weight(ours)
    return shared / whole if whole else 0.0


def _weight(parts: list[str]) -> float:
    return sum(len(part) * (_UNIT_WEIGHT if part in _UNITS else 1.0) for part in parts)


def _covered(parts: list[str], others: list[str]) -> float:
    return _weight([part for part in parts if any(_same(part, other) for other in others)])


@lru_cache(maxsize=100_000)
def _same(first: str, second: str) -> bool:
    """Tell whether two words are one word, perhaps with another ending or beginning."""
    if first == second:
        return True
    short, long_ = sorted((first, second), key=len)
    if len(short) < _STEM:
        return False
    if short in long_ or (short[:_STEM] == long_[:_STEM] and len(long_) - len(short) <= _STEM):
        return True
    return letters(first, second) >= _SAME_WORD
