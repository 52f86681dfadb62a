"""The plan of an analysis: `Study`, read from ``study.toml``; unknown keys are errors."""

from __future__ import annotations

import hashlib
import json
import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from relatum.errors import Issue, PlanError
from relatum.schema import default_study_path, near_match

__all__ = [
    "GATES",
    "MODELS",
    "MULTIVERSE_AXES",
    "DescriptivePlan",
    "EstimatesPlan",
    "Gate",
    "MultiversePlan",
    "PrevalencePlan",
    "ReleasePlan",
    "ReportsPlan",
    "Study",
    "read_study",
]

#: The analyses that a plan may ask for, in the order in which they run.
MODELS: tuple[str, ...] = (
    *("audit", "descriptive", "prevalence", "documentation", "timeline"),
    *("estimates", "multiverse"),
)

#: The refusals that a plan may override, with a reason, and what each refuses.
GATES: Mapping[str, str] = types.MappingProxyType(
    {
        "few_cases": "limits from fewer than six investigations",
        "dominant_case": "limits where one investigation holds more than 60% of the units",
        "low_documentation": "estimates of an item of which too little is documented",
        "wide_bounds": "confirmatory use of an item whose bounds are too wide",
    }
)

#: The choices over which a plan may repeat a share.
MULTIVERSE_AXES: tuple[str, ...] = (
    *("undocumented", "statement", "context_inferred", "certainty", "source"),
    *("relationship", "weight"),
)

Profile = Literal["none", "published"]
Format = Literal["html", "docx", "pdf"]


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
class ReleasePlan:
    """How outputs are disclosed.

    Attributes
    ----------
    profile : {"none", "published"}
        ``none`` is for simulated data only, ``published`` for figures that are already public.
    """

    profile: Profile = "none"


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
    """

    documents: tuple[str, ...] = ("chapter.qmd",)
    formats: tuple[Format, ...] = ("html", "docx", "pdf")
    engine: Literal["auto", "quarto", "builtin"] = "auto"


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
    margins : mapping of str to float
        Margins of equivalence by row of the parallels matrix.
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
    margins: Mapping[str, float] = field(default_factory=lambda: types.MappingProxyType({}))
    gates: Mapping[str, Gate] = field(default_factory=lambda: types.MappingProxyType({}))
    release: ReleasePlan = field(default_factory=ReleasePlan)
    reports: ReportsPlan = field(default_factory=ReportsPlan)

    @property
    def hash(self) -> str:
        """The SHA-256 of everything that can change a number; the sample's folder is left out."""
        plan = {
            spec.name: _plain(getattr(self, spec.name))
            for spec in fields(self)
            if spec.name not in ("sample", "reports")
        }
        return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return list(value) if isinstance(value, tuple) else value


