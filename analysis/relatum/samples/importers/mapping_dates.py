"""Dates in a mapping: forms of days, and dates in words, which fill both ends of an interval.

A form of days is for a column of ours that holds one day. Dates in words go to the stem of two,
such as ``rel_onset`` or, in a row per coding, ``date``; `relatum.samples.importers.dates` says what
can be read. "Two days after the report" can be read where the line names the column that holds the
day of the report: ``words with report = Reported on``. Several events are divided by semicolons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from relatum.samples.importers.dates import event_names
from relatum.samples.importers.dates_columns import DateColumn
from relatum.schema import Schema

__all__ = [
    "DATE_FORMS",
    "NOT_IN_WORDS",
    "WORD_FORMS",
    "WordForm",
    "interval_columns",
    "interval_texts",
    "word_form",
]

#: Forms of days, with what `datetime.strptime` calls them.
DATE_FORMS: Mapping[str, str] = MappingProxyType(
    {
        "YYYY-MM-DD": "%Y-%m-%d",
        "DD-MM-YYYY": "%d-%m-%Y",
        "DD/MM/YYYY": "%d/%m/%Y",
        "DD.MM.YYYY": "%d.%m.%Y",
        "MM/DD/YYYY": "%m/%d/%Y",
        "YYYY/MM/DD": "%Y/%m/%d",
    }
)
#: Forms of dates in words, with whether 03/04/2010 is the third of April; None makes it a fault.
WORD_FORMS: Mapping[str, bool | None] = MappingProxyType(
    {"words": None, "words DD/MM": True, "words MM/DD": False}
)
_WITH = " with "


@dataclass(frozen=True, slots=True)
class WordForm:
    """How a column of dates in words is read.

    Attributes
    ----------
    day_first : bool or None
        Whether 03/04/2010 is the third of April; None makes it a fault.
    events : mapping of str to str
        By the word for an event, their column that holds its day.
    """

    day_first: bool | None
    events: Mapping[str, str]


def word_form(text: str) -> WordForm | None:
    """Read what a mapping says of a column of dates in words; None where it says something else.

    Examples
    --------
    >>> word_form("words DD/MM").day_first
    True
    >>> dict(word_form("words with report = Reported on; arrest = Arrest").events)
    {'report': 'Reported on', 'arrest': 'Arrest'}
    >>> word_form("DD-MM-YYYY") is None, word_form("words with report") is None
    (True, True)
    """
    form, has_events, named = text.partition(_WITH)
    if form.strip() not in WORD_FORMS:
        return None
    events: dict[str, str] = {}
    for part in named.split(";") if has_events else ():
        name, _, column = (piece.strip() for piece in part.partition("="))
        if not name or not column or name in events:
            return None
        events[name] = column
    try:
        event_names(events)
    except ValueError:
        return None
    return WordForm(WORD_FORMS[form.strip()], MappingProxyType(events))


#: What is said of a line that names an interval without such a form.
NOT_IN_WORDS = (
    "An interval of days takes a whole column of theirs, written in words; name one of its "
    "columns for anything else, and leave a single value out with 'discard'. Where a text counts "
    "from an event, name the column of its day: words with report = THEIR COLUMN."
)


def interval_columns(schema: Schema, table: str, stem: str) -> tuple[str, ...]:
    """Return the columns of the interval of days that a stem stands for; none if it is no stem.

    Parameters
    ----------
    schema : Schema
    table, stem : str
        Such as ``relationships`` and ``rel_onset``.

    Returns
    -------
    tuple of str
        First day, last day, and the precision where the table keeps it.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> interval_columns(load_schema(), "codings", "date")
    ('date_lower', 'date_upper', 'date_precision')
    >>> interval_columns(load_schema(), "relationships", "rel_status")
    ()
    """
    if table not in schema.tables:
        return ()
    ours = schema[table]
    ends = (f"{stem}_lower", f"{stem}_upper")
    if not all(name in ours and ours[name].type == "date" for name in ends):
        return ()
    precision = f"{stem}_precision"
    return (*ends, precision) if precision in ours else ends


def interval_texts(
    found: DateColumn, written: Sequence[str], *, stem: str, columns: Sequence[str]
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.object_]]]:
    """Return what was read as the texts of our columns.

    Parameters
    ----------
    found : DateColumn
    written : sequence of str, length n_rows
        The cells that it was read from. A blank one stays silent about its precision too.
    stem : str
    columns : sequence of str
        Those of `interval_columns`.

    Returns
    -------
    dict of str to array of str, shape (n_rows,)
        An open end is an empty text.

    Examples
    --------
    >>> from relatum.samples.importers.dates_columns import parse_dates
    >>> cells = ["April 2010", ""]
    >>> made = interval_texts(parse_dates(cells), cells, stem="date",
    ...                       columns=("date_lower", "date_precision"))
    >>> {name: list(texts) for name, texts in made.items()}
    {'date_lower': ['2010-04-01', ''], 'date_precision': ['month', '']}
    """
    frame = found.frame(stem)
    silent = np.array([text == "" for text in written], dtype=bool)
    made = {}
    for name in columns:
        part = frame[name]
        if not name.endswith("_precision"):
            part = part.dt.strftime("%Y-%m-%d")
        texts = part.astype(object).where(part.notna() & ~silent, "")
        made[name] = texts.to_numpy(dtype=object)
    return made
