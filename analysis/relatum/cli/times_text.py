"""The outcome of ``relatum times`` in words and as an object, small numbers withheld."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relatum.cli.common import JsonValue, to_json
from relatum.results.familiar_times import (
    CauseCurve,
    FamiliarTimes,
    GroupTimes,
    ModelTerm,
    TimeModel,
    TimeStep,
)

__all__ = ["SMALLEST", "times_payload", "times_text"]

#: Smallest number of records, events or records at risk that is printed.
SMALLEST = 5
_SCALES = {
    "hazard_ratio": "hazard ratios",
    "subdistribution_hazard_ratio": "subdistribution hazard ratios",
    "time_ratio": "time ratios",
}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A result without what is small."""

    found: FamiliarTimes
    small: bool

    def enough(self, n: int) -> bool:
        """Say whether a number may be shown."""
        return self.small or n >= SMALLEST

    @property
    def hidden(self) -> frozenset[str]:
        """Groups that are withheld."""
        return frozenset(
            group.group
            for group in self.found.groups
            if not self.enough(min(group.n_records, group.n_events))
        )

    @property
    def totals(self) -> bool:
        """Whether totals are shown: with one group withheld, they would give it away."""
        return self.enough(self.found.n_events) and len(self.hidden) != 1

    @property
    def models(self) -> tuple[TimeModel, ...]:
        """Models with enough events; none with a group withheld, of which they would tell."""
        if self.hidden:
            return ()
        return tuple(model for model in self.found.models if self.enough(model.n_events))

    @property
    def causes(self) -> tuple[CauseCurve, ...]:
        """Curves of causes with enough events, in groups that are shown."""
        return tuple(
            curve
            for curve in self.found.causes
            if curve.group not in self.hidden and self.enough(curve.n_events)
        )

    def steps(self, steps: tuple[TimeStep, ...]) -> tuple[TimeStep, ...]:
        """Keep the steps with enough at risk."""
        return tuple(step for step in steps if self.enough(step.n_at_risk))

    @property
    def withheld(self) -> tuple[str, ...]:
        """What is left out, in words."""
        causes = len(self.found.causes) - len(self.causes)
        models = len(self.found.models) - len(self.models)
        counts = ((len(self.hidden), "group"), (causes, "incidence curve"), (models, "model"))
        return tuple(f"{n} {noun}{'' if n == 1 else 's'}" for n, noun in counts if n)


def times_payload(found: FamiliarTimes, *, small: bool) -> dict[str, object]:
    """Turn a result into the object that ``--json`` prints.

    Parameters
    ----------
    found : FamiliarTimes
    small : bool
        Whether small numbers are shown.
    """
    shown = _Shown(found, small)
    whole = to_json(found)
    if not isinstance(whole, dict):
        raise TypeError("a result is an object")
    dropped = [[why, n if shown.enough(n) else None] for why, n in found.dropped]
    every = all(n is not None for _, n in dropped)
    totals = ("n_records", "n_events")
    return {
        "times": {
            **whole,
            **({} if shown.totals else dict.fromkeys(totals)),
            "dropped": dropped,
            "n_dropped": found.n_dropped if every else None,
            "groups": [_group_payload(shown, group) for group in found.groups],
            "contrasts": [
                to_json(row)
                for row in found.contrasts
                if not {row.first, row.second} & shown.hidden
            ],
            **({"tests": [], "refused": []} if shown.hidden else {}),
            "models": [_model_payload(shown, model) for model in shown.models],
            "causes": [
                {**_object(curve), "steps": to_json(shown.steps(curve.steps))}
                for curve in shown.causes
            ],
            "notes": [to_json(note) for note in found.notes if note.code != "dropped"],
            "withheld": list(shown.withheld),
        }
    }


def _object(value: object) -> dict[str, JsonValue]:
    plain = to_json(value)
    return plain if isinstance(plain, dict) else {}


def _group_payload(shown: _Shown, group: GroupTimes) -> dict[str, JsonValue]:
    if group.group in shown.hidden:
        return {"group": group.group, "label": group.label}
    marks: list[JsonValue] = [
        {**_object(mark), "n": mark.n if shown.enough(mark.n) else None} for mark in group.at_risk
    ]
    return {**_object(group), "steps": to_json(shown.steps(group.steps)), "at_risk": marks}


def _model_payload(shown: _Shown, model: TimeModel) -> dict[str, JsonValue]:
    hidden = {} if shown.totals else {"n_records": None, "n_events": None}
    return {**_object(model), **hidden}


