"""Tables for publication: LaTeX, pages, footnotes in every form, the first table, regressions."""

import csv
import io
import math
import re
from dataclasses import replace

import pandas as pd
import pypandoc
import pytest

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.comparison import ComparedSample, Comparison
from relatum.results.comparison_profile import BalanceRow, ComparisonProfile
from relatum.results.familiar_times import FamiliarTimes, ModelTerm, TimeModel
from relatum.tables import Column, Row, Table, tabulate
from relatum.tables.files import study_tables
from relatum.tables.latex import latex_table, latex_text
from relatum.tables.maketables import regression_tables
from relatum.tables.printed import abbreviation_note, print_table
from relatum.tables.table_one import tabulate_table_one

HARD = r"100% of R&D_x #1 $5 {a} ~b ^c \d <e> |f| [g] *h* --i – − ± † “j” 'k' \"l\""
TABLE = Table(
    title="Sizes & shares",
    columns=(Column(label="Case_1", width=2), Column(label="n %", align="right")),
    rows=(
        Row(group="Large {L}", cells=("[first] row", "26")),
        Row(group="Large {L}", cells=("*second*", "22 of 73 (30%)")),
        Row(group="Small", cells=(HARD, "1")),
    ),
    footnotes=("n: relationships; 100% = 73.", "Simulated data: these numbers are no findings."),
)


def plain(latex):
    """Read LaTeX as pandoc does, as words."""
    # pandoc takes the alignment of a column for the beginning of each of its cells, and heads and
    # feet of later pages for rows.
    latex = re.sub(r">\{[^}]*\}", "", latex)
    latex = re.sub(r"\\endfirsthead.*\\endlastfoot", r"\\endfirsthead", latex, flags=re.DOTALL)
    text = pypandoc.convert_text(latex, "plain", format="latex", extra_args=["--wrap=none"])
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def read_back():
    return plain(TABLE.latex(label="tab:sizes") + "\n\nHere: " + latex_text(HARD))


def test_latex_keeps_every_word(read_back):
    for words in ("Sizes & shares", "Case_1", "n %", "[first] row", "*second*", "Large {L}"):
        assert words in read_back, words
    assert "22 of 73 (30%)" in read_back
    assert "n: relationships; 100% = 73." in read_back
    assert "Simulated data: these numbers are no findings." in read_back


def test_what_latex_reads_as_commands_comes_back_as_it_was(read_back):
    back = read_back.split("Here: ")[1]
    for words in ("100% of R&D_x #1 $5 {a} ~b ^c \\d <e> |f| [g] *h* --i", "±", "†", "k"):
        assert words in back, words


def test_latex_has_the_rules_of_booktabs_and_fits_the_width_of_the_text():
    text = latex_table(TABLE)
    assert text.splitlines()[0].startswith("% Needs: \\usepackage{array}")
    for rule in ("\\toprule", "\\midrule", "\\bottomrule", "\\endhead", "\\endlastfoot"):
        assert rule in text
    shares = [float(share) for share in re.findall(r"dimexpr ([\d.]+)\\linewidth", text)]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert shares[0] == pytest.approx(2 / 3, abs=1e-4)
    assert text.count("\\raggedleft") == 1
    assert "\\label" not in text
    assert "\\label{tab:a}" in latex_table(TABLE, label="tab:a")
    assert text.count("{") == text.count("}")


def test_no_row_of_latex_begins_with_what_ends_a_row_before_it():
    body = latex_table(TABLE).split("\\endlastfoot\n")[1]
    assert not any(line.startswith(("[", "*")) for line in body.splitlines())


def test_footnotes_stand_in_every_form():
    rows = list(csv.reader(io.StringIO(TABLE.csv(notes=True))))
    assert {len(row) for row in rows} == {3}
    assert [row[0] for row in rows[-2:]] == [f"Note: {text}" for text in TABLE.footnotes]
    for form in (TABLE.html(), TABLE.page(), TABLE.text(), TABLE.markdown(), TABLE.latex()):
        assert "these numbers are no findings" in form
    assert "Note:" not in TABLE.csv()


def test_a_page_stands_alone():
    page = TABLE.page()
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>Sizes &amp; shares</title>" in page
    assert 'lang="en-GB"' in page
    assert not re.search(r"https?:|<script|src=", page)


def test_abbreviations_are_explained_once():
    table = replace(TABLE, columns=(Column(label="OR (95% CI)"), Column(label="ICC")), rows=())
    assert abbreviation_note(table) == (
        "CI: confidence interval; ICC: intra-case correlation; OR: odds ratio."
    )
    said = replace(table, footnotes=("OR: odds ratio, penalised.", "Confidence interval by case."))
    assert abbreviation_note(said) == "ICC: intra-case correlation."
    assert abbreviation_note(TABLE) == ""


