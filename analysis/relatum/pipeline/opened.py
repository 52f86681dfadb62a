"""Results for a document: from the folder of a run, or computed on the spot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from relatum.errors import RelatumError, UsageError
from relatum.pipeline.home_words import QUESTIONS
from relatum.pipeline.manifest import PlanRecord, package_versions, read_manifest
from relatum.release import Released, read_released
from relatum.results.audit import SampleAudit
from relatum.results.base import Unavailable
from relatum.schema import near_match
from relatum.study import Profile, Study, read_study

__all__ = ["RESULTS_VARIABLE", "ResultSet", "open_results"]

#: The environment variable that names the folder ``results`` of a run.
RESULTS_VARIABLE = "RELATUM_RESULTS"
_NOT_ASKED = "the plan names no analysis that gives it"


@dataclass(frozen=True)
class ResultSet(Mapping[str, Released]):
    """Released results by name, with what a document says of all of them.

    Attributes
    ----------
    plan : PlanRecord
        The plan and the sample.
    released : mapping of str to Released
        The results.
    packages : mapping of str to str
        Versions of the packages that computed them.
    """

    plan: PlanRecord
    released: Mapping[str, Released] = field(repr=False)
    packages: Mapping[str, str] = field(default_factory=package_versions, repr=False)

    def __getitem__(self, name: str) -> Released:
        """Return a result; an `Unavailable` where no analysis of the plan gives it.

        Raises
        ------
        UsageError
            If no analysis gives a result of that name; the message lists what there is.
        """
        if name not in self.released and name in QUESTIONS:
            gone = Unavailable(what=name.replace("_", " "), why=_NOT_ASKED)
            profile = cast(Profile, self.plan.profile)
            return Released(result=gone, profile=profile, evidence=(), in_report=True)
        if name not in self.released:
            near = near_match(name, tuple(self.released))
            hint = f" Did you mean '{near}'?" if near else ""
            msg = f"There is no result '{name}'.{hint} There are: {', '.join(self.released)}."
            raise UsageError(msg)
        return replace(self.released[name], in_report=True)

    def __iter__(self) -> Iterator[str]:
        return iter(self.released)

    def __len__(self) -> int:
        return len(self.released)

    def __contains__(self, name: object) -> bool:
        return name in self.released

    @property
    def simulated(self) -> bool:
        """Whether the sample is simulated."""
        return self.plan.sample_origin == "simulated"

    @property
    def banner(self) -> str:
        """Markdown of the banner over a report on simulated data; empty for other data."""
        if not self.simulated:
            return ""
        return (
            "::: {.simulated-banner}\n**Simulated data.** The numbers below were computed from a "
            "sample that a computer drew from published figures and declared assumptions. They "
            "show what the method can say. They are no findings.\n:::\n"
        )

    @property
    def agreement_note(self) -> str:
        """One sentence on how many published figures the sample agrees with."""
        audit = self["audit"].result if "audit" in self else None
        if not isinstance(audit, SampleAudit):
            return "The published figures were not compared with the sample."
        inside = audit.count("equal") + audit.count("inside_soft")
        return (
            f"Of {len(audit.checks)} figures, {audit.count('equal')} are equal, "
            f"{audit.count('inside_soft')} lie inside the usual reading of the words (together "
            f"{inside}), {audit.count('inside_hard')} inside the strict bounds only and "
            f"{audit.count('outside')} outside; {audit.count('not_computable')} cannot be computed."
        )

    @property
    def plan_note(self) -> str:
        """Sentences that identify plan, sample and software, and name the source of an import."""
        plan = self.plan
        gates = f" Overridden refusals: {'; '.join(plan.gates)}." if plan.gates else ""
        source = f" {plan.attribution}" if plan.attribution else ""
        return (
            f"Plan '{plan.name}' (SHA-256 {plan.hash[:12]}), seed {plan.seed}, analyses "
            f"{', '.join(plan.models)}, disclosure profile '{plan.profile}'. Sample "
            f"'{plan.sample_name}' ({plan.sample_origin}; SHA-256 {plan.sample_fingerprint[:12]}). "
            f"relatum {plan.relatum_version}, schema {plan.schema_version}.{gates}{source}"
        )


def open_results(study: Study | None = None) -> ResultSet:
    """Open released results for a document.

    Parameters
    ----------
    study : Study, optional
        The plan; the shipped one by default.

    Returns
    -------
    ResultSet
        From the folder that the variable ``RELATUM_RESULTS`` names (`relatum render` sets it);
        else from ``out/<study>`` here or one folder up, where it was made by the same plan; else
        fitted now, in memory. So a document renders in any editor.

    Raises
    ------
    RelatumError
        If the folder that the variable names holds no results, or if fitting fails.

    Examples
    --------
    >>> results = open_results()
    >>> results.simulated, results["flow"].result.steps[0].n
    (True, 25)
    """
    named = os.environ.get(RESULTS_VARIABLE, "")
    if named:
        return _read(Path(named))
    plan = study or read_study()
    for folder in (Path("out"), Path("..") / "out"):
        found = _read_if_current(folder / plan.name, plan)
        if found is not None:
            return found
    # The analyses are imported only when they are needed: documents mostly read what was fitted.
    from relatum.pipeline.steps import prepare

    prepared = prepare(plan)
    return ResultSet(plan=prepared.plan, released=prepared.released)


def _read(results: Path) -> ResultSet:
    manifest = read_manifest(results.parent)
    released = read_released(results)
    return ResultSet(plan=manifest.plan, released=released, packages=manifest.packages)


def _read_if_current(folder: Path, study: Study) -> ResultSet | None:
    """Read a folder, unless it is missing, broken or of another plan."""
    try:
        found = _read(folder / "results")
    except RelatumError:
        return None
    return found if found.plan.hash == study.hash else None