def times_text(found: FamiliarTimes, *, small: bool) -> str:
    """Word a result for the screen.

    Parameters
    ----------
    found : FamiliarTimes
    small : bool
        Whether small numbers are shown.
    """
    shown = _Shown(found, small)
    lines = [*_head(shown), "", *_groups(shown), *(() if shown.hidden else _tests(shown))]
    for model in shown.models:
        lines += ["", *_model(shown, model)]
    if shown.causes:
        lines += ["", *_causes(shown)]
    if found.refused and not shown.hidden:
        lines += ["", "Not estimable:"]
        lines += [f"  {item.what}: {item.why}" for item in found.refused]
    if shown.withheld:
        held = f"fewer than {SMALLEST} records or events: {', '.join(shown.withheld)}"
        lines += ["", f"Withheld for {held} (--all prints)."]
    lines.append("")
    lines += [f"Note: {note.text}" for note in found.notes if note.code != "dropped"]
    return "\n".join(lines)


def _head(shown: _Shown) -> Iterator[str]:
    found = shown.found
    if shown.totals:
        yield f"{found}."
    else:
        yield f"{found.title}."
    for why, n in found.dropped:
        count = f"{n:,}" if shown.enough(n) else f"fewer than {SMALLEST}"
        yield f"Rows not used: {count} ({why})."


def _groups(shown: _Shown) -> Iterator[str]:
    found = shown.found
    groups = [group for group in found.groups if group.group not in shown.hidden]
    width = max((len(group.label) for group in groups), default=0)
    level = f"{100 * found.conf_level:g}%"
    since = f"from {found.start:.3g} " if found.start else ""
    if groups:
        yield (
            f"  {'':{width}} {'records':>9} {'events':>8}  {'median (' + level + ' limits)':26}"
            f"mean time {since}to {found.horizon:g}"
        )
    for group in groups:
        median = _limited(group.median, group.median_low, group.median_high)
        mean = _limited(group.restricted_mean, group.restricted_low, group.restricted_high)
        yield (
            f"  {group.label:{width}} {group.n_records:>9,} {group.n_events:>8,}  {median:26}{mean}"
        )


def _limited(value: float | None, low: float | None, high: float | None) -> str:
    if value is None and low is None and high is None:
        return "–"
    return f"{_number(value)} ({_number(low)} to {_number(high)})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _tests(shown: _Shown) -> Iterator[str]:
    found = shown.found
    labels = {group.group: group.label for group in found.groups}
    for row in found.contrasts:
        if not {row.first, row.second} & shown.hidden:
            value = _limited(row.difference, row.conf_low, row.conf_high)
            names = f"{labels[row.second]} minus {labels[row.first]}"
            yield f"  Difference in mean time, {names}: {value}, {_p(row.p_value)}"
    if found.tests:
        yield ""
    for test in found.tests:
        yield f"  {test.label}: chi-square {test.statistic:.2f}, df {test.df}, {_p(test.p_value)}"


def _p(value: float) -> str:
    from relatum.tables.pair_words import p_phrase

    return p_phrase(value)


def _model(shown: _Shown, model: TimeModel) -> Iterator[str]:
    parts = [_SCALES[model.scale]]
    if shown.totals or model.cause:
        parts.append(f"{model.n_events:,} events")
    if model.n_clusters is not None:
        parts.append(f"{model.n_clusters:,} clusters")
    if model.aic is not None:
        parts.append(f"AIC {model.aic:.1f}")
    if model.concordance is not None:
        parts.append(f"concordance {model.concordance:.2f}")
    yield f"{model.label} ({', '.join(parts)})"
    width = max((len(term.label) for term in model.terms), default=0)
    for term in model.terms:
        yield f"  {term.label:{width}}  {_ratio(term)}"


def _ratio(term: ModelTerm) -> str:
    high = "no limit" if term.conf_high is None else f"{term.conf_high:.3g}"
    words = f"{term.ratio:.3g} ({term.conf_low:.3g} to {high}), {_p(term.p_value)}"
    if term.p_proportional is None:
        return words
    return f"{words}; same at all times: {_p(term.p_proportional)}"


def _causes(shown: _Shown) -> Iterator[str]:
    found = shown.found
    labels = {group.group: group.label for group in found.groups}
    yield f"Cumulative incidence at {found.horizon:g}"
    for curve in shown.causes:
        before = [step for step in shown.steps(curve.steps) if step.time <= found.horizon]
        value = f"{before[-1].estimate:.2f}" if before else "–"
        yield f"  {curve.label}, {labels[curve.group]}: {value} ({curve.n_events:,} events in all)"
