"""The steps before rendering, each callable alone: check, fit, release, lay out as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from relatum.models.registry import fit
from relatum.pipeline.manifest import (
    MANIFEST,
    PlanRecord,
    make_manifest,
    manifest_text,
    plan_record,
)
from relatum.pipeline.margins import LEDGER, MarginRecord, add_margins, flag_changes, ledger_text
from relatum.release import Released, release_all, released_files
from relatum.results import Unavailable
from relatum.results.comparison import Comparison
from relatum.samples import Sample, open_sample
from relatum.study import Study
from relatum.tables.files import FORMS, TableForm, study_tables

__all__ = ["Prepared", "check", "prepare", "study_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Released results of a plan, ready to be written, printed and drawn.

    Attributes
    ----------
    plan : PlanRecord
        The plan and the sample.
    released : mapping of str to Released
        Results by name.
    ledger : tuple of MarginRecord
        The margins of every fit that compared two samples, this one included.
    """

    plan: PlanRecord
    released: Mapping[str, Released]
    ledger: tuple[MarginRecord, ...] = ()

    @property
    def unavailable(self) -> tuple[str, ...]:
        """What could not be estimated, with the reasons."""
        missing = (item.result for item in self.released.values())
        return tuple(str(result) for result in missing if isinstance(result, Unavailable))


def check(study: Study) -> Sample:
    """Read and check the sample of a plan.

    Raises
    ------
    SampleError
        With every fault at once.
    """
    return open_sample(study.sample)


def prepare(
    study: Study, sample: Sample | None = None, *, ledger: Sequence[MarginRecord] = ()
) -> Prepared:
    """Check the sample, run the analyses of the plan, and release the results.

    Parameters
    ----------
    study : Study
        The plan.
    sample : Sample, optional
        A sample that is at hand already; the plan's by default.
    ledger : sequence of MarginRecord
        The margins of earlier fits; a change is reported.

    Returns
    -------
    Prepared

    Raises
    ------
    SampleError, PlanError, EstimationError, ReleaseError
        Whatever stops a step.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from relatum.study import read_study
    >>> plan = replace(read_study(), models=("descriptive",))
    >>> prepare(plan).released["flow"].result.steps[0].n
    25
    """
    held = check(study) if sample is None else sample
    results = fit(held, study)
    compared = results.get("comparison")
    if isinstance(compared, Comparison):
        ledger = add_margins(ledger, study, compared)
        results = flag_changes(results, ledger)
    released = release_all(
        results,
        sample=held,
        profile=study.release.profile,
        exceptions=study.release.exceptions,
        coder=study.coder or None,
    )
    return Prepared(plan=plan_record(study, held), released=released, ledger=tuple(ledger))


def study_files(prepared: Prepared, *, tables: Sequence[TableForm] = FORMS) -> Mapping[str, bytes]:
    """Return the files of a study: results, tables and the manifest, by path and content.

    Parameters
    ----------
    prepared : Prepared
    tables : sequence of {"html", "tex", "docx", "typ"}
        The forms of the tables beside CSV.
    """
    stored = released_files(prepared.released)
    files = {f"results/{name}": text.encode() for name, text in stored.items()}
    laid_out = study_tables(prepared.released, forms=tables)
    files |= {f"tables/{name}": content for name, content in laid_out.items()}
    if prepared.ledger:
        files[LEDGER] = ledger_text(prepared.ledger).encode()
    manifest = make_manifest(prepared.plan, files)
    return MappingProxyType({**files, MANIFEST: manifest_text(manifest).encode()})