def test_a_table_alone_says_that_data_are_simulated_and_what_was_withheld(results):
    flow = results["flow"]
    assert print_table(flow).footnotes[0] == "Simulated data: these numbers are no findings."
    assert print_table(flow) == print_table(flow, print_table(flow))
    withheld = Note("withheld", "3 rows withheld: fewer than 5.")
    strict = replace(flow, profile="chapter5", result=replace(flow.result, notes=(withheld,)))
    assert print_table(strict).footnotes[-1] == "Disclosure control: profile 'chapter5'."
    assert withheld.text in print_table(strict).footnotes
    bare = Table(title="T", columns=(Column(label="a"),), rows=())
    assert print_table(strict, bare).footnotes == (
        "Simulated data: these numbers are no findings.",
        withheld.text,
        "Disclosure control: profile 'chapter5'.",
    )


def test_every_table_of_a_study_has_five_files(results):
    files = study_tables(results)
    stems = {name.rsplit(".", 1)[0] for name in files}
    assert {"flow", "prevalence", "table_one"} <= stems
    assert "documentation_matrix" not in stems
    assert len(files) == 5 * len(stems)
    for stem in stems:
        label = stem.replace("_", "-")
        assert f"\\label{{tab:{label}}}".encode() in files[f"{stem}.tex"]
        assert f"<tab-{label}>".encode() in files[f"{stem}.typ"]
    assert tabulate(results["flow"]).rows[0].cells[0].encode() in files["flow.csv"]
    only = study_tables({"flow": results["flow"]}, forms=("typ",))
    assert set(only) >= {"flow.csv", "flow.typ"}
    assert not [name for name in only if not name.endswith((".csv", ".typ"))]


def test_a_plan_that_describes_no_sample_has_no_first_table(results):
    assert [n for n in study_tables({"timeline": results["timeline"]}) if "one" in n] == []
    with pytest.raises(EstimationError, match="Add 'descriptive' to the models"):
        tabulate_table_one({"gone": results["gone"]})


def test_a_report_says_why_it_has_no_first_table():
    """Of a plan without that analysis, or where all of it is withheld."""
    for why in ("the plan names no analysis that gives it", "withheld by profile chapter5"):
        gone = Released(
            result=Unavailable(what="flow", why=why), profile="none", evidence=(), in_report=True
        )
        table = tabulate_table_one({"flow": gone, "numbers": gone})
        assert [row.cells for row in table.rows] == [(f"{why[0].upper()}{why[1:]}.",)]


def test_one_sample_is_described_with_what_is_not_documented(results):
    table = tabulate_table_one(results)
    assert len(table.columns) == 3
    cells = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert cells["Age of victims, mean (years)"] == ("23.2", "0")
    assert cells["Relationships in the sample"] == ("73", "–")
    assert cells["Married"][0].endswith(")")
    assert "Country of birth of victims" in table.groups
    known, silent = cells["Has children"]
    assert int(known.split(" of ")[1].split(" ")[0]) + int(silent) == 76
    headings = [row.group for row in table.rows]
    assert len(dict.fromkeys(headings)) == sum(
        one != other for one, other in zip(headings, [None, *headings], strict=False)
    )


PROVENANCE = Provenance(
    relatum_version="0", schema_version="0", sample_name="s", sample_fingerprint="f",
    sample_origin="collected",
)  # fmt: skip


def compared(side, **changes):
    held = ComparedSample(
        side=side, name=side, title=side, origin="collected", fingerprint="f", n_cases=12,
        n_relationships=73, n_victims=70, largest_case=26, median_depth=7.5,
    )  # fmt: skip
    return replace(held, **changes)


def balance(term, level="", **changes):
    held = BalanceRow(
        term=term, label=term, level=level, trafficking=0.5, domestic_violence=0.25,
        undocumented_trafficking=53, undocumented_domestic_violence=7, smd=-0.456,
        smd_weighted=None,
    )  # fmt: skip
    return replace(held, **changes)


@pytest.fixture
def two(released):
    matrix = Comparison(
        title="t", samples=(compared("trafficking"), compared("domestic_violence", n_cases=9,
        n_relationships=27, median_depth=None)), rows=(), assay="absent",
        global_verdict="not_shown", global_p=None, global_why="", n_primary=0, n_equivalent=0,
        n_different=0, n_not_shown=0, n_unavailable=0, level=0.05, iccs=(), depth_strata=3,
        depth_cuts=(), margins_hash="", unavailable=(), notes=(), provenance=PROVENANCE,
    )  # fmt: skip
    profile = ComparisonProfile(
        title="p", points=(), distances=(), quantities=(), curves=(),
        balance=(
            balance("victim_age", trafficking=23.16, domestic_violence=None, smd=None),
            balance("rel_exit_cause", "victim_ended"),
            balance("rel_exit_cause", "death", trafficking=0.1),
            balance("rel_married", "present", undocumented_trafficking=58),
        ),
        standardised=(), covariates=(), unavailable=(), notes=(), provenance=PROVENANCE,
    )  # fmt: skip
    return {"comparison": released(matrix), "comparison_profile": released(profile)}


