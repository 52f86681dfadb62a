"""The tables of the report on data quality: counts add up, no percentage stands alone."""

import pandas as pd
import pytest

from relatum.errors import UsageError
from relatum.models.agreement import fit_agreement
from relatum.release import release
from relatum.samples import example_sample
from relatum.tables import tabulate_coders, tabulate_documented, tabulate_usable


def parts(cell):
    """Numerator and denominator of '3 of 9 (33%)'."""
    first, _, rest = cell.partition(" of ")
    return int(first), int(rest.split(" ")[0])


def test_documentation_by_stratum_adds_up(results):
    rows = [row.cells for row in tabulate_documented(results["documentation"]).rows]
    everyone = rows[0]
    assert everyone[:2] == ("All", "73")
    sizes = [row for row in rows if row[0].startswith("Relationships in the case: ")]
    assert [row[0].split(": ")[1] for row in sizes] == ["1 to 2", "3 to 5", "21 or more"]
    assert sum(int(row[1]) for row in sizes) == 73
    for at in (0, 1):
        assert sum(parts(row[2])[at] for row in sizes) == parts(everyone[2])[at]
    for row in rows:
        documented, items = parts(row[2])
        assert int(row[3].replace(",", "")) == items - documented


def test_documentation_by_family_adds_up_to_all_codes(results):
    families = tabulate_documented(results["documentation"], by="family").rows
    everyone = tabulate_documented(results["documentation"]).rows[0].cells
    assert sum(parts(row.cells[2])[0] for row in families) == parts(everyone[2])[0]
    assert {row.cells[1] for row in families} == {"73"}


def test_another_way_to_tabulate_is_refused(results):
    with pytest.raises(UsageError, match="'code' is no way to tabulate"):
        tabulate_documented(results["documentation"], by="code")


def test_every_code_stands_in_one_column(results):
    for row in tabulate_usable(results["prevalence"]).rows:
        counts = [parts(cell) for cell in row.cells[1:]]
        assert len({total for _, total in counts}) == 1
        assert sum(n for n, _ in counts) == counts[0][1]


def test_codings_of_domains_are_counted_apart(results):
    first = tabulate_usable(results["prevalence"]).rows[0].cells
    assert (first[0], first[1]) == ("Domains, coded directly", "7 of 7")


def test_two_coders_in_short():
    sample = example_sample("simulated")
    one = sample.table("codings")
    one = one.loc[one["code"].isin(["vio_physical", "ctl_escort_to_work"])]
    two = one.iloc[::2].copy()
    two["coder_id"] = "second"
    two["coding_id"] = "second_" + two["coding_id"].astype("string")
    both = sample.replace_tables({"codings": pd.concat([one, two], ignore_index=True)})
    found = fit_agreement(both, draws=20)
    table = tabulate_coders(release(found, sample=both, profile="none"))
    assert table.groups == ("All codes together", "Codes")
    stage = found.overall.documented
    assert parts(table.rows[0].cells[1]) == (stage.n_agreed, stage.n_pairs)
    verdicts = [parts(row.cells[1]) for row in table.only("Codes").rows]
    assert sum(n for n, _ in verdicts) == len(found.rows)
    assert not any(unit in table.text() for unit in sample.unit_ids("relationship"))
