"""The methods of an article, written from what was run: change the plan and the text changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from relatum.release.absent import withheld
from relatum.reports.methods_words import PRIMARY, SENTENCES, TOPICS
from relatum.results import Unavailable
from relatum.results.comparison import Comparison

if TYPE_CHECKING:
    from relatum.pipeline import ResultSet

__all__ = ["Statement", "deviations", "methods_markdown", "methods_statements"]

#: Notes of results that report a departure from the plan.
_DEPARTURES = ("margins_changed",)
_EXCEPTION = "exception"


@dataclass(frozen=True, slots=True)
class Statement:
    """One paragraph of the methods: its topic and its sentences."""

    topic: str
    text: str


def methods_statements(results: ResultSet) -> tuple[Statement, ...]:
    """Say what a run did: its plan, every analysis, margins, gates, departures, versions.

    Parameters
    ----------
    results : ResultSet
        What `relatum.pipeline.open_results` returns.

    Returns
    -------
    tuple of Statement
        Analyses in the order of the plan. Nothing is said of an analysis that was not run.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from relatum.pipeline import ResultSet, prepare
    >>> from relatum.study import read_study
    >>> made = prepare(replace(read_study(), models=("descriptive",), seed=7))
    >>> found = methods_statements(ResultSet(plan=made.plan, released=made.released))
    >>> [statement.topic for statement in found]
    ['The plan', 'Description', 'Refusals', 'Departures from the plan', 'Disclosure control', \
'Software']
    >>> "seed 7" in found[0].text
    True
    """
    return tuple(_statements(results))


def methods_markdown(results: ResultSet) -> str:
    """Write the statements as Markdown, one paragraph each, its topic in bold.

    Parameters
    ----------
    results : ResultSet

    Returns
    -------
    str
    """
    return "\n\n".join(f"**{one.topic}.** {one.text}" for one in methods_statements(results)) + "\n"


def deviations(results: ResultSet) -> tuple[str, ...]:
    """List the departures from what was declared, in sentences.

    Parameters
    ----------
    results : ResultSet

    Returns
    -------
    tuple of str
        Margins that were changed after a fit, overridden refusals, exceptions from disclosure
        control, and analyses without a result. Empty where there is none.
    """
    return tuple(dict.fromkeys(_deviations(results)))


def _statements(results: ResultSet) -> Iterator[Statement]:
    plan = results.plan
    yield Statement("The plan", _plan(results))
    for model in plan.models:
        yield Statement(TOPICS[model], _analysis(results, model))
    if "comparison" in plan.models:
        yield Statement("Margins", _margins(results))
    yield Statement("Refusals", _gates(results))
    listed = " ".join(f"({n}) {text}" for n, text in enumerate(deviations(results), start=1))
    yield Statement("Departures from the plan", listed or "None.")
    yield Statement(
        "Disclosure control", f"Every table and figure passed the profile '{plan.profile}'."
    )
    yield Statement("Software", _software(results))


def _plan(results: ResultSet) -> str:
    plan = results.plan
    compared = results["comparison"].result if "comparison" in results else None
    sides = compared.samples if isinstance(compared, Comparison) else ()
    other = sides[1] if len(sides) == 2 else None
    second = ""
    if other is not None:
        second = (
            f" It is compared with '{other.name}' ({other.origin}; SHA-256 "
            f"{other.fingerprint[:12]})."
        )
    return (
        f"The plan '{plan.name}' (SHA-256 {plan.hash[:12]}) names {len(plan.models)} analyses and "
        f"was read before any was run. All random steps start from seed {plan.seed}, with one seed "
        f"per replicate, so that the number of processes changes nothing. The sample is "
        f"'{plan.sample_name}' ({plan.sample_origin}; SHA-256 {plan.sample_fingerprint[:12]})."
        f"{second}"
    )


def _analysis(results: ResultSet, model: str) -> str:
    name = PRIMARY.get(model, model)
    found = results[name].result if name in results else None
    if isinstance(found, Unavailable):
        return f"Planned, and not available: {found.why}."
    return SENTENCES[model](results.released, results.plan.settings)


def _margins(results: ResultSet) -> str:
    found = results["comparison"].result if "comparison" in results else None
    if not isinstance(found, Comparison):
        return "No margins were used: the samples were not compared."
    tested = sum(row.margin_low is not None or row.margin_high is not None for row in found.rows)
    rows = "" if withheld(results["comparison"]) else f" of {tested} rows"
    return (
        f"Margins{rows} were declared in the plan (SHA-256 {found.margins_hash[:12]}); "
        "the list of all margins under which these samples were compared is kept with the results."
    )


def _gates(results: ResultSet) -> str:
    gates = results.plan.gates
    if not gates:
        return "An estimate that few investigations or silent files cannot carry is refused; no \
refusal was overridden."
    return f"Overridden by the plan, with its reasons: {'; '.join(gates)}."


def _deviations(results: ResultSet) -> Iterator[str]:
    for gate in results.plan.gates:
        yield f"A refusal was overridden: {gate}."
    for released in results.released.values():
        for note in released.notes:
            if note.code in _DEPARTURES:
                yield note.text
        for evidence in released.evidence:
            if _EXCEPTION in evidence.rule:
                yield f"Exception from disclosure control: {evidence.finding}"
    for released in results.released.values():
        if isinstance(released.result, Unavailable):
            yield f"Not available: {released.result.what} ({released.result.why})."


def _software(results: ResultSet) -> str:
    plan = results.plan
    packages = ", ".join(f"{name} {version}" for name, version in sorted(results.packages.items()))
    return f"relatum {plan.relatum_version} with schema {plan.schema_version}; {packages}."
