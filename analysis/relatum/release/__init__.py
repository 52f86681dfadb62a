"""Disclosure control: the only way from a result to a table or a figure."""

from relatum.release.attack import Attack, attack
from relatum.release.content import content
from relatum.release.planning import release_plan
from relatum.release.profiles import is_public, release, release_all
from relatum.release.registry import release_registry
from relatum.release.released import Evidence, Releasable, Released
from relatum.release.rules import RULES, Rules
from relatum.release.store import read_released, released_files, write_released
from relatum.release.strict import Verdict, judge_all

__all__ = [
    "RULES",
    "Attack",
    "Evidence",
    "Releasable",
    "Released",
    "Rules",
    "Verdict",
    "attack",
    "content",
    "is_public",
    "judge_all",
    "read_released",
    "release",
    "release_all",
    "release_plan",
    "release_registry",
    "released_files",
    "write_released",
]
