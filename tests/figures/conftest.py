"""Released results of the two shipped samples, made once."""

import matplotlib.pyplot as plt
import pytest

from relatum.models.audit import audit_published, fit_audit
from relatum.models.describe import describe
from relatum.models.documentation import describe_documentation, list_documentation
from relatum.models.prevalence import estimate_prevalence
from relatum.models.timeline import trace_timeline
from relatum.release import Released, release_all
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


@pytest.fixture(scope="session")
def anna():
    sample, study = example_sample("anna"), read_study()
    found = {
        "audit": fit_audit(sample, study),
        "sizes": describe(sample, study)["sizes"],
        "documentation": describe_documentation(sample, study),
    }
    return release_all(found, sample=sample, profile="published")


@pytest.fixture
def released():
    """Wrap a result built by hand, as disclosure control would."""
    return lambda result: Released(result=result, profile="none", evidence=())


@pytest.fixture
def by_gid():
    """Find what was drawn: artists of an axes by the start of their id."""

    def find(ax, start):
        return [a for a in ax.findobj() if (a.get_gid() or "").startswith(start)]

    return find


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")
