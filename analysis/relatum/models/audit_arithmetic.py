"""The arithmetic of the published figures: selection, sizes of investigations, and words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from relatum.inference.common import Refusal
from relatum.inference.feasible import Band, SizeSolutions, count_solutions, list_solutions
from relatum.models.audit_figures import (
    Figures,
    compact,
    number_range,
    solution_set,
    verdict_of,
)
from relatum.results.audit import ArithmeticCheck, SolutionSet
from relatum.schema.facts import Fact, VerbalRule

__all__ = [
    "check_relationships",
    "check_selection",
    "check_suspects",
    "check_words",
    "relationship_solutions",
    "suspect_solutions",
]


def check_selection(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    """Check the flow from the list of the police to the cases that were studied."""
    listed, kept, studied = (figures.count(fact) for fact in ("F004", "F005", "F001"))
    left_out, share = figures.count("F007"), figures.exact("F006")
    fits = kept == studied and listed - kept == left_out and _prints(kept / listed, share, 2)
    flow = figures.check(
        "selection",
        f"{kept} of {listed} listed cases were kept and {left_out} left out.",
        f"{listed} - {kept} = {listed - kept}; {kept}/{listed} = {compact(kept / listed)}.",
        verdict_of(fits),
        detail="Why cases were left out is not split by reason, so the flow stops here.",
        limits=(kept / listed, kept / listed),
    )
    cases, years, rate = figures.exact("F001"), figures.exact("F003"), figures.exact("F009")
    yearly = figures.check(
        "cases_per_year",
        f"{compact(cases)} cases in {compact(years)} years.",
        f"{compact(cases / years)} a year.",
        verdict_of(_prints(cases / years, rate, 1)),
        limits=(cases / years, cases / years),
    )
    return flow, yearly


def _prints(value: float, printed: float, decimals: int) -> bool:
    """Tell whether a value prints as another at a number of decimals."""
    return math.isclose(math.floor(value * 10**decimals + 0.5) / 10**decimals, printed)


# --- suspects -----------------------------------------------------------------------------------


def _suspect_bands(figures: Figures) -> list[Band]:
    """Return bands of suspects per case: the published ones, and one case for the largest."""
    wide, usual = figures.count("F033"), round(figures.bounds("F034", soft=True)[0])
    low, _ = figures.limits("F033")
    rest = Band(low, None, wide - usual)
    usual_band = figures.band("F034", count=usual)
    return [figures.band("F031"), figures.band("F032"), usual_band, rest]


def suspect_solutions(figures: Figures) -> SolutionSet:
    """List the numbers of suspects per case that fit the published groups and their sum."""
    total = figures.count("F025")
    found = list_solutions(_suspect_bands(figures), total)
    return solution_set("suspects_per_case", "Suspects per investigation", found, total)


def check_suspects(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    """Check the groups of suspects per case against each other and against their sum."""
    figures.used.clear()
    return _suspect_groups(figures), _suspect_sizes(figures)


def _suspect_groups(figures: Figures) -> ArithmeticCheck:
    counts = [figures.count(fact) for fact in ("F031", "F032", "F033")]
    cases = figures.count("F001")
    figures.fact("F035")
    added = " + ".join(map(str, counts))
    fits = sum(counts) == cases
    return figures.check(
        "suspect_groups",
        f"Groups of {added} cases; the largest, with about thirty suspects, is one of them or not.",
        f"{added} = {sum(counts)} of {cases}; counted apart the largest would make "
        f"{sum(counts) + 1}.",
        "ambiguous" if fits else "inconsistent",
        detail="The wording leaves it open; only the reading as one of the wider groups fits.",
    )


def _suspect_sizes(figures: Figures) -> ArithmeticCheck:
    total = figures.count("F025")
    found = list_solutions(_suspect_bands(figures), total)
    about = figures.bounds("F035", soft=True)
    published = figures.bounds("F035")
    statement = f"{total} suspects in the published groups; one case has about thirty."
    if isinstance(found, Refusal):
        return figures.check("suspect_sizes", statement, f"{found.why}.", "inconsistent")
    largest = found.sizes[:, -1]
    near = int(((largest >= about[0]) & (largest <= about[1])).sum())
    limits = (float(largest.min()), float(largest.max()))
    return figures.check(
        "suspect_sizes",
        statement,
        f"{found.count} integer solutions; the largest case has {number_range(*limits)}, in "
        f"{near} of them {number_range(*about)}.",
        verdict_of(near > 0 and limits == published),
        detail=_bands_text(_suspect_bands(figures)),
        limits=limits,
    )


def _bands_text(bands: list[Band]) -> str:
    parts = [
        f"{band.count} x {band.low}"
        if band.high == band.low
        else f"{band.count} x ({band.low} or more)"
        if band.high is None
        else f"{band.count} x ({band.low}-{band.high})"
        for band in bands
    ]
    return "Enumerated: " + ", ".join(parts) + "."


# --- relationships ------------------------------------------------------------------------------

_GROUPS = ("F070", "F071", "F072")


def relationship_solutions(figures: Figures) -> SolutionSet:
    """List the numbers of relationships per case that fit the published groups and their sum."""
    total = figures.count("F068")
    found = list_solutions([figures.band(fact) for fact in _GROUPS], total)
    return solution_set("relationships_per_case", "Relationships per investigation", found, total)


def check_relationships(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    """Check relationships per case against each other, their sum, suspects and victims."""
    figures.used.clear()
    counts = [figures.count(fact) for fact in _GROUPS]
    cases = figures.count("F069")
    added = " + ".join(map(str, counts))
    groups = figures.check(
        "relationship_groups",
        f"Groups of {added} cases; every one of the {cases} has a relationship.",
        f"{added} = {sum(counts)}.",
        verdict_of(sum(counts) == cases),
    )
    total = figures.count("F068")
    bands = [figures.band(fact) for fact in _GROUPS]
    found = list_solutions(bands, total)
    statement = f"{total} relationships in the published groups."
    if isinstance(found, Refusal):
        failed = figures.check("relationship_sizes", statement, f"{found.why}.", "inconsistent")
        return (groups, failed, *_people(figures))
    return (
        groups,
        _relationship_sizes(figures, bands, found, statement),
        _lowest_band(figures, bands, found),
        _effective(figures, found),
        _carriers(figures, found),
        *_people(figures),
    )


def _relationship_sizes(
    figures: Figures, bands: list[Band], found: SizeSolutions, statement: str
) -> ArithmeticCheck:
    two = found.sizes[:, -bands[-1].count :]
    sums, total = two.sum(axis=1), found.total
    limits = (float(sums.min()), float(sums.max()))
    each = (float(two.min()), float(two.max()))
    return figures.check(
        "relationship_sizes",
        statement,
        f"{found.count} integer solutions; the two largest cases hold {number_range(*limits)} of "
        f"the {total} ({100 * limits[0] / total:.1f}% to {100 * limits[1] / total:.1f}%), each "
        f"{number_range(*each)}.",
        verdict_of(each == figures.bounds("F073")),
        detail=_bands_text(bands),
        limits=limits,
    )


def _lowest_band(figures: Figures, bands: list[Band], found: SizeSolutions) -> ArithmeticCheck:
    first, top = bands[0], found.total
    figures.fact("F068"), figures.fact("F070")
    literal = count_solutions([Band(first.low, None, first.count), *bands[1:]], top)
    return figures.check(
        "relationship_lowest_band",
        f"The lowest group of {first.count} cases has one or more relationships.",
        f"Read as {first.low} to {first.high}: {found.count} solutions; read literally: {literal}.",
        "ambiguous",
        detail="Every case has one or more; as a group it overlaps the others.",
        limits=(float(found.count), float(literal)),
    )


def _effective(figures: Figures, found: SizeSolutions) -> ArithmeticCheck:
    sizes = found.sizes.astype(float)
    kish = sizes.sum(axis=1) ** 2 / (sizes**2).sum(axis=1)
    limits = (float(kish.min()), float(kish.max()))
    cases = figures.count("F001")
    figures.fact("F068")
    return figures.check(
        "effective_cases",
        f"{cases} investigations carry the sample.",
        f"They weigh like {number_range(*limits, 1)} of equal size (Kish), on average "
        f"{kish.mean():.1f}.",
        "consistent",
        detail="(sum n)^2 / sum n^2 over all solutions; averages over relationships rest on few.",
        limits=limits,
    )


def _carriers(figures: Figures, found: SizeSolutions) -> ArithmeticCheck:
    most, least_large = figures.count("F036"), figures.limits("F072")[0]
    largest = int(found.sizes.max())
    limits = (float(-(-least_large // most)), float(-(-largest // most)))
    return figures.check(
        "suspects_with_relationships",
        f"A suspect has up to {most} relationships; two cases have {least_large} or more.",
        f"At least {number_range(*limits)} suspects with relationships in each of the two.",
        "consistent",
        detail=f"{least_large}/{most} to {largest}/{most}, rounded up.",
        limits=limits,
    )


def _people(figures: Figures) -> tuple[ArithmeticCheck, ...]:
    figures.used.clear()
    victims, pairs = figures.count("F044"), figures.count("F068")
    alone = max(victims - pairs, 0)
    without = figures.check(
        "victims_without_relationship",
        f"{victims} victims and {pairs} relationships.",
        f"At least {alone} victims had no relationship with a suspect, more if one had two.",
        verdict_of(figures.bounds("F076")[0] == alone),
        limits=(float(alone), figures.bounds("F076")[1]),
    )
    suspects = figures.count("F025")
    pairs, victims = figures.count("F068"), figures.count("F044")
    printed = [float(part) for part in figures.fact("F077").value.split(";")]
    ratios = [pairs / suspects, pairs / victims]
    means = figures.check(
        "relationships_per_person",
        f"{pairs} relationships of {suspects} suspects and {victims} victims.",
        f"{compact(ratios[0])} per suspect and {compact(ratios[1])} per victim.",
        verdict_of(all(_prints(r, p, 2) for r, p in zip(ratios, printed, strict=True))),
        detail="With up to nine relationships of one suspect, many suspects have none.",
    )
    return without, means


# --- words --------------------------------------------------------------------------------------


def check_words(figures: Figures, rules: Mapping[str, VerbalRule]) -> tuple[ArithmeticCheck, ...]:
    """Check that bounds stay inside what the words and the denominators allow."""
    figures.used.clear()
    checked, wrong = [], []
    for fact in figures.facts.figures:
        if fact.denominator.isdigit() and fact.statistic == "count":
            checked.append(fact.id)
            if not _inside_rule(fact, rules):
                wrong.append(fact.id)
    figures.used.extend(wrong)
    finding = (
        "No count exceeds its denominator or what its words allow."
        if not wrong
        else f"Outside of what its words or its denominator allow: {', '.join(wrong)}."
    )
    words = figures.check(
        "verbal_quantities",
        f"{len(checked)} counts, most of them in words.",
        finding,
        verdict_of(not wrong),
        detail="Recomputed from the rules of words; of several readings, the soft bounds.",
    )
    return (words,)


def _inside_rule(fact: Fact, rules: Mapping[str, VerbalRule]) -> bool:
    n = float(fact.denominator)
    high = fact.upper_hard
    if high is not None and high > n:
        return False
    rule = rules.get(fact.bound_rule)
    # Rules that need numbers of the sentence are left to the figure itself.
    if rule is None or {"k", "a", "b"} & set(rule.hard_lower + rule.hard_upper):
        return True
    allowed = rule.bounds({"n": n})
    if fact.id[-1].isalpha():  # one of several readings: only its soft bounds follow the words
        low, high, rule_low, rule_high = (
            fact.lower_soft,
            fact.upper_soft,
            allowed.lower_soft,
            allowed.upper_soft,
        )
    else:
        low, rule_low, rule_high = fact.lower_hard, allowed.lower_hard, allowed.upper_hard
    return _at_least(low, rule_low) and _at_least(rule_high, high)


def _at_least(value: float | None, bound: float | None) -> bool:
    return value is None or bound is None or value >= bound
