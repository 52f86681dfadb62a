"""Released results of the shipped simulated sample, made once."""

import pytest

from relatum.models.audit import audit_published, fit_audit
from relatum.models.describe import describe
from relatum.models.documentation import describe_documentation, list_documentation
from relatum.models.prevalence import estimate_prevalence
from relatum.models.timeline import trace_timeline
from relatum.release import release_all
from relatum.results import Unavailable
from relatum.results.provenance import provenance_of
from relatum.samples import example_sample
from relatum.study import read_study


@pytest.fixture(scope="session")
def results():
    sample, study = example_sample("simulated"), read_study()
    found = {
        "audit": fit_audit(sample, study),
        "arithmetic": audit_published(),
        **describe(sample, study),
        "prevalence": estimate_prevalence(sample, study),
        "documentation": describe_documentation(sample, study),
        "documentation_matrix": list_documentation(sample, study),
        "timeline": trace_timeline(example_sample("anna"), study),
        "gone": Unavailable(
            what="ages", why="no age is recorded", provenance=provenance_of(sample, study)
        ),
    }
    return release_all(found, sample=sample, profile="none")
