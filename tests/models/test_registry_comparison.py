"""Open registries: three readings of a blank by hand, disclosure, and the counts of real files."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from relatum.errors import ReleaseError, UsageError
from relatum.inference.clustered_difference import clustered_difference
from relatum.inference.differences import difference_interval
from relatum.models.registry_comparison import compare_ctdc_dhs, compare_linea137
from relatum.models.registry_groups import linea137_groups
from relatum.release.registry import release_registry
from relatum.results.base import Unavailable
from relatum.results.codec import decode, encode
from relatum.results.registry_comparison import RegistryComparison, RegistryOdds, is_small
from relatum.samples.importers.registries import import_registry
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

SPEC = importlib.util.spec_from_file_location(
    "registry_files", Path(__file__).parent / "registry_files.py"
)
files = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(files)

REAL = Path(__file__).parents[3] / "shared" / "data" / "linea137"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="The files of Línea 137 are not here.")


def imported(path, rows, **options):
    return import_registry("linea137", [files.linea137(path, rows, **options)])


def row_of(found, term):
    return next(row for row in found.rows if row.term == term)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    return imported(tmp_path_factory.mktemp("calls") / "a.csv", files.uneven())


@pytest.fixture(scope="module")
def found(uneven):
    return compare_linea137(uneven)


# --- by hand -------------------------------------------------------------------------------------


def test_a_gender_that_is_not_documented_is_no_absence(tmp_path):
    whole = imported(tmp_path / "a.csv", [files.EXPLOITED] * 4)
    victims = whole.sample.table("victims")
    victims["victim_gender"] = ["woman", "man", "not_documented", None]
    group, _ = linea137_groups(
        replace(whole, sample=whole.sample.replace_tables({"victims": victims}))
    )
    expected = [PRESENT, ABSENT, UNDOCUMENTED, UNDOCUMENTED]
    assert group.statuses("victim_woman").tolist() == expected


def test_counts_and_shares_by_hand(found):
    row = row_of(found, "vio_physical")
    first, second = row.trafficking, row.domestic_violence
    assert (first.n_present, first.n_absent, first.n_silent) == (10, 10, 40)
    assert (second.n_present, second.n_absent, second.n_silent) == (20, 40, 0)
    assert (first.low, first.high, first.answered) == pytest.approx((1 / 6, 5 / 6, 1 / 2))
    assert (second.low, second.high, second.answered) == pytest.approx((1 / 3, 1 / 3, 1 / 3))


def test_each_reading_has_its_own_difference_and_limits(found):
    row = row_of(found, "vio_physical")
    assert (row.naive.low, row.naive.high) == pytest.approx((-1 / 6, -1 / 6))
    assert (row.bounds.low, row.bounds.high) == pytest.approx((-1 / 6, 1 / 2))
    assert (row.answered.low, row.answered.high) == pytest.approx((1 / 6, 1 / 6))
    # Every record is a case of its own: the limits are those of independent rows.
    naive, reverse = difference_interval(10, 60, 20, 60), difference_interval(50, 60, 20, 60)
    assert (row.naive.conf_low_95, row.naive.conf_high_95) == (naive.conf_low, naive.conf_high)
    assert (row.bounds.conf_low_95, row.bounds.conf_high_95) == (naive.conf_low, reverse.conf_high)
    inner = difference_interval(10, 20, 20, 60, conf_level=0.9)
    assert (row.answered.conf_low_90, row.answered.conf_high_90) == (
        inner.conf_low,
        inner.conf_high,
    )


def test_reading_blanks_as_no_hides_a_difference(tmp_path):
    rows = [files.EXPLOITED | files.UNKNOWN] * 150
    rows += [files.EXPLOITED | files.PHYSICAL] * 45 + [files.EXPLOITED] * 10
    rows += [files.PARTNER | files.PHYSICAL] * 40 + [files.PARTNER] * 160
    row = row_of(compare_linea137(imported(tmp_path / "a.csv", rows)), "vio_physical")
    assert row.naive.verdict == "inside_margin"
    assert row.bounds.verdict == "not_shown"
    assert row.answered.verdict == "different"
    assert row.changed
    assert "blank in 150 of 205 of the trafficking records and 0 of 200" in row.why


def test_a_difference_that_no_blank_can_undo_stays(tmp_path):
    young, old = {"victima_edad": "15"}, {"victima_edad": "40"}
    rows = [files.EXPLOITED | young] * 60 + [files.PARTNER | old] * 50
    rows += [files.PARTNER | {"victima_edad": "NS/NC"}] * 10
    row = row_of(compare_linea137(imported(tmp_path / "a.csv", rows)), "victim_minor")
    assert [held.verdict for held in row.readings] == ["different"] * 3
    assert not row.changed


def test_a_domain_that_nothing_rules_out_has_no_answers(tmp_path):
    threat = {"ofv_sentimiento_amenaza": "SI"}
    rows = [files.EXPLOITED | threat] * 20 + [files.EXPLOITED] * 20
    rows += [files.PARTNER | threat] * 20 + [files.PARTNER] * 20
    row = row_of(compare_linea137(imported(tmp_path / "a.csv", rows)), "dom_intimidation")
    assert (row.trafficking.n_absent, row.trafficking.high) == (0, 1.0)
    assert row.trafficking.answered is None
    assert row.answered.verdict == "unavailable"
    assert "never rule it out" in row.answered.why


def test_records_of_a_case_are_clustered(tmp_path):
    rows = [row | {"caso_id": str(at // 2)} for at, row in enumerate(files.uneven(0))]
    found = compare_linea137(imported(tmp_path / "a.csv", rows))
    values = [np.repeat([1.0, 0.0], n) for n in ((10, 50), (20, 40))]
    case = np.repeat(np.arange(30), 2)
    own = clustered_difference(values[0], case, values[1], case, n_draws=1_999, seed=1)
    row = row_of(found, "vio_physical")
    assert row.naive.conf_low_95 == pytest.approx(own.conf95.conf_low)
    assert [group.n_cases for group in found.groups] == [30, 30]


def test_many_cases_take_the_quick_limits(found, uneven, monkeypatch):
    from relatum.models import registry_comparison

    monkeypatch.setattr(registry_comparison, "_is_plain", lambda reading: False)
    monkeypatch.setattr(registry_comparison, "_MOST_CASES", 10)
    quick = row_of(compare_linea137(uneven), "vio_physical")
    exact = row_of(found, "vio_physical")
    for own, other in zip(quick.readings, exact.readings, strict=True):
        assert (own.low, own.high) == pytest.approx((other.low, other.high))
        assert own.conf_low_95 == pytest.approx(other.conf_low_95, abs=0.03)
        assert own.conf_high_95 == pytest.approx(other.conf_high_95, abs=0.03)


def test_a_blank_block_makes_its_items_go_together(tmp_path):
    """Independent where answered: 2 x 2 tables of 20; blank in both blocks in 80 records."""
    sexual, blank = {"vs_violacion_via_oral": "SI"}, {"vs_no_sabe_no_contesta": "SI"}
    kinds = [files.PHYSICAL | sexual, files.PHYSICAL, sexual, {}]
    rows = [files.PARTNER | kind for kind in kinds for _ in range(20)]
    rows += [files.PARTNER | files.UNKNOWN | blank] * 80 + [files.EXPLOITED] * 12
    found = compare_linea137(imported(tmp_path / "a.csv", rows))
    pair = next(
        held
        for held in found.associations
        if (held.side, held.first) == ("domestic_violence", "vio_physical")
    )
    assert isinstance(pair.naive, RegistryOdds)
    assert isinstance(pair.answered, RegistryOdds)
    assert pair.naive.odds_ratio == pytest.approx(20 * 100 / (20 * 20))
    assert (pair.answered.odds_ratio, pair.answered.n_records) == (pytest.approx(1.0), 80)
    assert pair.phi_low < 0 < pair.phi_high


# --- the CTDC beside the DHS ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    place = tmp_path_factory.mktemp("sources")
    control = {"meansOfControlPhysicalAbuse": "1"}
    women = [control] * 12 + [{}] * 18
    others = [{"gender": "Male"} | control] * 5 + [{"isSexualExploit": "0"} | control] * 5
    told = [{"d105a": "1", "v021": str(at % 6), "v001": str(at % 6)} for at in range(24)]
    told += [{"d105h": "1", "v021": "9", "v001": "9", "d005": "2000000"} for _ in range(12)]
    return (
        import_registry("ctdc", [files.ctdc(place / "ctdc.csv", [*women, *others])]),
        import_registry("dhs", [files.dhs(place / "dhs.csv", [*told, *[{}] * 30])]),
    )


def test_women_only_and_weights_of_the_survey(sources):
    found = compare_ctdc_dhs(*sources)
    assert [group.n_records for group in found.groups] == [30, 36]
    assert [group.weighted for group in found.groups] == [False, True]
    row = row_of(found, "vio_physical")
    assert (row.trafficking.n_present, row.trafficking.n_silent) == (12, 18)
    assert (row.domestic_violence.n_present, row.domestic_violence.n_absent) == (24, 12)
    assert row.domestic_violence.low == pytest.approx(24 / (24 + 2 * 12))
    assert row.bounds.high == pytest.approx(1 - 0.5)
    assert row.answered.verdict == "unavailable"


def test_two_sources_are_named_in_provenance_and_terms(sources):
    found = compare_ctdc_dhs(*sources)
    assert found.provenance.other_fingerprint == sources[1].sample.fingerprint
    assert [text.split()[1] for text in found.attributions] == [
        "Counter-Trafficking",
        "Demographic",
    ]
    assert len(found.terms) == 2


# --- properties and refusals ---------------------------------------------------------------------


def test_the_order_of_records_changes_nothing(found, tmp_path):
    other = compare_linea137(imported(tmp_path / "a.csv", files.uneven()[::-1]))
    assert other.rows == found.rows
    assert other.associations == found.associations


def test_the_span_of_open_blanks_holds_the_other_readings(found):
    for row in found.rows:
        if row.withheld:
            continue
        assert row.bounds.low <= row.naive.low <= row.bounds.high
        if row.answered.low is not None:
            assert row.bounds.low <= row.answered.low <= row.bounds.high


def test_no_small_count_is_held(tmp_path):
    rows = files.uneven() + [files.EXPLOITED | {"ofv_intento_ahorcar": "SI"}] * 3
    found = compare_linea137(imported(tmp_path / "a.csv", rows))
    row = row_of(found, "vio_strangulation")
    assert row.trafficking.withheld
    assert row.naive.low is row.bounds.conf_high_95 is None
    assert row.naive.verdict in ("inside_margin", "not_shown")
    assert not any(is_small(n) for n in found.counts())
    released = release_registry(found)
    assert [held.rule for held in released.evidence] == ["open_registry", "smallest_count"]


def test_a_small_count_is_not_released(found):
    row = row_of(found, "vio_physical")
    small = replace(row, trafficking=replace(row.trafficking, n_present=9))
    with pytest.raises(ReleaseError, match="1 counts lie between 1 and 9"):
        release_registry(replace(found, rows=(small,)))
    with pytest.raises(ReleaseError, match="are public registries"):
        release_registry(replace(found, registries=("own_files",)))


def test_it_survives_the_store(found):
    assert decode(RegistryComparison, encode(found)) == found
    assert len(found.tidy()) == 3 * len(found.rows)


def test_too_few_records_are_not_compared(tmp_path):
    rows = [files.EXPLOITED] * 9 + [files.PARTNER] * 20
    found = compare_linea137(imported(tmp_path / "a.csv", rows))
    assert isinstance(found, Unavailable)
    assert "fewer than 10 records" in found.why
    assert release_registry(found).result is found


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1])
def test_a_margin_off_the_scale(uneven, margin):
    with pytest.raises(UsageError, match="between 0 and 1"):
        compare_linea137(uneven, margin=margin)


def test_another_source_is_refused(uneven, sources):
    with pytest.raises(UsageError, match="'linea137'"):
        compare_linea137(sources[0])
    with pytest.raises(UsageError, match="'dhs'"):
        compare_ctdc_dhs(sources[0], uneven)


# --- the real files, read in place ---------------------------------------------------------------


@needs_real
def test_counts_of_the_real_calls():
    paths = sorted((REAL / "llamados_2017_2021").glob("*.csv"))
    exploited, partners = linea137_groups(import_registry("linea137", paths))
    # 767 with an item of exploitation; 543 against partners, 7 of them with such an item.
    assert (exploited.n, partners.n) == (767, 543 - 7)
    open_cases = exploited.statuses("proceedings")
    assert ((open_cases == PRESENT).sum(), (open_cases == ABSENT).sum()) == (444, 76)


@needs_real
def test_the_real_interventions():
    paths = sorted((REAL / "intervenciones_2018_2024").glob("*.csv"))
    found = compare_linea137(import_registry("linea137", paths))
    assert [group.n_records for group in found.groups] == [35, 475 - 2]
    assert not any(is_small(n) for n in found.counts())
    pair = next(
        held
        for held in found.associations
        if (held.side, held.first, held.second)
        == ("domestic_violence", "vio_physical", "vio_sexual")
    )
    # Blank blocks alone make the two go together.
    assert pair.naive.conf_low > 1 > pair.answered.conf_low
    assert pair.answered.odds_ratio < 1
