"""The parts of a plan, and `Study`, which holds them all."""

from __future__ import annotations

import hashlib
import json
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Literal

from relatum.study.disclosure import Profile, ReleaseException, ReleasePlan

__all__ = [
    "GATES",
    "MODELS",
    "MULTIVERSE_AXES",
    "ComparisonPlan",
    "CooccurrencePlan",
    "DescriptivePlan",
    "EscapePlan",
    "EstimatesPlan",
    "FigureForm",
    "Format",
    "Gate",
    "MultiversePlan",
    "PrevalencePlan",
    "Profile",
    "ReleaseException",
    "ReleasePlan",
    "ReportingPlan",
    "ReportsPlan",
    "RetractionPlan",
    "Study",
    "TableForm",
]

#: The analyses that a plan may ask for, in the order in which they run.
MODELS: tuple[str, ...] = (
    *("audit", "descriptive", "prevalence", "documentation", "timeline"),
    *("estimates", "multiverse", "cooccurrence", "escape", "recidivism", "reporting"),
    *("retraction", "comparison"),
)

#: The refusals that a plan may override, with a reason, and what each refuses.
GATES: Mapping[str, str] = types.MappingProxyType(
    {
        "few_cases": "limits from fewer than six investigations",
        "dominant_case": "limits where one investigation holds more than 60% of the units",
        "low_documentation": "estimates of an item of which too little is documented",
        "wide_bounds": "confirmatory use of an item whose bounds are too wide",
        "latent_classes": "latent classes of few or clustered relationships",
        "tactic_network": "networks of tactics from few or clustered relationships",
    }
)

#: The choices over which a plan may repeat a share.
MULTIVERSE_AXES: tuple[str, ...] = (
    *("undocumented", "statement", "context_inferred", "certainty", "source"),
    *("relationship", "weight"),
)

