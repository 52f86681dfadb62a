"""Tables of latent classes, of the network of tactics and of the tree of tactics."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.absent import withheld
from relatum.release.content import content
from relatum.results.profiles import (
    ClassFitRow,
    ClassRow,
    CodeMerge,
    LatentClasses,
    StabilityRow,
    TacticClusters,
    TacticNetwork,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import decimal_words, p_words
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import MIN_FOR_PERCENT, NOTHING, percent

__all__ = [
    "tabulate_class_profiles",
    "tabulate_latent_classes",
    "tabulate_tactic_clusters",
    "tabulate_tactic_network",
]

_CODINGS = {"lower": "Undocumented as absent", "missing": "Undocumented as missing at random"}


def tabulate_latent_classes(released: Released) -> Table:
    """Tabulate how well each number of classes fits.

    Parameters
    ----------
    released : Released
        A `LatentClasses`.
    """
    found = content(released, LatentClasses)
    fitted = [row for row in found.fits if not row.refused]
    return Table(
        title="Latent classes of the domains: fit by number of classes",
        columns=(
            Column(label="Classes", align="right", width=3),
            Column(label="Parameters", align="right", width=4),
            Column(label="Log-likelihood", align="right", width=5),
            Column(label="BIC", align="right", width=4),
            Column(label="Adjusted BIC", align="right", width=4),
            Column(label="Entropy", align="right", width=3),
            Column(label="Ratio", align="right", width=3),
            Column(label="p", align="right", width=3),
            Column(label="Starts at maximum", align="right", width=4),
            Column(label="Boundary", width=3),
        ),
        rows=tuple(_fit_line(row) for row in fitted),
        footnotes=(
            *note_texts(released),
            f"The BIC is smallest at {_classes(found.n_classes)}, undocumented as absent. "
            + _stability_words(found.stability),
            *_refused(found.fits),
            "Indicators: " + ", ".join(found.labels) + ".",
            *(["Not used: " + "; ".join(found.left_out) + "."] if found.left_out else []),
            "Entropy: 1 where every relationship surely belongs to one class. Ratio: likelihood "
            "ratio against one class less. Starts at maximum: random starts that came within "
            "0.001 of the largest log-likelihood. Boundary: some probability is 0 or 1. "
            f"{NOTHING}: not defined, or not tested.",
        ),
    )


def tabulate_class_profiles(released: Released) -> Table:
    """Tabulate the share of each class and the probability of each domain within it.

    Parameters
    ----------
    released : Released
        A `LatentClasses`.
    """
    found = content(released, LatentClasses)
    sizes = {row.coding: row.n_rows for row in found.fits}
    return Table(
        title="Latent classes of the domains: what each holds",
        columns=(
            Column(label="Class", width=2),
            Column(label="Share", align="right", width=5),
            *(Column(label=label, align="right", width=4) for label in found.labels),
        ),
        rows=tuple(_class_line(row, sizes[row.coding]) for row in found.classes),
        footnotes=(
            *note_texts(released),
            "Share: of the relationships, with the number that it stands for. The other columns: "
            "probability that the domain is recorded as present within the class.",
        ),
    )


def tabulate_tactic_network(released: Released) -> Table:
    """Tabulate the edges between tactics, with their stability.

    Parameters
    ----------
    released : Released
        A `TacticNetwork`.
    """
    found = content(released, TacticNetwork)
    rows = tuple(
        Row(
            cells=(
                edge.first_label,
                edge.second_label,
                decimal_words(edge.weight, digits=2),
                _number(edge.weight_upper, 2),
                f"{round(edge.selected * found.n_draws)} of {found.n_draws}",
                f"{round(edge.same_sign * found.n_draws)} of {found.n_draws}",
                edge.structural or NOTHING,
            )
        )
        for edge in found.edges
    )
    shown = " shown" if withheld(released) else ""
    return Table(
        title=f"{found.title}: {len(found.edges)} edges{shown} among {found.n_pairs} pairs",
        columns=(
            Column(label="Tactic", width=6),
            Column(label="Tactic", width=6),
            Column(label="Weight", align="right", width=3),
            Column(label="Weight, undocumented as present", align="right", width=5),
            Column(label="Found in resamples", align="right", width=4),
            Column(label="With the same sign", align="right", width=4),
            Column(label="By definition", width=5),
        ),
        rows=rows,
        footnotes=(
            *note_texts(released),
            "Weight: conditional log odds ratio, shrunk; 0 means that there is no edge.",
            *_left_out(found.left_out, "hardly vary"),
        ),
    )


def tabulate_tactic_clusters(released: Released) -> Table:
    """Tabulate the steps in which tactics are joined.

    Parameters
    ----------
    released : Released
        A `TacticClusters`.
    """
    found = content(released, TacticClusters)
    return Table(
        title=found.title,
        columns=(
            Column(label="Step", align="right", width=2),
            Column(label="Tactics", width=10),
            Column(label="Joined with", width=10),
            Column(label="Distance", align="right", width=3),
        ),
        rows=tuple(_merge_line(found, merge) for merge in found.merges),
        footnotes=(
            *note_texts(released),
            f"Distance: mean of one minus the Jaccard index, in {found.n_rows} relationships. "
            "Step numbers in brackets name what an earlier step made.",
            *_left_out(found.left_out, "are present in every relationship or in none"),
        ),
    )


def _classes(n: int) -> str:
    return "1 class" if n == 1 else f"{n} classes"


def _number(value: float | None, digits: int) -> str:
    return NOTHING if value is None else decimal_words(value, digits=digits)


def _fit_line(row: ClassFitRow) -> Row:
    return Row(
        group=f"{_CODINGS[row.coding]} ({row.n_rows} relationships)",
        cells=(
            f"{row.n_classes}",
            f"{row.n_parameters}",
            _number(row.log_likelihood, 2),
            _number(row.bic, 1),
            _number(row.adjusted_bic, 1),
            _number(row.entropy, 2),
            _number(row.ratio, 2),
            NOTHING if row.p_value is None else p_words(row.p_value),
            f"{row.n_starts_at_max} of {row.n_starts}",
            "yes" if row.on_boundary else "no",
        ),
    )


def _refused(fits: tuple[ClassFitRow, ...]) -> tuple[str, ...]:
    refused = [row for row in fits if row.refused]
    reasons = dict.fromkeys(
        f"{_classes(row.n_classes)}, {_CODINGS[row.coding].lower()}: {row.refused}"
        for row in refused
    )
    return ("Not fitted: " + "; ".join(reasons) + ".",) if reasons else ()


def _stability_words(held: StabilityRow | None) -> str:
    if held is None:
        return "One class means that no profiles are told apart."
    words = (
        f"Adjusted Rand index over {held.n_draws} resamples of investigations: mean "
        f"{held.mean:.2f}, 5th to 95th percentile {held.low:.2f} to {held.high:.2f}"
    )
    if held.without_largest is None:
        return f"{words}; without the largest investigation there is no such fit."
    return f"{words}; without the largest investigation {held.without_largest:.2f}."


def _class_line(row: ClassRow, n_rows: int) -> Row:
    stands_for = f"{row.share * n_rows:.0f} of {n_rows}"
    share = f"{percent(row.share)} ({stands_for})" if n_rows >= MIN_FOR_PERCENT else stands_for
    return Row(
        group=_CODINGS[row.coding],
        cells=(f"{row.number}", share, *(f"{chance:.2f}" for chance in row.probabilities)),
    )


def _merge_line(found: TacticClusters, merge: CodeMerge) -> Row:
    sides = []
    for number in (merge.first, merge.second):
        if number < len(found.terms):
            sides.append(f"{found.labels[number]} ({found.present[number]})")
        else:
            held = found.members(number)
            sides.append(f"[{number - len(found.terms) + 1}] {len(held)} tactics")
    return Row(cells=(f"{merge.step}", *sides, f"{merge.height:.2f}"))


def _left_out(labels: tuple[str, ...], why: str) -> tuple[str, ...]:
    return (f"Left out, because they {why}: {', '.join(labels)}.",) if labels else ()
