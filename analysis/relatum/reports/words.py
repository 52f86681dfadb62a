"""The lint of words: nothing causal, no finding from simulated rows, respect for people.

The phrases stand in ``data_schema/reporting/words.csv``, each with the reason and with what to
write instead. A comment in the document lets a phrase stand, with a reason::

    <!-- words-ok suspects_as_men: the records are those of men -->
    <!-- words-ok document suspects_as_men: the records are those of men -->

The first holds for its paragraph, or for the next one where it stands alone; the second for the
document.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from relatum.errors import Issue, SchemaError
from relatum.reports.options import nearest
from relatum.reports.paragraphs import Paragraph, paragraphs
from relatum.reports.source import Source, fault, read_source
from relatum.schema import schema_path

__all__ = [
    "Phrase",
    "WordFault",
    "allowed_words",
    "find_words",
    "read_phrases",
    "word_faults",
]

COLUMNS = ("rule", "where", "pattern", "unless", "why", "instead")
ALLOWANCE = re.compile(r"<!--\s*words-ok\b(?P<rest>.*?)-->")
ALLOWED = re.compile(r"^\s*(?P<all>document\s+)?(?P<rules>[\w, ]+?)\s*:\s*(?P<why>.*?)\s*$")
SENTENCE = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+(?=[^a-z\s])")
SHORTEST_REASON = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that a report does not use.

    Attributes
    ----------
    rule : str
        Its name.
    simulated : bool
        It is refused only where the numbers are simulated.
    pattern : re.Pattern
        What is looked for in a sentence.
    unless : re.Pattern or None
        What excuses the sentence, such as a denial.
    why, instead : str
        The reason, and what to write.
    """

    rule: str
    simulated: bool
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class WordFault:
    """A phrase in a text: where it starts, and the words."""

    phrase: Phrase
    start: int
    words: str

    @property
    def message(self) -> str:
        """What was written, why not, and what to write."""
        return f"'{self.words}': {self.phrase.why} Write instead: {self.phrase.instead}."


@dataclass(frozen=True, slots=True)
class _Allowance:
    """Rules that a comment lets stand."""

    rules: frozenset[str]
    everywhere: bool = False


@cache
def read_phrases(path: Path | None = None) -> tuple[Phrase, ...]:
    """Read the phrases.

    Parameters
    ----------
    path : Path, optional
        A CSV file with the columns ``rule, where, pattern, unless, why, instead``; the shipped one
        by default. ``where`` is ``any`` or ``simulated``.

    Returns
    -------
    tuple of Phrase

    Raises
    ------
    SchemaError
        With every faulty row at once.

    Examples
    --------
    >>> [phrase.rule for phrase in read_phrases()][:2]
    ['cause_verb', 'leads_to']
    """
    place = path or schema_path() / "reporting" / "words.csv"
    with place.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise SchemaError(f"{place.name} has other columns than {', '.join(COLUMNS)}.")
    issues = [issue for number, row in enumerate(rows, start=2) for issue in _faults(row, number)]
    if issues:
        listed = "\n".join(f"  {issue}" for issue in issues)
        raise SchemaError(f"{place.name} cannot be used.\n{listed}", issues)
    return tuple(_phrase(row) for row in rows)


def _faults(row: dict[str, str], number: int) -> Iterator[Issue]:
    def issue(name: str, rule: str, message: str) -> Issue:
        row_name = f"line {number}"
        return Issue(table="words.csv", row=row_name, field=name, rule=rule, message=message)

    for name in ("rule", "pattern", "why", "instead"):
        if not (row[name] or "").strip():
            yield issue(name, "missing", "This field is empty.")
    if row["where"] not in ("any", "simulated"):
        yield issue("where", "unknown_level", "Write 'any' or 'simulated'.")
    for name in ("pattern", "unless"):
        try:
            re.compile(row[name] or "")
        except re.error as problem:
            yield issue(name, "pattern", f"This is no regular expression: {problem.msg}.")


def _phrase(row: dict[str, str]) -> Phrase:
    return Phrase(
        rule=row["rule"],
        simulated=row["where"] == "simulated",
        pattern=re.compile(row["pattern"], re.IGNORECASE),
        unless=re.compile(row["unless"], re.IGNORECASE) if row["unless"] else None,
        why=row["why"].strip(),
        instead=row["instead"].strip(),
    )


def find_words(
    text: str, *, simulated: bool, phrases: Sequence[Phrase] | None = None
) -> tuple[WordFault, ...]:
    """Find phrases that a report does not use, sentence by sentence.

    Parameters
    ----------
    text : str
        Plain prose.
    simulated : bool
        Whether the numbers are simulated.
    phrases : sequence of Phrase, optional
        The shipped ones by default.

    Returns
    -------
    tuple of WordFault
        In the order of the text; one per rule and sentence.

    Examples
    --------
    >>> [found.message for found in find_words("Fear leads to silence.", simulated=True)]
    ["'leads to': An order in time is no mechanism. Write instead: was followed in the files by; \
was recorded before."]
    >>> find_words("That no difference was found is no finding.", simulated=True)
    ()
    """
    used = read_phrases() if phrases is None else phrases
    return tuple(
        WordFault(phrase, start + found.start(), found[0])
        for start, sentence in _sentences(text)
        for phrase in used
        if (simulated or not phrase.simulated) and (found := phrase.pattern.search(sentence))
        if not (phrase.unless and phrase.unless.search(sentence))
    )


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for gap in SENTENCE.finditer(text):
        yield start, text[start : gap.end()]
        start = gap.end()
    yield start, text[start:]