class _Reader:
    """Turns parsed TOML into a `Study` and collects every fault."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.issues: list[Issue] = []

    def fault(self, where: str, rule: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        name = where.rpartition(".")[2]
        near = near_match(name, allowed) if rule == "unknown_key" else ""
        self.issues.append(
            Issue(
                table=self._file,
                field=where,
                rule=rule,
                message=message,
                allowed=allowed,
                near=near,
            )
        )

    def build(self, kind: type, raw: object, where: str = "") -> Any:  # noqa: ANN401 - any plan part
        if not isinstance(raw, Mapping):
            self.fault(where, "wrong_type", "must be a table, written [name].")
            return None
        known = {spec.name: spec for spec in fields(kind)}
        hints = get_type_hints(kind)
        for key in sorted(set(raw) - set(known)):
            text = f"'{key}' is not a key of the plan."
            self.fault(_join(where, key), "unknown_key", text, tuple(known))
        values = {
            key: self.value(hints[key], raw[key], _join(where, key)) for key in known if key in raw
        }
        absent = [key for key in _required(kind) if key not in raw]
        for key in absent:
            self.fault(_join(where, key), "missing_key", "must be given.")
        return None if absent else kind(**{k: v for k, v in values.items() if v is not None})

    def value(self, hint: Any, raw: object, where: str) -> Any:  # noqa: ANN401 - any plan value
        origin, arguments = get_origin(hint), get_args(hint)
        if is_dataclass(hint):
            return self.build(hint, raw, where)  # type: ignore[arg-type]
        if origin is Literal:
            return self._choice(arguments, raw, where)
        if origin is tuple:
            return self._sequence(arguments[0], raw, where)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._mapping(arguments[1], raw, where)
        return self._scalar(hint, raw, where)

    def _choice(self, allowed: tuple[Any, ...], raw: object, where: str) -> object:
        if raw in allowed:
            return raw
        words = tuple(map(str, allowed))
        self.fault(where, "unknown_value", f"must be one of: {', '.join(words)}.", words)
        return None

    def _sequence(self, hint: Any, raw: object, where: str) -> object:  # noqa: ANN401
        if not isinstance(raw, list):
            self.fault(where, "wrong_type", "must be a list, written [a, b].")
            return None
        return tuple(self.value(hint, item, where) for item in raw)

    def _mapping(self, hint: Any, raw: object, where: str) -> object:  # noqa: ANN401
        if not isinstance(raw, Mapping):
            self.fault(where, "wrong_type", "must be a table, written [name].")
            return None
        read = {key: self.value(hint, item, _join(where, key)) for key, item in raw.items()}
        return types.MappingProxyType(read)

    def _scalar(self, hint: type, raw: object, where: str) -> object:
        if hint is float and type(raw) is int:
            return float(raw)
        if type(raw) is hint:
            return raw
        words = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        self.fault(where, "wrong_type", f"must be {words[hint]}.")
        return None


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _required(kind: type) -> list[str]:
    return [
        spec.name
        for spec in fields(kind)
        if spec.default is MISSING and spec.default_factory is MISSING
    ]


def read_study(path: Path | None = None) -> Study:
    """Read a plan.

    Parameters
    ----------
    path : Path, optional
        A ``study.toml``; the shipped plan by default. A relative path to the sample starts at
        the folder of the file.

    Raises
    ------
    PlanError
        If the file cannot be read, or with every fault of the plan at once in ``.issues``.

    Examples
    --------
    >>> read_study().name
    'chapter'
    """
    place = path or default_study_path()
    try:
        raw = tomllib.loads(place.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        msg = f"The plan '{place}' could not be read: {type(error).__name__}."
        raise PlanError(msg) from error
    except tomllib.TOMLDecodeError as error:
        msg = f"The plan '{place.name}' is not valid TOML: {error}."
        raise PlanError(msg) from error
    reader = _Reader(place.name)
    study: Study | None = reader.build(Study, raw)
    if study is not None:
        _check_values(study, reader)
    if reader.issues or study is None:
        msg = f"{len(reader.issues)} faults in the plan '{place.name}'; nothing was run."
        raise PlanError(msg, sorted(reader.issues))
    return replace(study, sample=_resolve(study.sample, place.parent))


def _resolve(sample: str, folder: Path) -> str:
    return sample if sample.startswith("shipped:") else str((folder / sample).resolve())


def _check_values(study: Study, reader: _Reader) -> None:
    for model in study.models:
        if model not in MODELS:
            text = f"'{model}' is not an analysis; there are: {', '.join(MODELS)}."
            reader.fault("models", "unknown_value", text, MODELS)
    for name in sorted(set(study.gates) - set(GATES)):
        text = f"'{name}' is not a refusal that can be overridden."
        reader.fault(f"gates.{name}", "unknown_key", text, tuple(GATES))
    for name, gate in study.gates.items():
        if gate is not None and gate.override and not gate.reason.strip():
            reader.fault(f"gates.{name}.reason", "missing_reason", "an override needs a reason.")
    _check_numbers(study, reader)


def _check_numbers(study: Study, reader: _Reader) -> None:
    estimates, axes = study.estimates, study.multiverse.axes
    for key in ("min_documented_share", "max_width"):
        if not 0 <= getattr(study.prevalence, key) <= 1:
            reader.fault(f"prevalence.{key}", "out_of_range", "must lie between 0 and 1.")
    shares = {
        "estimates.conf_level": estimates.conf_level,
        "estimates.boundary_icc": estimates.boundary_icc,
        "multiverse.threshold": study.multiverse.threshold,
    }
    for where, value in shares.items():
        if not 0 < value < 1:
            reader.fault(where, "out_of_range", "must lie between 0 and 1, without both.")
    marks = estimates.icc_marks
    if len(marks) != 3 or not all(type(mark) is float and 0 <= mark <= 1 for mark in marks):
        reader.fault("estimates.icc_marks", "out_of_range", "must be three shares.")
    if not 0 <= estimates.placebos <= 100_000:
        reader.fault("estimates.placebos", "out_of_range", "must lie between 0 and 100,000.")
    if len(set(axes) & set(MULTIVERSE_AXES)) < len(axes):
        text = "must name choices that exist, each once."
        reader.fault("multiverse.axes", "unknown_value", text, MULTIVERSE_AXES)
