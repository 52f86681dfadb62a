"""Reading ``study.toml``: unknown keys are errors, and every fault is listed at once."""

from __future__ import annotations

import tomllib
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from relatum.errors import Issue, PlanError, UsageError
from relatum.schema import default_study_path, near_match
from relatum.study.margins import margin_fault
from relatum.study.plans import GATES, MODELS, MULTIVERSE_AXES, Study

__all__ = ["read_study"]


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


def read_study(path: str | Path | None = None) -> Study:
    """Read a plan.

    Parameters
    ----------
    path : str or Path, optional
        A ``study.toml``; the shipped plan by default. A relative path to the sample starts at
        the folder of the file.

    Raises
    ------
    UsageError
        If the path is that of a folder.
    PlanError
        If the file cannot be read, or with every fault of the plan at once in ``.issues``.

    Examples
    --------
    >>> read_study().name
    'chapter'
    """
    place = Path(path) if path else default_study_path()
    if place.is_dir():
        raise UsageError(_no_file(place))
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
        count = len(reader.issues)
        faults = "1 fault" if count == 1 else f"{count} faults"
        msg = f"{faults} in the plan '{place.name}'; nothing was run."
        raise PlanError(msg, sorted(reader.issues))
    comparison = study.comparison
    if comparison.other:
        comparison = replace(comparison, other=_resolve(comparison.other, place.parent))
    reports = study.reports
    if reports.folder:
        reports = replace(reports, folder=str((place.parent / reports.folder).resolve()))
    return replace(
        study,
        sample=_resolve(study.sample, place.parent),
        comparison=comparison,
        reports=reports,
    )


def _no_file(folder: Path) -> str:
    plans = sorted(file.name for file in folder.glob("*.toml"))
    plan = "study.toml" if "study.toml" in plans else next(iter(plans), "")
    hint = f" Did you mean '{folder / plan}'?" if plan else " It holds none either."
    return f"'{folder}' is a folder; a plan is one file, a study.toml.{hint}"


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
    for waived in study.release.exceptions:
        if waived is not None and not waived.justification.strip():
            text = "an exception needs a justification."
            reader.fault("release.exceptions.justification", "missing_reason", text)
    _check_numbers(study, reader)
    _check_cooccurrence(study, reader)
    _check_escape(study, reader)
    _check_testimony(study, reader)
    _check_comparison(study, reader)


def _check_comparison(study: Study, reader: _Reader) -> None:
    plan = study.comparison
    if not 0 < plan.level < 0.5:
        reader.fault("comparison.level", "out_of_range", "must lie between 0 and 0.5.")
    if not 1 <= plan.depth_strata <= 10:
        reader.fault("comparison.depth_strata", "out_of_range", "must lie between 1 and 10.")
    if not 99 <= plan.draws <= 1_000_000:
        reader.fault("comparison.draws", "out_of_range", "must lie between 99 and 1,000,000.")
    if not plan.iccs or not all(type(icc) is float and 0 <= icc < 1 for icc in plan.iccs):
        reader.fault("comparison.iccs", "out_of_range", "must be numbers from 0 up to 1.")
    _check_margins(study, reader)


def _check_margins(study: Study, reader: _Reader) -> None:
    if not study.margins:
        return
    from relatum.schema.parallels import load_parallels

    matrix = load_parallels()
    for name, margins in study.margins.items():
        if name not in matrix:
            text = f"'{name}' is not a row of the parallels matrix."
            reader.fault(f"margins.{name}", "unknown_key", text, tuple(matrix))
            continue
        fault = margin_fault(matrix[name], margins)
        if fault:
            reader.fault(f"margins.{name}", "wrong_margin", fault)


def _check_testimony(study: Study, reader: _Reader) -> None:
    reporting, plan = study.reporting, study.retraction
    if not 0 < reporting.horizon <= 36_500:
        reader.fault("reporting.horizon", "out_of_range", "must lie between 0 and 36,500 days.")
    for name, part in (("reporting", reporting), ("retraction", plan)):
        if not 0 < part.conf_level < 1:
            text = "must lie between 0 and 1, without both."
            reader.fault(f"{name}.conf_level", "out_of_range", text)
        if part.min_at_risk < 1:
            reader.fault(f"{name}.min_at_risk", "out_of_range", "must be at least 1.")
    days = plan.horizons
    if not days or list(days) != sorted(set(days)) or not all(0 < day <= 36_500 for day in days):
        text = "must be days up to 36,500 that increase."
        reader.fault("retraction.horizons", "out_of_range", text)
    if len(plan.covariates) > 2:
        reader.fault("retraction.covariates", "out_of_range", "must be two names at most.")
    if not 0 <= plan.contact_lag <= 365:
        reader.fault("retraction.contact_lag", "out_of_range", "must lie between 0 and 365 days.")
    limits = plan.weight_limits
    if len(limits) != 2 or not 0 <= limits[0] < limits[1] <= 1:
        text = "must be two probabilities, the smaller first."
        reader.fault("retraction.weight_limits", "out_of_range", text)


def _check_escape(study: Study, reader: _Reader) -> None:
    plan = study.escape
    if list(plan.cuts) != sorted(set(plan.cuts)) or not all(cut > 0 for cut in plan.cuts):
        reader.fault("escape.cuts", "out_of_range", "must be positive and increase.")
    if not 0 < plan.horizon <= 600:
        reader.fault("escape.horizon", "out_of_range", "must lie between 0 and 600 months.")
    if not 0 < plan.conf_level < 1:
        text = "must lie between 0 and 1, without both."
        reader.fault("escape.conf_level", "out_of_range", text)
    if plan.min_at_risk < 1:
        reader.fault("escape.min_at_risk", "out_of_range", "must be at least 1.")
    if len(plan.covariates) > 2:
        reader.fault("escape.covariates", "out_of_range", "must be two codes at most.")
    for key in ("arrest_factors", "frailty_variances"):
        if not all(value > 0 for value in getattr(plan, key)):
            reader.fault(f"escape.{key}", "out_of_range", "must be positive numbers.")


def _check_cooccurrence(study: Study, reader: _Reader) -> None:
    plan = study.cooccurrence
    if not 100 <= plan.draws <= 1_000_000:
        reader.fault("cooccurrence.draws", "out_of_range", "must lie between 100 and 1,000,000.")
    for key in ("conf_level", "false_discovery_rate"):
        if not 0 < getattr(plan, key) < 1:
            text = "must lie between 0 and 1, without both."
            reader.fault(f"cooccurrence.{key}", "out_of_range", text)
    ratios = plan.odds_ratios
    if not all(type(ratio) is float and 1 < ratio < 1e6 for ratio in ratios):
        reader.fault("cooccurrence.odds_ratios", "out_of_range", "must be numbers above 1.")


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
