"""What each result answers, in one line, for the page that links all outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["QUESTIONS", "RECORDS", "Question", "question"]


@dataclass(frozen=True, slots=True)
class Question:
    """A heading and one line on what an output answers."""

    title: str
    line: str


_Q = Question

#: By the name of a result.
QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "audit": _Q("Published figures", "Does the sample agree with every published figure?"),
        "arithmetic": _Q("Arithmetic", "Do the published figures add up among themselves?"),
        "flow": _Q("Selection", "How were the investigations selected, and what do they hold?"),
        "characteristics": _Q("Characteristics", "Who and what do the files describe?"),
        "circumstances": _Q("Circumstances", "Under which circumstances did relationships go on?"),
        "countries": _Q("Countries", "Where were suspects and victims born?"),
        "ages": _Q("Ages", "How old were suspects and victims?"),
        "numbers": _Q("Durations and amounts", "How long, how many, how much?"),
        "sizes": _Q("Sizes of cases", "How unequal are the investigations?"),
        "prevalence": _Q("Prevalence", "How often was each code recorded, with bounds?"),
        "documentation": _Q("Documentation", "How much of what was asked do the files answer?"),
        "documentation_matrix": _Q(
            "Documentation by relationship", "Which codes are documented in which relationship?"
        ),
        "imports": _Q("Import", "What could an import not take over?"),
        "agreement": _Q("Agreement of coders", "How far do two coders agree?"),
        "table_one": _Q("The samples", "Who and what is in the samples, and what is silent?"),
        "timeline": _Q("Narrated case", "In which order did the events of the narrated case come?"),
        "clusters": _Q("Cases as clusters", "How much do a few large investigations weigh?"),
        "estimates": _Q("Beyond these cases", "What might a future investigation show?"),
        "silence": _Q("Silence", "Where would conclusions turn if the undocumented were known?"),
        "multiverse": _Q("Choices", "How far do shares depend on choices of the analyst?"),
        "cooccurrence": _Q("Domains together", "Which domains are recorded together?"),
        "domain_sets": _Q("Combinations", "Which combinations of domains were recorded?"),
        "composites": _Q("Composite claims", "What can be said of tactics in combination?"),
        "tactic_pairs": _Q("Tactics together", "Which pairs of tactics are worth a look?"),
        "familiar": _Q("Familiar measures", "What would most studies print, and what is ignored?"),
        "depth_bias": _Q("Documentation depth", "What does a blank read as absence do to pairs?"),
        "latent_classes": _Q("Latent classes", "Do relationships fall into types?"),
        "tactic_clusters": _Q("Tree of tactics", "Which tactics lie near each other?"),
        "tactic_network": _Q("Network of tactics", "Which tactics are linked, others held equal?"),
        "escape_rate": _Q("Escape attempts", "How many attempts per month under observation?"),
        "escape_curves": _Q("First attempt", "How soon, beside arrests and other ends?"),
        "escape_outcomes": _Q("Outcomes of attempts", "What became of attempts to get away?"),
        "escape_windows": _Q("Windows of observation", "When was each relationship observed?"),
        "escape_familiar": _Q("Familiar times", "What would the usual survival analysis print?"),
        "recidivism": _Q("Open experiment", "Where do the familiar estimators of times belong?"),
        "reporting": _Q("Reports to the police", "Who made a report after a first contact?"),
        "retraction": _Q("Steps back", "How many stepped back from a report, and in which way?"),
        "retraction_contrasts": _Q(
            "Women who reported", "What was recorded together with a step back?"
        ),
        "report_windows": _Q("Reports as bars", "How long was each report followed?"),
        "retraction_path": _Q(
            "Path of the narrated case", "Which steps did the narrated case take?"
        ),
        "comparison": _Q(
            "Parallels", "Is trafficking like domestic violence, row by row, within margins?"
        ),
        "comparison_profile": _Q("Profiles and balance", "How alike are both samples as wholes?"),
        "left_out": _Q("Figures left out", "Which figures could not be drawn, and why?"),
        "comparison_benchmarks": _Q(
            "Published comparators", "Which verdict follows under each published comparator?"
        ),
    }
)

#: By the path below the folder of a study.
RECORDS: Mapping[str, Question] = MappingProxyType(
    {
        "manifest.json": _Q(
            "Manifest", "From which plan, sample and versions does this come? With checksums."
        ),
        "results/release.json": _Q(
            "Evidence of release", "Under which profile did each result go out, and why?"
        ),
        "results/index.json": _Q("List of results", "In which order do the results stand?"),
        "margins.json": _Q("Margins", "Which margins were declared at each fit?"),
    }
)


def question(name: str) -> Question:
    """Return what a result answers; a result without words of its own gets its name.

    Parameters
    ----------
    name : str
        Of a result, or of a part of it, as the files of figures are named.

    Examples
    --------
    >>> question("sizes").line
    'How unequal are the investigations?'
    >>> question("audit-victims").title
    'Published figures: victims'
    >>> question("own_analysis")
    Question(title='Own analysis', line='')
    """
    whole = name.replace("-", "_")
    if whole in QUESTIONS:
        return QUESTIONS[whole]
    result, _, part = name.partition("-")
    words = part.replace("-", " ").replace("_", " ")
    if part and result in QUESTIONS:
        found = QUESTIONS[result]
        return Question(f"{found.title}: {words}", found.line)
    return Question(whole.replace("_", " ").capitalize(), "")
