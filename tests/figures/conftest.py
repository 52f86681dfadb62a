"""Released results of the two shipped samples, made once."""

from itertools import combinations

import matplotlib as mpl
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


def boxes(ax, *, arrows):
    """Return the box of each visible text, with its arrow or without."""
    ax.figure.canvas.draw()
    beyond = {
        label
        for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim()))
        for at, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
        if not min(limits) <= at <= max(limits)
    }
    found = ax.findobj(mpl.text.Text)
    texts = [t for t in found if t.get_text().strip() and t.get_visible() and t not in beyond]
    if arrows:
        return {text: text.get_window_extent() for text in texts}
    return {text: mpl.text.Text.get_window_extent(text) for text in texts}


@pytest.fixture
def word_boxes():
    """Find the box of each visible text of an axes."""
    return boxes


@pytest.fixture
def check_words():
    """Check that the words of a figure are whole, apart, and legible at print size."""

    def check(ax, *, arrows=True):
        page, found = ax.figure.bbox, boxes(ax, arrows=arrows)
        for text, box in found.items():
            inside = box.x0 >= page.x0 - 0.5 and box.x1 <= page.x1 + 0.5
            inside &= box.y0 >= page.y0 - 0.5 and box.y1 <= page.y1 + 0.5
            assert inside, text.get_text()
            assert text.get_fontsize() >= 6
        for (one, a), (other, b) in combinations(found.items(), 2):
            wide = min(a.x1, b.x1) - max(a.x0, b.x0)
            high = min(a.y1, b.y1) - max(a.y0, b.y0)
            # Neighbouring lines may touch by the room that a font keeps for descenders.
            assert wide <= 0.5 or high <= 2.5, (one.get_text(), other.get_text())
        width, height = ax.figure.get_size_inches()
        assert width == pytest.approx(6.3)
        assert height < 9.7

    return check