def word_faults(document: Path | Source) -> tuple[Issue, ...]:
    """List the phrases of a document that no comment lets stand.

    Prose, headings, front matter, captions and alternative texts are read; code, mathematics and
    addresses are not.

    Parameters
    ----------
    document : Path or Source
        A ``.qmd`` file.

    Returns
    -------
    tuple of Issue
        By line. Comments that name an unknown rule, give no reason or let nothing stand are
        faults, too.

    Raises
    ------
    ReportError
        When the document cannot be read.
    """
    source = read_source(document) if isinstance(document, Path) else document
    read = tuple(_read(source, simulated=_is_simulated(source)))
    everywhere = frozenset[str]().union(*(item.everywhere for item in read))
    there = {word.phrase.rule for item in read for word in item.words}
    issues: list[Issue] = []
    for item in read:
        allowed = item.own | everywhere
        issues += [
            _issue(item.paragraph, word.start, word.phrase.rule, word.message)
            for word in item.words
            if word.phrase.rule not in allowed
        ]
        idle = item.own - {word.phrase.rule for word in item.words} | item.everywhere - there
        said = [*item.problems, *map(_idle, sorted(idle))]
        issues += [_issue(item.paragraph, 0, "words_ok", message) for message in said]
    return tuple(sorted(issues, key=_place))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A paragraph, its phrases, and what comments let stand: here, or everywhere."""

    paragraph: Paragraph
    words: tuple[WordFault, ...]
    own: frozenset[str]
    everywhere: frozenset[str]
    problems: tuple[str, ...]


def _read(source: Source, *, simulated: bool) -> Iterator[_Read]:
    """Read all paragraphs; a comment that stands alone is handed on to the next one with text."""
    known = {phrase.rule for phrase in read_phrases()}
    own: set[str] = set()
    everywhere: set[str] = set()
    problems: list[str] = []
    last: Paragraph | None = None
    for paragraph in paragraphs(source):
        last = paragraph
        for comment in ALLOWANCE.finditer(paragraph.comments):
            allowance, problem = _allowance(comment["rest"], known)
            (everywhere if allowance.everywhere else own).update(allowance.rules)
            problems += [problem] if problem else []
        if paragraph.text.strip():
            yield _Read(
                paragraph=paragraph,
                words=find_words(paragraph.text, simulated=simulated),
                own=frozenset(own),
                everywhere=frozenset(everywhere),
                problems=tuple(problems),
            )
            own, everywhere, problems = set(), set(), []
    if last is not None and (own or everywhere or problems):
        yield _Read(
            paragraph=last,
            words=(),
            own=frozenset(own),
            everywhere=frozenset(everywhere),
            problems=tuple(problems),
        )


def allowed_words(document: Path | Source) -> frozenset[str]:
    """Return the rules that comments let stand anywhere in a document."""
    source = read_source(document) if isinstance(document, Path) else document
    read = tuple(_read(source, simulated=True))
    return frozenset[str]().union(*(item.own | item.everywhere for item in read))


def _is_simulated(source: Source) -> bool:
    """Whether a document has a place for the banner, and so may show simulated numbers."""
    cells = any(".banner" in cell.code for cell in source.cells())
    return cells or any("simulated-banner" in line.text for line in source.prose_lines())


def _allowance(rest: str, known: set[str]) -> tuple[_Allowance, str]:
    found = ALLOWED.match(rest)
    if found is None:
        return _Allowance(frozenset()), "Write: words-ok RULE: reason."
    rules = [rule for rule in re.split(r"[,\s]+", found["rules"]) if rule]
    allowance = _Allowance(frozenset(rules) & known, everywhere=bool(found["all"]))
    for rule in rules:
        if rule not in known:
            near = nearest(rule, known)
            hint = f" Did you mean '{near}'?" if near else ""
            return allowance, f"There is no rule '{rule}'.{hint}"
    if len(found["why"].split()) < SHORTEST_REASON:
        return allowance, "Give the reason in words: words-ok RULE: reason."
    return allowance, ""


def _idle(rule: str) -> str:
    return f"This comment lets '{rule}' stand, and nothing of the kind is there. Remove it."


def _issue(paragraph: Paragraph, start: int, rule: str, message: str) -> Issue:
    return fault(paragraph.line_at(start), rule, message, construct="words")


def _place(issue: Issue) -> tuple[str, int, str, str]:
    number = issue.row.removeprefix("line ")
    return issue.table, int(number) if number.isdigit() else 0, issue.rule, issue.message
