"""Reasons that may go out: the rule that was not met in words, without the numbers behind it.

Analyses write their reasons from counts, such as "16 relationships remained at risk, fewer than
20". A strict profile lets the rule out and keeps the counts in. Where it also withholds whole
groups, a reason such as "the outcome is the same in every row" would tell of everybody; it gets the
words of too few units, so that the two cannot be told apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["HELD_BACK", "REASONS", "released_reason", "speaks_of_numbers"]

#: What stands in the place of a text with numbers whose rule is not known.
HELD_BACK = "the reason holds numbers and is withheld"
#: Fields with sentences that analyses write from numbers.
REASONS = frozenset(
    (
        *("why", "reason", "detail", "limits_why", "monotone_why", "shares_why", "tipping_why"),
        *("global_why", "contact_refused", "refused", "confirmatory_refused", "finding"),
    )
)
#: Fields that describe what was done or who left, and refuse nothing.
_DESCRIBING = frozenset(("reason", "detail", "finding"))
#: No counts: levels of limits, names of figures and rows, and what is settled beforehand.
_NO_COUNTS = re.compile(
    r"\b(80|90|95|99)%|\b[FPBC]\d{2,3}\b|\bsince the age of \d+\b"
    r"|\ba chance below 0\.\d+ or above 0\.\d+|\bby more than 0\.\d+ by instrument\b"
)

#: A count of one in words.
_ONE = re.compile(r"(^|[:;] )one (\w+ )?(woman|attempt|event|report|relationship)\b")

_FEW = "fewer units, cases or events than the method asks for"
#: Too few and all alike in one, for profiles that withhold whole groups.
_EITHER = "too few units, or too little difference between them, for what the method asks"


@dataclass(frozen=True, slots=True)
class _Gate:
    """How a reason is recognised, and the rule in words.

    Attributes
    ----------
    pattern : re.Pattern
    words : str
    counts : bool
        Whether the rule is one on numbers of units.
    """

    pattern: re.Pattern[str]
    words: str
    counts: bool = False


def _gate(pattern: str, words: str, *, counts: bool = False) -> _Gate:
    return _Gate(re.compile(pattern), words, counts)


_GATES = (
    _gate(
        r"\bequivalence needs it below\b",
        "silence alone spans more than the width of the margin allows: a better documented sample "
        "could tell, more cases could not",
    ),
    _gate(r"^silence allows\b", "silence leaves room for more than one value"),
    _gate(
        r"\bdocumented in\b.*\bless than\b",
        "a smaller share is documented than the plan asks for: bounds only",
    ),
    _gate(r"^bounds\b.*\bwide, more than\b", "the bounds are wider than the plan allows"),
    _gate(
        r"\bcarry the information of\b",
        "less independent information than the method asks for, as relationships share cases",
        counts=True,
    ),
    _gate(
        r"^adjusted p at equal documentation\b",
        "the adjusted p values or the further readings do not show an excess",
    ),
    _gate(
        r"\blimits\b.*\bdo not all lie\b",
        "the limits do not all lie inside the margin, nor beyond it on one side",
    ),
    _gate(r"\bbefore Holm's correction\b", "inside the margin only before Holm's correction"),
    _gate(r"^before any correction not shown in\b", "some rows are not shown before correction"),
    _gate(r"\badjusted Rand index\b", "classes are not stable when the cases are resampled"),
    _gate(
        r"^one (investigation|cluster) holds\b.*\bmore than\b",
        "a single case holds a larger part than the method allows",
        counts=True,
    ),
    _gate(r"\bno overlap: ", "the samples do not overlap in the covariates", counts=True),
    _gate(r"\bdoes not apply to\b", "it does not apply to each of them"),
    _gate(
        r"^After \d+ arrests\b.*\bare added\b",
        "Time after arrests is added, at a rate that is assumed.",
    ),
    _gate(
        r"\b(fewer|less) than\b|\btoo few\b|\b(is|are) needed\b|\bneeded: |\bat least two\b"
        r"|^described only\b|\b(there is|there are|lie in) (only )?(one|\d+) (case|cluster)s?\b"
        r"|^(no|one) (attempt|event|observable attempt)s?\b|^none of (the )?\d+\b"
        rf"|{_ONE.pattern}"
        r"|\bon documented days fell on days\b|\bneed more than \d+ rows\b"
        r"|\bparameters for a table of\b|\bpatterns occur for\b",
        _FEW,
        counts=True,
    ),
)

#: What tells that all of a group, or none of it, has an attribute.
_NOUNS = (
    r"(woman|women|victims?|suspects?|cases?|clusters?|units?|rows?|relationships?|records?|"
    r"reports?|reporters|events?|attempts?|stratum|strata|ratings?|codes?|items?|steps? back|"
    r"pairs?|time at risk|weights?)"
)
_WHOLE = re.compile(
    "|".join(
        (
            r"\bthe same( status)? in (every|each|all)\b|\b(has|have) the same\b",
            r"\b(recorded|present|item) in (every|each|all|no|none)\b",
            r"\bnothing or everything\b|\bnothing (is|was) (recorded|documented)\b",
            r"\bnever documented\b|\bis documented for none\b|\bwithin cases$",
            r"\b(nobody|everybody|nothing but the covariate)\b",
            r"(?<!about )\b(no|every|each|all|both|none of the|neither|no two|only one) "
            rf"(\w+ ){{0,2}}{_NOUNS}\b",
            r"\bno [\w ]+ (is|are|was|were) (recorded|observed|documented|decided|left|selected)\b",
            r"\b(not|cannot) vary\b|\bneither sample\b|\bdo not differ\b|\bin no (case|stratum)\b",
            r"\b(is|are) (constant|empty|zero|alike)\b|\bonly one category\b|\ball fall\b",
            r"\bperfectly\b|\bfits? the outcome exactly\b|\bfor ever\b|\bseparat(es?|ion)\b",
            r"\bhas no maximum\b|\bpredicted probability is 0 or 1\b|\bhas no spread\b",
        )
    )
)
_SPELT = re.compile(
    r"\b(no|none|nobody|one|two|three|four|five|six|seven|eight|nine|ten|both|neither|single|"
    r"every|everybody)\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r" \([^()]*\d[^()]*\)|, \d+,(?= )")
_WHO = re.compile(r"^\d+ (\w+ )?(?=(that|who|whose)\b)")
_PARTS = re.compile(r"(?<=[.;:])\s+")
#: A part of a sentence with fewer words says nothing by itself.
_SHORTEST = 3


def speaks_of_numbers(text: str) -> bool:
    """Tell whether a text holds a number other than a usual level of limits or a name of a figure.

    Examples
    --------
    >>> speaks_of_numbers("Limits at 95%."), speaks_of_numbers("All lie in 5 cases.")
    (False, True)
    >>> speaks_of_numbers("follows from F001 and P12.")
    False
    """
    return any(letter.isdigit() for letter in _NO_COUNTS.sub("", text))


def released_reason(text: str, *, field: str = "why", whole_groups: bool = False) -> str:
    """Say a reason as a strict profile lets it out.

    Parameters
    ----------
    text : str
        What an analysis wrote.
    field : str
        Where it stands, a name in `REASONS`.
    whole_groups : bool
        Whether the profile withholds that all of a group, or none of it, has an attribute. Reasons
        that tell so, and those of too few units, are then said in the same words.

    Returns
    -------
    str
        The text itself where it holds no number and tells of no whole group; else the rule in
        words; of a description the parts without numbers; `HELD_BACK` where no rule is known.

    Examples
    --------
    >>> released_reason("16 relationships remained at risk, fewer than 20")
    'fewer units, cases or events than the method asks for'
    >>> released_reason("documented in 10 of 51, less than 60%: bounds only")
    'a smaller share is documented than the plan asks for: bounds only'
    >>> released_reason("the outcome is the same in every row", whole_groups=True)
    'too few units, or too little difference between them, for what the method asks'
    >>> released_reason("3 had a lasting separation: time stops with their last attempt.")
    'Time stops with their last attempt.'
    """
    refuses = field not in _DESCRIBING and not text.endswith(".")
    if whole_groups and refuses and _WHOLE.search(text):
        return _EITHER
    if not speaks_of_numbers(text) and not (refuses and _ONE.search(text)):
        return text
    for gate in _GATES:
        if gate.pattern.search(text):
            return _EITHER if whole_groups and gate.counts else gate.words
    return _described(text) if text.endswith(".") else HELD_BACK


def _described(text: str) -> str:
    """Return the parts of a description that hold no number, also none in words."""
    parts = _PARTS.split(_BRACKETED.sub("", _WHO.sub("those ", text)))
    kept = [
        part.rstrip(".;:")
        for part in parts
        if not speaks_of_numbers(part)
        and not _SPELT.search(part)
        and len(part.split()) >= _SHORTEST
    ]
    return " ".join(f"{part[:1].upper()}{part[1:]}." for part in kept) or HELD_BACK