Format = Literal["html", "docx", "pdf"]
FigureForm = Literal["svg", "pdf", "png"]
TableForm = Literal["html", "tex", "docx", "typ"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptivePlan:
    """How the sample is described.

    Attributes
    ----------
    age_bands : tuple of int
        Lower limits of the age bands.
    """

    age_bands: tuple[int, ...] = (0, 18, 20, 30, 40, 50)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalencePlan:
    """How prevalence is counted.

    Attributes
    ----------
    min_documented_share : float
        Below this share of documented units only bounds are printed.
    max_width : float
        Bounds wider than this leave every confirmatory family.
    """

    min_documented_share: float = 0.6
    max_width: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatesPlan:
    """How shares are carried beyond the units at hand.

    Attributes
    ----------
    conf_level : float
        Level of all limits.
    boundary_icc : float
        Intra-case correlation assumed where every unit or none has the item.
    placebos : int
        Random placebos per item.
    icc_marks : tuple of float
        Three correlations at which the information in the cases is printed.
    """

    conf_level: float = 0.95
    boundary_icc: float = 0.1
    placebos: int = 199
    icc_marks: tuple[float, ...] = (0.05, 0.1, 0.2)


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiversePlan:
    """Over which choices a share is repeated.

    Attributes
    ----------
    terms : tuple of str
        Codes of relationships.
    axes : tuple of str
        Choices, from `MULTIVERSE_AXES`.
    threshold : float
        The share whose sides are counted.
    """

    terms: tuple[str, ...] = ("dom_violence", "dom_isolation", "dom_rules", "int_threat_violence")
    axes: tuple[str, ...] = MULTIVERSE_AXES
    threshold: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CooccurrencePlan:
    """How it is tested which domains and tactics are recorded together.

    Attributes
    ----------
    draws : int
        Draws of each null: one half scales the statistics, the other gives the p values.
    conf_level : float
        Level of limits; one minus it is the family-wise error of the domain pairs.
    false_discovery_rate : float
        Rate up to which tactic pairs are listed.
    depth : {"thirds", "statement", "both"}
        What makes relationships alike in documentation: the third of the documentation depth,
        whether there is a statement of the victim, or both.
    odds_ratios : tuple of float
        Odds ratios at which power is printed.
    """

    draws: int = 10_000
    conf_level: float = 0.95
    false_discovery_rate: float = 0.1
    depth: Literal["thirds", "statement", "both"] = "thirds"
    odds_ratios: tuple[float, ...] = (3.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapePlan:
    """How escape attempts under observation are estimated.

    Attributes
    ----------
    cuts : tuple of float
        Months since the onset of the relationship at which the rate may change.
    horizon : float
        Months after entry at which cumulative incidence is read.
    conf_level : float
        Level of all limits.
    min_at_risk : int
        Curves are blank where fewer relationships are at risk.
    covariates : tuple of str
        Codes of relationships, at most two, and one per ten attempts.
    arrest_factors : tuple of float
        Factors by which the rate after an arrest may differ from the rate before.
    frailty_variances : tuple of float
        Variances of a gamma frailty of cases, assumed.
    """

    cuts: tuple[float, ...] = (12.0, 24.0)
    horizon: float = 6.0
    conf_level: float = 0.95
    min_at_risk: int = 5
    covariates: tuple[str, ...] = ()
    arrest_factors: tuple[float, ...] = (0.5, 1.0, 2.0)
    frailty_variances: tuple[float, ...] = (0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportingPlan:
    """How the state of women after their first contact with the police is estimated.

    Attributes
    ----------
    horizon : float
        Days after first contact at which the state is read.
    conf_level : float
        Level of all limits.
    min_at_risk : int
        Curves are blank where fewer women are at risk.
    """

    horizon: float = 180.0
    conf_level: float = 0.95
    min_at_risk: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionPlan:
    """How steps back from a report are estimated.

    Attributes
    ----------
    horizons : tuple of float
        Days after the report at which the incidence is read; the last one is the primary.
    conf_level : float
        Level of all limits.
    min_at_risk : int
        Curves are blank where fewer reports are at risk.
    covariates : tuple of str
        What precedes the report: ``arrest_before_report``, or codes of relationships. One with 20
        reports, two with 60; fewer reports carry none.
    contact_lag : int
        Days after which a contact with the suspect counts.
    weight_limits : tuple of float
        Smallest and largest probability of reporting by which a woman is weighted.
    """

    horizons: tuple[float, ...] = (30.0, 90.0, 180.0)
    conf_level: float = 0.95
    min_at_risk: int = 5
    covariates: tuple[str, ...] = ("arrest_before_report",)
    contact_lag: int = 1
    weight_limits: tuple[float, ...] = (0.1, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPlan:
    """Trafficking beside domestic violence.

    Attributes
    ----------
    other : str
        The second sample, coded with the same schema: a folder, or ``shipped:NAME``. Empty where
        there is none; then published benchmarks are the only comparators. It is not part of the
        plan's hash: results name the sample by its fingerprint.
    level : float
        Size of each one-sided test; limits of equivalence have the level 1 - 2 x `level`.
    depth_strata : int
        Strata of documentation depth to which both samples are standardised; 1 for none.
    covariates : tuple of str
        Columns of relationships, victims or suspects to which the differences are standardised
        in a sensitivity analysis.
    draws : int
        Draws of each bootstrap and permutation.
    iccs : tuple of float
        Intra-case correlations at which power, margins and investigations needed are printed.
    """

    other: str = ""
    level: float = 0.05
    depth_strata: int = 3
    covariates: tuple[str, ...] = ("victim_age", "documentation_depth")
    draws: int = 1999
    iccs: tuple[float, ...] = (0.0, 0.05, 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A refusal that the user overrides; the override is printed in every report.

    Attributes
    ----------
    override : bool
        Whether the analysis is done in spite of the gate.
    reason : str
        Why; required.
    """

    override: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPlan:
    """Which documents are rendered, and how.

    Attributes
    ----------
    documents : tuple of str
        Names of ``.qmd`` files in the reports folder.
    formats : tuple of {"html", "docx", "pdf"}
        Output formats.
    engine : {"auto", "quarto", "builtin"}
        The engine that renders.
    figures : tuple of {"svg", "pdf", "png"}
        Formats in which figures are written beside the reports; none leaves them out.
    tables : tuple of {"html", "tex", "docx", "typ"}
        Forms in which each table is written, beside CSV, which is always there.
    folder : str
        A reports folder of the study's own, with its documents, its ``authors.yml`` and its
        ``_quarto.yml``: a copy of the shipped one to begin with. Empty for the shipped one.
    """

    documents: tuple[str, ...] = ("chapter.qmd",)
    formats: tuple[Format, ...] = ("html", "docx", "pdf")
    engine: Literal["auto", "quarto", "builtin"] = "auto"
    figures: tuple[FigureForm, ...] = ("svg", "pdf", "png")
    tables: tuple[TableForm, ...] = ("html", "tex", "docx", "typ")
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A declared plan.

    Attributes
    ----------
    name, title : str
        The name of the output folder and the words printed for it.
    sample : str
        The folder of the sample, or ``shipped:NAME`` for one that ships with the package.
    models : tuple of str
        The analyses, from `MODELS`.
    seed : int
        The seed of every random step.
    coder : str
        The coder to analyse; empty for the sample's own choice.
    margins : mapping of str to tuple of float
        Margins by row of the parallels matrix: the lower and the upper one, or the lower alone
        where the claim is "at least as". Only rows with margins are tested.
    gates : mapping of str to Gate
        Overridden refusals, by their names in `GATES`.
    """

    name: str
    sample: str
    title: str = ""
    models: tuple[str, ...] = MODELS
    seed: int = 20062010
    coder: str = ""
    descriptive: DescriptivePlan = field(default_factory=DescriptivePlan)
    prevalence: PrevalencePlan = field(default_factory=PrevalencePlan)
    estimates: EstimatesPlan = field(default_factory=EstimatesPlan)
    multiverse: MultiversePlan = field(default_factory=MultiversePlan)
    cooccurrence: CooccurrencePlan = field(default_factory=CooccurrencePlan)
    escape: EscapePlan = field(default_factory=EscapePlan)
    reporting: ReportingPlan = field(default_factory=ReportingPlan)
    retraction: RetractionPlan = field(default_factory=RetractionPlan)
    comparison: ComparisonPlan = field(default_factory=ComparisonPlan)
    margins: Mapping[str, tuple[float, ...]] = field(
        default_factory=lambda: types.MappingProxyType({})
    )
    gates: Mapping[str, Gate] = field(default_factory=lambda: types.MappingProxyType({}))
    release: ReleasePlan = field(default_factory=ReleasePlan)
    reports: ReportsPlan = field(default_factory=ReportsPlan)

    @property
    def hash(self) -> str:
        """The SHA-256 of everything that can change a number; folders of samples are left out."""
        plan = {
            spec.name: _plain(getattr(self, spec.name))
            for spec in fields(self)
            if spec.name not in ("sample", "reports")
        }
        plan["comparison"] = _plain(replace(self.comparison, other=""))
        if not self.release.exceptions:
            plan["release"] = {"profile": self.release.profile}
        return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return list(value) if isinstance(value, tuple) else value