@pytest.fixture
def released():
    return lambda result: Released(result=result, profile="none", evidence=())


def test_two_samples_stand_side_by_side(two):
    table = tabulate_table_one(two)
    cells = {row.cells[0]: row.cells[1:] for row in table.rows}
    assert cells["Investigations"] == ("12", "–", "9", "–", "–")
    assert cells["Documents per relationship, median"][2] == "–"
    assert cells["Victim_age, mean"] == ("23.2", "53", "–", "7", "–")
    # 20 of 73 are documented in one sample, 20 of 27 in the other.
    assert cells["Victim ended"] == ("10 of 20 (50%)", "53", "5 of 20 (25%)", "7", "0.46")
    assert cells["Death"] == ("2 of 20 (10%)", "", "5 of 20 (25%)", "", "")
    # Fewer than 20 documented: no percentage.
    assert cells["Rel_married"] == ("8 of 15", "58", "5 of 20 (25%)", "7", "−0.46")
    assert any("no test" in text for text in table.footnotes)


def test_the_first_table_does_without_the_profile(two):
    two["comparison_profile"] = replace(
        two["comparison_profile"], result=Unavailable(what="profile", why="withheld")
    )
    assert tabulate_table_one(two).groups == ("Units",)


class Etable:
    """What a program that lays out models asks of them, as maketables documents it."""

    def __init__(self, models):
        self.tables = [model.__maketables_coef_table__ for model in models]
        self.outcomes = [model.__maketables_depvar__ for model in models]
        self.stats = [
            {key: model.__maketables_stat__(key) for key in model.__maketables_default_stat_keys__}
            for model in models
        ]
        self.errors = [dict(model.__maketables_vcov_info__) for model in models]
        self.labels = [dict(model.__maketables_stat_labels__) for model in models]


@pytest.fixture
def times(released):
    terms = (
        ModelTerm(term="aid", label="aid", ratio=0.69, conf_low=0.48, conf_high=None,
                  std_error=0.19, p_value=0.056),
    )  # fmt: skip
    models = (
        TimeModel(model="cox_clustered", label="Cox", scale="hazard_ratio", terms=terms,
                  n_records=73, n_events=20, n_clusters=12, concordance=0.6),
        TimeModel(model="weibull", label="Weibull", scale="time_ratio", terms=terms, n_records=73,
                  n_events=20, loglik=-5.0, aic=14.0),
    )  # fmt: skip
    found = FamiliarTimes(
        title="t", event="first attempt", time_unit="months", record="relationships", origin="o",
        delayed_entry=False, n_records=73, n_events=20, n_clusters=12, n_dropped=0, dropped=(),
        horizon=6.0, groups=(), tests=(), contrasts=(), models=models, causes=(), refused=(),
        min_at_risk=5, conf_level=0.95, provenance=PROVENANCE,
    )  # fmt: skip
    return released(found)


def test_models_speak_the_protocol_of_maketables(times):
    read = Etable(regression_tables(times))
    table = read.tables[0]
    assert list(table.columns) == ["b", "se", "t", "p", "ci95l", "ci95u"]
    assert table.index.name == "Coefficient"
    row = table.loc["Aid"]
    assert row["b"] == pytest.approx(math.log(0.69))
    assert row["t"] == pytest.approx(math.log(0.69) / 0.19)
    assert row["ci95l"] == pytest.approx(math.log(0.48))
    assert pd.isna(row["ci95u"])
    assert read.outcomes == ["first attempt"] * 2
    assert read.stats == [
        {"N": 73, "events": 20, "clusters": 12, "c": 0.6},
        {"N": 73, "events": 20, "ll": -5.0, "aic": 14.0},
    ]
    assert read.errors[0] == {"vcov_type": "cluster-robust", "clustervar": "investigation"}
    assert read.errors[1] == {"vcov_type": "model", "clustervar": None}
    assert read.labels[1] == {"events": "Events"}
    assert regression_tables(times)[1].__maketables_stat__("r2") is None


def test_results_without_a_regression_are_refused(times, results):
    with pytest.raises(UsageError, match="'flow' holds no regression"):
        regression_tables(results["flow"])
    other = replace(times, result=replace(times.result, conf_level=0.9))
    with pytest.raises(UsageError, match="limits are of 90%"):
        regression_tables(other)
