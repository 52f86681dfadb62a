"""What each analysis of a run did, in sentences: from the results and the plan's settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from relatum.release import Released
from relatum.results import Prevalence, Unavailable
from relatum.results.audit import SampleAudit
from relatum.results.comparison import Comparison
from relatum.results.cooccurrence import Cooccurrence
from relatum.results.escape import EscapeRate
from relatum.results.estimates import PrevalenceEstimates, TargetEstimate
from relatum.results.multiverse import Multiverse
from relatum.results.reporting import Reporting
from relatum.results.retraction import Retraction
from relatum.results.retraction_contrasts import RetractionContrasts
from relatum.tables.wording import plural

__all__ = ["PRIMARY", "SENTENCES", "TOPICS"]

Results: TypeAlias = Mapping[str, Released]
Settings: TypeAlias = Mapping[str, str]
Sentence: TypeAlias = Callable[[Results, Settings], str]
Kind = TypeVar("Kind")

#: The heading of each analysis.
TOPICS: Mapping[str, str] = MappingProxyType(
    {
        "audit": "Published figures",
        "descriptive": "Description",
        "prevalence": "Prevalence",
        "documentation": "Documentation",
        "timeline": "The narrated case",
        "estimates": "Beyond these investigations",
        "multiverse": "Choices of the analyst",
        "cooccurrence": "Domains recorded together",
        "escape": "Attempts to get away",
        "recidivism": "Open data",
        "reporting": "Reports to the police",
        "retraction": "Steps back",
        "comparison": "Comparison",
    }
)

#: The result that stands for an analysis, where it has another name.
PRIMARY: Mapping[str, str] = MappingProxyType({"descriptive": "flow", "escape": "escape_rate"})

#: What the stored names of estimators mean.
_METHODS: Mapping[str, str] = MappingProxyType(
    {
        "wild_cluster_bootstrap": "the restricted wild cluster bootstrap, inverted",
        "korn_graubard": "Korn-Graubard limits at a declared correlation within investigations",
        "beta_binomial": "a beta-binomial model of the investigations",
        "score_wild_bootstrap": "inverted score tests with signs by investigation",
    }
)
_CODINGS: Mapping[str, str] = MappingProxyType(
    {
        "lower": "as absence",
        "upper": "as presence",
        "statement_only": "among files with a statement",
    }
)
_TIERS: Mapping[str, str] = MappingProxyType(
    {
        "counts": "too few for a regression: counts and exact tables only",
        "one_covariate": "enough for one covariate",
        "two_covariates": "enough for two covariates",
    }
)


def _held(results: Results, name: str, kind: type[Kind]) -> Kind | None:
    found = results[name].result if name in results else None
    return found if isinstance(found, kind) else None


def _named(method: str) -> str:
    return _METHODS.get(method, method.replace("_", " "))


def _percent(text: str) -> str:
    return f"{100 * float(text):g}%"


def _audit(results: Results, settings: Settings) -> str:
    found = _held(results, "audit", SampleAudit)
    count = f"{len(found.checks)} published figures" if found else "Published figures"
    return (
        f"{count} were compared with the sample by declared rules for the words in which they were "
        "published; what they imply for each other was enumerated over whole numbers."
    )


def _descriptive(results: Results, settings: Settings) -> str:
    return (
        "Counts, means and ranges of what is recorded, without limits. Ages are counted in bands "
        f"from {settings['descriptive.age_bands']} years."
    )


def _prevalence(results: Results, settings: Settings) -> str:
    found = _held(results, "prevalence", Prevalence)
    share, width = settings["prevalence.min_documented_share"], settings["prevalence.max_width"]
    text = (
        "Each share stands between worst-case bounds: what is not documented counted as absent, "
        f"and as present. Below {_percent(share)} documented only the bounds are printed; items "
        f"with bounds wider than {float(width):g} leave every confirmatory family."
    )
    if found is not None:
        bounded = sum(row.only_bounds for row in found.rows)
        text += f" Of {len(found.rows)} codes, {bounded} have bounds only."
    return text


def _documentation(results: Results, settings: Settings) -> str:
    missing = [name for name in ("imports", "agreement") if _gone(results, name)]
    text = "The documented share of items was counted by kind of relationship and by code."
    words = {"imports": "an import was not described", "agreement": "coders were not compared"}
    said = " and ".join(words[name] for name in missing)
    return f"{text} In this sample {said}." if said else text


def _gone(results: Results, name: str) -> bool:
    return name in results and isinstance(results[name].result, Unavailable)


def _timeline(results: Results, settings: Settings) -> str:
    return "The published case was coded with the same schema and is shown as intervals of days."


def _estimates(results: Results, settings: Settings) -> str:
    found = _held(results, "estimates", PrevalenceEstimates)
    level = _percent(settings["estimates.conf_level"])
    icc, placebos = settings["estimates.boundary_icc"], settings["estimates.placebos"]
    return (
        f"{level} limits for a random relationship and for a random investigation, under both "
        f"readings of silence; the union is printed.{_targets(found) if found else ''} Where every "
        f"unit or none has the item, a correlation of {icc} is assumed. Each test was tried on "
        f"{placebos} random halves of the investigations."
    )


def _targets(found: PrevalenceEstimates) -> str:
    """Say of each target how many codes have an estimate, and by which recipes."""
    text = ""
    for name, words in (("unit_weighted", "relationship"), ("case_average", "investigation")):
        held = [getattr(row, name) for row in found.rows]
        given = [one for one in held if isinstance(one, TargetEstimate)]
        used = Counter(
            coding.method for one in given for coding in (one.lower_coding, one.upper_coding)
        )
        named = "; ".join(f"{_named(method)} ({n} readings)" for method, n in used.most_common())
        by = f", by {named}." if named else "."
        text += f" For a random {words} {len(given)} of {len(held)} codes have an estimate{by}"
    return text


def _multiverse(results: Results, settings: Settings) -> str:
    found = _held(results, "multiverse", Multiverse)
    terms = settings["multiverse.terms"]
    if found is not None and found.terms:
        terms = "; ".join(term.label for term in found.terms)
    threshold = settings["multiverse.threshold"]
    text = f"All declared choices were crossed for: {terms}. The threshold is {threshold}."
    if found is not None and found.terms:
        axes = ", ".join(axis.label.lower() for axis in found.axes)
        text += (
            f" {len(found.terms[0].branches)} combinations of {len(found.axes)} choices: {axes}."
        )
    return text


def _cooccurrence(results: Results, settings: Settings) -> str:
    found = _held(results, "cooccurrence", Cooccurrence)
    draws, level = int(settings["cooccurrence.draws"]), settings["cooccurrence.conf_level"]
    text = (
        f"Three nested nulls with {draws:,} draws each, half to scale the statistics and half for "
        f"p values adjusted over all pairs; a pair is shown at {_percent(level)}. Tactics are "
        "explored only, at a false discovery rate of "
        f"{settings['cooccurrence.false_discovery_rate']}; power is that at odds ratios of "
        f"{settings['cooccurrence.odds_ratios']}."
    )
    if found is not None:
        codings = dict.fromkeys(_CODINGS.get(one.coding, one.coding) for one in found.checks)
        chains = sum(check.n_chain for check in found.checks)
        how = f"{chains} blocks were drawn by a chain" if chains else "no block needed a chain"
        text += (
            f" Of {found.n_family} pairs {len(found.pairs)} could be tested; silence was read "
            f"{', '.join(codings)}; {how}, the others were drawn exactly."
        )
    return text


def _escape(results: Results, settings: Settings) -> str:
    found = _held(results, "escape_rate", EscapeRate)
    text = (
        "Attempts per relationship-month under observation, by the likelihood of recurrent events "
        "in intervals, with delayed entry. The rate may change at "
        f"{settings['escape.cuts']} months since onset; incidence is read at "
        f"{settings['escape.horizon']} months; curves are blank where fewer than "
        f"{settings['escape.min_at_risk']} are at risk."
    )
    if found is not None and not isinstance(found.overall, Unavailable):
        overall = found.overall
        text += (
            f" {_percent(str(overall.conf_level))} limits by {_named(overall.method)} over "
            f"{overall.n_cases} investigations, {overall.n_event_cases} of them with attempts. "
            f"The rate was repeated under {len(found.variants)} other choices."
        )
    covariates = settings["escape.covariates"]
    return f"{text} Covariates: {covariates or 'none declared'}."


def _recidivism(results: Results, settings: Settings) -> str:
    return (
        "The familiar estimators of times were applied to open data on released men, as a check "
        "of the instrument; nothing of it enters the answers here."
    )


def _reporting(results: Results, settings: Settings) -> str:
    found = _held(results, "reporting", Reporting)
    text = (
        "Shares of women by state (Aalen-Johansen) from first contact, read at "
        f"{settings['reporting.horizon']} days with dates at their earliest and at their latest; "
        f"{_percent(settings['reporting.conf_level'])} limits by signs of whole investigations."
    )
    if found is not None and found.unavailable:
        text += f" {plural(len(found.unavailable), 'estimate')} could not be given."
    return text


def _retraction(results: Results, settings: Settings) -> str:
    found = _held(results, "retraction", Retraction)
    contrasts = _held(results, "retraction_contrasts", RetractionContrasts)
    text = (
        "Cumulative incidence of a first step back after a report, with the close of the case and "
        f"death as competing ends, read at {settings['retraction.horizons']} days. Contact counts "
        f"from {settings['retraction.contact_lag']} day on, and only where it was recorded "
        "independently."
    )
    if found is not None:
        text += f" The incidence was repeated under {len(found.variants)} other choices."
    if contrasts is not None:
        tier = _TIERS.get(contrasts.tier, contrasts.tier.replace("_", " "))
        text += (
            f" {contrasts.n_reports} reports in {contrasts.n_cases} investigations are {tier}; "
            "odds ratios are penalised, with profile limits. Covariates: "
            f"{settings['retraction.covariates'] or 'none declared'}."
        )
    return text


def _comparison(results: Results, settings: Settings) -> str:
    found = _held(results, "comparison", Comparison)
    level = settings["comparison.level"]
    text = (
        f"Two one-sided tests at {level} each, under both crossed readings of silence, with "
        f"{int(settings['comparison.draws']):,} draws of each bootstrap and permutation, and the "
        f"correction of Holm over tested rows. Both samples are weighted to "
        f"{settings['comparison.depth_strata']} strata of documentation depth. Covariates: "
        f"{settings['comparison.covariates'] or 'none declared'}."
    )
    if found is not None:
        contrast = sum(row.contrast for row in found.rows)
        text += (
            f" Of {plural(found.n_primary, 'primary row')} {found.n_unavailable} could not be "
            f"computed; {plural(contrast, 'contrast row')} test the instrument."
        )
    return text


#: One function per analysis of a plan.
SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {
        "audit": _audit,
        "descriptive": _descriptive,
        "prevalence": _prevalence,
        "documentation": _documentation,
        "timeline": _timeline,
        "estimates": _estimates,
        "multiverse": _multiverse,
        "cooccurrence": _cooccurrence,
        "escape": _escape,
        "recidivism": _recidivism,
        "reporting": _reporting,
        "retraction": _retraction,
        "comparison": _comparison,
    }
)
