"""A count with its noun, in the singular or the plural."""

from __future__ import annotations

import re

__all__ = ["counted"]

#: Nouns of the reports, by their plural.
_SINGULARS = {f"{word}s": word for word in ("row", "value", "cell", "passage", "comment")}
_SINGULARS |= {f"{word}s": word for word in ("segment", "relationship", "name", "coding", "code")}
_SINGULARS |= {f"{word}s": word for word in ("record", "document", "variable", "text", "place")}
_SINGULARS |= {f"{word}s": word for word in ("header", "memo", "event", "case", "suspect", "set")}
_SINGULARS |= {f"{word}s": word for word in ("victim", "population", "column", "link", "note")}
_SINGULARS |= {f"{word}s": word for word in ("user", "person", "file", "source")}
_SINGULARS |= {"women": "woman"}
_PLURALS = {one: many for many, one in _SINGULARS.items()}
#: Where the noun ends and what describes it begins.
_HEAD = re.compile(r"^(.*?)(\w+)(?=$| (?:of|in|with|without|that|against|from|beside)\b)")


def counted(n: int, what: str) -> str:
    """Return a count with its noun; a noun that is not known stays as it is.

    Examples
    --------
    >>> counted(1, "rows without a code"), counted(3, "place of a coded passage")
    ('1 row without a code', '3 places of a coded passage')
    >>> counted(1200, "code that was not used")
    '1,200 codes that were not used'
    """
    match = _HEAD.match(what)
    if match is None:
        return f"{n:,} {what}"
    before, noun = match.groups()
    rest = what[match.end() :]
    if n == 1:
        return f"1 {before}{_SINGULARS.get(noun, noun)}{rest}"
    if noun in _PLURALS:
        rest = rest.replace(" that was ", " that were ", 1)
    return f"{n:,} {before}{_PLURALS.get(noun, noun)}{rest}"
