"""The arithmetic of the published figures: ages, durations and countries."""

from __future__ import annotations

from fractions import Fraction

from relatum.inference.common import Refusal
from relatum.inference.feasible import Band, IntegerRange, band_mean_range, sum_range
from relatum.inference.rounded import check_grid, rounded_totals
from relatum.models.audit_figures import Figures, compact, number_range, verdict_of
from relatum.results.audit import ArithmeticCheck
from relatum.schema.facts import Fact

__all__ = ["check_ages", "check_countries", "check_durations"]

_BANDS = ("F050", "F049", "F051")


# --- ages ---------------------------------------------------------------------------------------


def check_ages(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    """Check ages: bands, range, rounded means, and what they force."""
    figures.used.clear()
    return (
        _age_bands(figures),
        _victim_mean(figures),
        _twenties(figures),
        *_about_a_third(figures),
        _suspect_mean(figures),
        _grid(figures, "victim_mean_grid", mean="F048", n="F044", who="victims"),
        _grid(figures, "suspect_mean_grid", mean="F029", n="F025", who="suspects"),
    )


def _age_bands(figures: Figures) -> ArithmeticCheck:
    counts, n = [figures.count(fact) for fact in _BANDS], figures.count("F044")
    added = " + ".join(map(str, counts))
    return figures.check(
        "age_bands",
        f"Bands of {added} victims, {n} in all.",
        f"{added} = {sum(counts)}.",
        verdict_of(sum(counts) == n),
    )


def _ages(figures: Figures) -> tuple[list[Band], tuple[int, int]]:
    """Return the bands cut at the published range, and the range."""
    youngest, oldest = figures.count("F046"), figures.count("F047")
    return [figures.band(fact, top=oldest) for fact in _BANDS], (youngest, oldest)


def _mean_totals(figures: Figures, mean: str, n: int) -> IntegerRange:
    """Return the totals that print as a mean, rounded half up."""
    printed = Fraction(figures.fact(mean).value)
    return rounded_totals(printed, n=n, decimals=figures.decimals(mean))


def _victim_mean(figures: Figures) -> ArithmeticCheck:
    n, (bands, ends) = figures.count("F044"), _ages(figures)
    totals = _mean_totals(figures, "F048", n)
    statement = f"Mean age {figures.fact('F048').value}, from {ends[0]} to {ends[1]}, in bands."
    return _mean_check(figures, "victim_mean_age", statement, bands, ends, totals, n)


def _suspect_mean(figures: Figures) -> ArithmeticCheck:
    n = figures.count("F025")
    ends = (figures.count("F027"), figures.count("F028"))
    totals = _mean_totals(figures, "F029", n)
    statement = f"Mean age {figures.fact('F029').value}, from {ends[0]} to {ends[1]}."
    bands = [Band(ends[0], ends[1], n)]
    return _mean_check(figures, "suspect_mean_age", statement, bands, ends, totals, n)


def _mean_check(
    figures: Figures,
    name: str,
    statement: str,
    bands: list[Band],
    ends: tuple[int, int],
    totals: IntegerRange,
    n: int,
) -> ArithmeticCheck:
    reach = sum_range(bands, attained=ends)
    if isinstance(reach, Refusal) or reach.high is None or totals.high is None:
        why = reach.why if isinstance(reach, Refusal) else "there is no upper limit"
        return figures.check(name, statement, f"{why}.", "inconsistent")
    return figures.check(
        name,
        statement,
        f"Range and bands allow sums of {reach.low} to {reach.high} (means of "
        f"{reach.low / n:.1f} to {reach.high / n:.1f}); the printed mean needs a sum of "
        f"{totals.low} to {totals.high}.",
        verdict_of(not reach.meet(totals).empty),
        detail="Both ends of the range occur at least once; the mean was rounded half up.",
        limits=(reach.low, reach.high),
    )


def _twenties(figures: Figures) -> ArithmeticCheck:
    n, (bands, ends) = figures.count("F044"), _ages(figures)
    totals = _mean_totals(figures, "F048", n)
    found = band_mean_range(bands, totals, band=1, attained=ends)
    count = bands[1].count
    statement = f"{count} women in their twenties, mean age of all {figures.fact('F048').value}."
    if isinstance(found, Refusal):
        return figures.check("age_twenties", statement, f"{found.why}.", "inconsistent")
    even = sum((band.low + (band.high or band.low)) / 2 * band.count for band in bands) / n
    return figures.check(
        "age_twenties",
        statement,
        f"The women in their twenties average {found[0]:.1f} to {found[1]:.1f}.",
        "consistent",
        detail=f"Ages spread evenly over each band would average {even:.2f} over all.",
        limits=found,
    )


def _about_a_third(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    n, (bands, ends) = figures.count("F044"), _ages(figures)
    totals = _mean_totals(figures, "F048", n)
    soft, (_, top) = figures.bounds("F052", soft=True), figures.limits("F052")
    if top is None or bands[1].high is None:
        return ()
    fits: list[int] = []
    means: list[float] = []
    for number in range(round(soft[0]) - bands[0].count, round(soft[1]) - bands[0].count + 1):
        if not 0 <= number <= bands[1].count:
            continue
        split = [
            bands[0],
            Band(bands[1].low, top, number),
            Band(top + 1, bands[1].high, bands[1].count - number),
            bands[2],
        ]
        found = band_mean_range(split, totals, band=2, attained=ends)
        if not isinstance(found, Refusal):
            fits.append(number)
            means.extend(found)
    statement = f"About a third of {n} women were {top} or younger."
    if not fits:
        finding = "No split of the twenties fits the bands and the mean."
        return (figures.check("age_third", statement, finding, "inconsistent"),)
    check = figures.check(
        "age_third",
        statement,
        f"{number_range(*soft)} women, so {number_range(fits[0], fits[-1])} of {bands[1].low} to "
        f"{top}; those of {top + 1} to {bands[1].high} then average {min(means):.1f} to "
        f"{max(means):.1f}.",
        "consistent",
        detail="Each whole number was tested with the bands, the range and the mean together.",
        limits=(fits[0], fits[-1]),
    )
    return (check,)


def _grid(figures: Figures, name: str, *, mean: str, n: str, who: str) -> ArithmeticCheck:
    printed, units = figures.fact(mean).value, figures.count(n)
    decimals = figures.decimals(mean)
    found = check_grid(Fraction(printed), n=units, decimals=decimals)
    statement = f"The mean age {printed} can come from {units} whole numbers (GRIM)."
    if not found.has_power:
        finding = f"Every mean with {decimals} decimals can; a pass says nothing."
    elif found.possible:
        finding = "It can."
    else:
        finding = f"It cannot; the nearest possible mean is {compact(found.nearest, 4)}."
    verdict = verdict_of(found.possible) if found.has_power else "no_power"
    detail = (
        f"With {decimals} decimals the test has power below n = {10**decimals}; there are {units} "
        f"{who} (doi:10.1177/1948550616673876)."
    )
    return figures.check(name, statement, finding, verdict, detail=detail)


# --- durations ----------------------------------------------------------------------------------


def check_durations(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    """Check the durations: shortest, longest, most cases in the middle, months in all."""
    figures.used.clear()
    cases, shortest, longest = (figures.count(fact) for fact in ("F001", "F018", "F019"))
    middle, (low, high) = figures.bounds("F020"), figures.limits("F020")
    sums = []
    for number in range(round(middle[0]), round(middle[1]) + 1):
        bands = [Band(shortest, longest, cases - number), Band(low, high, number)]
        found = sum_range(bands, attained=(shortest, longest))
        if not isinstance(found, Refusal) and found.high is not None:
            sums.append((found.low, found.high))
    statement = (
        f"{cases} investigations of {shortest} to {longest} months, most of {low} to {high}."
    )
    if not sums:
        finding = "No number of cases in the middle leaves room for both ends."
        return (figures.check("durations", statement, finding, "inconsistent"),)
    limits = (float(min(s[0] for s in sums)), float(max(s[1] for s in sums)))
    fits = limits == figures.bounds("F021") and middle[1] == cases - 2
    check = figures.check(
        "durations",
        statement,
        f"{number_range(*middle)} cases of {low} to {high} months; {number_range(*limits)} months "
        "in all.",
        verdict_of(fits),
        detail="One case each takes the two ends, so the middle has at most two fewer than all.",
        limits=limits,
    )
    return (check,)


# --- countries ----------------------------------------------------------------------------------

_HOME, _ABROAD, _LARGEST_GROUP, _NUMBER = "F053", "F055", "F056", "F066"


def check_countries(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    """Check the countries of birth: home and abroad, their number, and the largest group."""
    figures.used.clear()
    home, abroad, n = (figures.count(fact) for fact in (_HOME, _ABROAD, "F044"))
    share = figures.exact("F054")
    parts = figures.check(
        "countries",
        f"{home} of {n} victims were born in the Netherlands.",
        f"{n} - {home} = {n - home} elsewhere; {100 * home / n:.1f}% at home.",
        verdict_of(home + abroad == n and abs(home / n - share) <= 0.0005),
        limits=(home / n, home / n),
    )
    single = [fact for fact in figures.facts.figures if _one_country(fact)]
    figures.used.extend(fact.id for fact in single)
    named, number = len(single), figures.count(_NUMBER)
    counted = figures.check(
        "countries_named",
        f"{number} countries of birth.",
        f"{named} are named.",
        verdict_of(named == number),
    )
    return parts, counted, _largest_group(figures, single)


def _one_country(fact: Fact) -> bool:
    is_birth = fact.arguments.get("column") == "victim_birth_country"
    return is_birth and fact.evaluator == "rows_where" and len(fact.listed("levels")) == 1


def _largest_group(figures: Figures, single: list[Fact]) -> ArithmeticCheck:
    """Bound the largest foreign group, where every other country has at least one woman."""
    abroad = figures.count(_ABROAD)
    others = [fact for fact in single if fact.id not in (_HOME, _LARGEST_GROUP)]
    figures.used.extend(fact.id for fact in others)
    most = abroad - len(others)
    # Every other group is smaller than the largest and within its own soft upper bound.
    tops = [abroad if fact.upper_soft is None else int(fact.upper_soft) for fact in others]
    least = next(
        (h for h in range(2, most + 1) if h + sum(min(t, h - 1) for t in tops) >= abroad), most
    )
    fits = (least, most) == (
        figures.bounds(_LARGEST_GROUP, soft=True)[0],
        figures.bounds(_LARGEST_GROUP)[1],
    )
    return figures.check(
        "largest_foreign_group",
        f"The largest group of the {abroad} women born elsewhere.",
        f"{number_range(least, most)} women.",
        verdict_of(fits),
        detail=f"Each of {len(others)} other countries has at least one, and fewer than it.",
        limits=(least, most),
    )
