"""The table of a registry's pairs, from a result built by hand."""

from dataclasses import replace

import pytest

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.cooccurrence import OddsRatio
from relatum.results.registry_pairs import (
    RegistryExcess,
    RegistryItem,
    RegistryPair,
    RegistryPairs,
    RegistryReading,
)
from relatum.tables.registry_pairs import tabulate_registry_pairs

SOURCE = Provenance(
    relatum_version="0",
    schema_version="",
    sample_name="by hand",
    sample_fingerprint="0",
    sample_origin="simulated",
)
NO_UPPER = Unavailable(what="silence read as presence", why="every item is the same everywhere")


def release(result):
    return Released(result=result, profile="none", evidence=())


def excess(strata, statistic):
    return RegistryExcess(
        strata=strata,
        expected=1000.0,
        excess=20 * statistic,
        std_error=20.0,
        statistic=statistic,
        p_value=0.01,
        p_adjusted=0.02,
        odds_ratio=OddsRatio(
            estimate=1.24, conf_low=1.1, conf_high=1.4, conf_level=0.95, method="by_hand"
        ),
    )


def pair(first, second, by_total, *, marked=False, upper=NO_UPPER):
    held = RegistryReading(
        coding="lower",
        n_first=2000,
        n_second=3000,
        n_both=1100,
        phi=0.123,
        p_veech=0.001,
        by_case=excess("case", 12.34),
        by_total=by_total,
        by_others=excess("case_others", 5.0),
    )
    if upper is None:
        upper = replace(held, coding="upper")
    return RegistryPair(first=first, second=second, lower=held, upper=upper, above_level=marked)


@pytest.fixture
def result():
    items = tuple(
        RegistryItem(term=t, n_present=1, n_absent=2, n_undocumented=3, n_not_applicable=0)
        for t in "abc"
    )
    gone = Unavailable(what="excess", why="no records that are alike differ in both")
    return RegistryPairs(
        title="Pairs of items",
        n_family=3,
        items=items,
        pairs=(
            pair("a", "b", excess("case_total", -3.0)),
            pair("a", "c", excess("case_total", 4.56), marked=True, upper=None),
            pair("b", "c", gone),
        ),
        untested=(),
        upper=None,
        n_records=12_345,
        n_cases=678,
        conf_level=0.95,
        notes=(Note("registry_family", "The family."),),
        provenance=SOURCE,
    )


def test_largest_excess_first_with_all_that_a_reader_must_know(result):
    found = tabulate_registry_pairs(release(result))
    # Without a z at an equal number the one within cases ranks a pair.
    assert [row.cells[0] for row in found.rows] == ["b + c", "a + c*", "a + b"]
    assert found.rows[1].cells[1:] == (
        "1,100 of 12,345",
        "0.12",
        "+12.3",
        "+4.6",
        "+5.0",
        "1.2 (1.1 to 1.4)",
        "1.2 (1.1 to 1.4)",
        "+4.6",
    )
    assert found.rows[0].cells[4] == "–"
    assert found.footnotes[:2] == ("Simulated data: these numbers are no findings.", "The family.")
    text = " ".join(found.footnotes)
    assert "3 of 3 testable pairs printed" in text
    assert "12,345 records in 678 cases" in text
    assert "–: no records that are alike differ in both." in text


def test_why_silence_is_not_read_as_presence_is_said_once(result):
    held = replace(result, upper=NO_UPPER)
    text = tabulate_registry_pairs(release(held)).text()
    assert text.count("every item is the same everywhere") == 1


def test_most_rows(result):
    assert len(tabulate_registry_pairs(release(result), most=1).rows) == 1
    with pytest.raises(UsageError, match="at least 1 row"):
        tabulate_registry_pairs(release(result), most=0)


def test_only_a_released_registry_is_tabulated(result):
    with pytest.raises(UsageError, match="Only released results"):
        tabulate_registry_pairs(result)
    with pytest.raises(EstimationError, match="no record"):
        tabulate_registry_pairs(release(Unavailable(what="pairs", why="no record")))


def test_nothing_is_said_to_cause_or_to_avoid(result):
    text = tabulate_registry_pairs(release(result)).text()
    assert not [word for word in ("cause", "avoid", "leads to") if word in text]
