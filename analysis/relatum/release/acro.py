"""Released results in the form that ACRO writes and the SACRO viewer shows to an output checker.

The form is that of ACRO 1.0.2: ``results.json`` with a record per output, the tables as CSV, the
settings in ``config.json``, and a SHA-256 for every file below ``checksums/``. The viewer reads
records from version 0.4 on. Files of ACRO itself hold more (marks on single cells, a summary of
all outputs); what is not known of a result is left empty here, and nothing is read back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from relatum import __version__
from relatum.release.amounts import AMOUNT_RULES
from relatum.release.rules import RULES
from relatum.release.strict import Verdict
from relatum.results.store import json_text, result_files

__all__ = ["ACRO_VERSION", "AcroRun", "acro_files"]

#: The version of ACRO whose records these are.
ACRO_VERSION = "1.0.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcroRun:
    """What all records of a release share.

    Attributes
    ----------
    study, profile : str
        The plan's name, and the profile that judged.
    exceptions : mapping of str to str
        Justifications of the plan, by the name of the result or ``all``.
    failed : mapping of str to str
        Results that fail for what the judge of single releases does not see, with the reason.
    when : str
        A date and time in ISO form; empty for none.
    """

    study: str
    profile: str
    exceptions: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    when: str = ""


def acro_files(verdicts: Mapping[str, Verdict], *, run: AcroRun) -> Mapping[str, str]:
    """Return the files of a release for an output checker: path and text.

    Parameters
    ----------
    verdicts : mapping of str to Verdict
        By name. Of what fails there is no table; a text says why.
    run : AcroRun

    Returns
    -------
    mapping of str to str
        ``results.json``, ``config.json``, a file per result, and ``checksums/``.

    Examples
    --------
    >>> from relatum.models.describe import describe_flow
    >>> from relatum.release.strict import judge_all
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> sample = example_sample("simulated")
    >>> judged = judge_all({"flow": describe_flow(sample, read_study())}, sample=sample,
    ...                    profile="chapter5")
    >>> files = acro_files(judged, run=AcroRun(study="chapter", profile="chapter5"))
    >>> [name for name in files if "/" not in name]
    ['flow.csv', 'config.json', 'results.json']
    """
    files: dict[str, str] = {}
    records: dict[str, object] = {}
    for name, verdict in verdicts.items():
        why = run.failed.get(name) or (verdict.reason if verdict.status == "fail" else "")
        if why:
            file, text = f"{name}_withheld.txt", f"Nothing of '{name}' goes out: {why}.\n"
        else:
            file = f"{name}.csv"
            text = result_files({name: verdict.result})[file]
        files[file] = text
        records[name] = _record(name, verdict, why, file, run)
    files["config.json"] = json_text(_settings(run.profile))
    index = {"version": ACRO_VERSION, "tool": _TOOL, "results": records}
    files["results.json"] = json_text(index)
    sums = {f"checksums/{name}.txt": _digest(text) for name, text in files.items()}
    return MappingProxyType({**files, **sums})


_TOOL = {"@type": "SoftwareApplication", "name": "relatum", "version": __version__}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(name: str, verdict: Verdict, why: str, file: str, run: AcroRun) -> dict[str, object]:
    status = "fail" if why else verdict.status
    reason = why or verdict.reason
    granted = (run.exceptions.get(key, "") for key in (name, "all"))
    sdc = {"summary": {"suppressed": bool(why) or verdict.n_withheld > 0}, "cells": {}}
    return {
        "uid": name,
        "status": status,
        "type": "custom" if why else "table",
        "properties": {"method": verdict.result.kind},
        "files": [{"name": file, "sdc": sdc}],
        "outcome": {},
        "command": f"relatum release, study '{run.study}', profile {run.profile}",
        # The viewer takes the status from the words before the first semicolon.
        "summary": f"{status}; {reason}" if reason else status,
        "timestamp": run.when,
        "comments": [f"{item.rule}: {item.finding}" for item in verdict.evidence],
        "exception": " ".join(text for text in granted if text),
        "fair": {},
    }


def _settings(profile: str) -> dict[str, object]:
    """Return the rules of a profile by the names that ACRO gives them."""
    rules, amounts = RULES[profile], AMOUNT_RULES[profile]
    return {
        "safe_threshold": rules.smallest,
        "safe_dof_threshold": rules.degrees,
        "safe_nk_n": amounts.largest,
        "safe_nk_k": amounts.share,
        "safe_pratio_p": amounts.rest,
        "check_missing_values": False,
        "survival_safe_threshold": rules.smallest,
        "zeros_are_disclosive": not rules.zero,
    }
