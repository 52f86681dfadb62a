"""Disclosure control: the only way from a result to a table or a figure."""

from relatum.release.acro import AcroRun, acro_files
from relatum.release.amounts import AMOUNT_RULES, AMOUNT_WORDS, AmountCheck, check_amounts
from relatum.release.anonymity import QUASI_IDENTIFIERS, Anonymity, ClassCounts, check_anonymity
from relatum.release.attack import Attack, attack
from relatum.release.content import content
from relatum.release.differencing import (
    DifferencedRow,
    Differencing,
    ReleasedCounts,
    compare_counts,
    released_counts,
)
from relatum.release.planning import release_plan
from relatum.release.profiles import is_public, release, release_all
from relatum.release.registry import release_registry
from relatum.release.released import Evidence, Releasable, Released
from relatum.release.rules import RULES, Rules
from relatum.release.store import read_released, released_files, write_released
from relatum.release.strict import Verdict, judge_all

__all__ = [
    "AMOUNT_RULES",
    "AMOUNT_WORDS",
    "QUASI_IDENTIFIERS",
    "RULES",
    "AcroRun",
    "AmountCheck",
    "Anonymity",
    "Attack",
    "ClassCounts",
    "DifferencedRow",
    "Differencing",
    "Evidence",
    "Releasable",
    "Released",
    "ReleasedCounts",
    "Rules",
    "Verdict",
    "acro_files",
    "attack",
    "check_amounts",
    "check_anonymity",
    "compare_counts",
    "content",
    "is_public",
    "judge_all",
    "read_released",
    "release",
    "release_all",
    "release_plan",
    "release_registry",
    "released_counts",
    "released_files",
    "write_released",
]
