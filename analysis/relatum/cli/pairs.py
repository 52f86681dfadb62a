"""``relatum pairs``: which items of a large registry are recorded together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from relatum.cli.common import JsonOption, emit, examples, to_json
from relatum.errors import EstimationError, UsageError

if TYPE_CHECKING:
    from relatum.results.base import Unavailable
    from relatum.results.registry_pairs import RegistryExcess, RegistryPair, RegistryPairs

HELP = """Count and compare all pairs of items of a registry.

FILE is a Parquet or CSV file with a row per record, a column of the case, and a column per item:
0 and 1, true and false, or the words of a status. It is read in chunks, so it may hold millions of
records. Each pair is compared with independence among records that are alike: of one case; of one
case with the same number of items recorded, where unrelated pairs lie below zero; and of one case
with the same number of other items, where they lie above.

What is printed has passed no disclosure control and is for your screen. Pairs with fewer than 5
records in a cell are withheld, also from --json, unless --all is given."""

FileArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A file that ends in .parquet or .csv."),
]
CaseOption = Annotated[
    str,
    typer.Option("--case", metavar="COLUMN", help="The column of the case.", show_default=False),
]
ZerosOption = Annotated[
    str | None,
    typer.Option(
        "--zeros",
        metavar="absent_documented|not_documented",
        help="What a 0 means; needed where there is one.",
        show_default=False,
    ),
]
ItemsOption = Annotated[
    str | None,
    typer.Option(
        "--items",
        metavar="A,B",
        help="The columns of the items; all but the case if left out.",
        show_default=False,
    ),
]
MostOption = Annotated[
    int, typer.Option("--most", min=1, metavar="INTEGER", help="Pairs printed; --json lists all.")
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Print pairs with fewer than 5 records in a cell, too.")
]
#: Smallest cell of a pair that is printed.
SMALLEST = 5


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    lines = (
        "relatum pairs registry.parquet --case case_id --zeros not_documented",
        "relatum pairs registry.csv --case case_id --items threats,debt,violence --json",
    )
    app.command("pairs", help=HELP, epilog=examples(*lines))(pairs)


def pairs(
    file: FileArgument,
    case: CaseOption,
    zeros: ZerosOption = None,
    items: ItemsOption = None,
    most: MostOption = 20,
    small: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare all pairs; the outcome goes to standard output.

    Like the other verbs that read a user's data it prints to the user's own screen and releases
    nothing: a table or figure still needs a released result. Small cells are left out by default,
    because what stands on a screen is soon copied.
    """
    from relatum.models.registry_pairs import pair_registry
    from relatum.results.base import Unavailable

    with zeros_hint(zeros):
        found = pair_registry(file, case=case, zeros=zeros_word(zeros), items=item_names(items))
    if isinstance(found, Unavailable):
        msg = f"Nothing can be compared: {found.why}."
        raise EstimationError(msg)
    withheld = () if small else tuple(pair for pair in found.pairs if _is_small(found, pair))
    emit(_payload(found, withheld), _text(found, withheld, most), json_mode=as_json)


def item_names(text: str | None) -> list[str]:
    """Read the option --items."""
    return [name.strip() for name in text.split(",")] if text else []


@contextmanager
def zeros_hint(word: str | None) -> Iterator[None]:
    """Say with which option a 0 is declared, where a file needs it."""
    try:
        yield
    except UsageError as error:
        if word is None and "zeros=" in str(error):
            hint = "Here: --zeros not_documented or --zeros absent_documented."
            raise UsageError(f"{error} {hint}") from None
        raise


def zeros_word(word: str | None) -> Literal["absent_documented", "not_documented"] | None:
    """Read the option --zeros."""
    if word is None:
        return None
    if word == "absent_documented":
        return "absent_documented"
    if word == "not_documented":
        return "not_documented"
    msg = f"--zeros must be absent_documented or not_documented, not '{word}'."
    raise UsageError(msg)


def _is_small(found: RegistryPairs, pair: RegistryPair) -> bool:
    """Say whether a cell of the pair, under some reading, holds too few records."""
    from relatum.results.base import Unavailable

    for held in (pair.lower, pair.upper):
        if isinstance(held, Unavailable):
            continue
        first, second = held.n_first - held.n_both, held.n_second - held.n_both
        rest = found.n_records - held.n_both - first - second
        if min(held.n_both, first, second, rest) < SMALLEST:
            return True
    return False


def _payload(found: RegistryPairs, withheld: tuple[RegistryPair, ...]) -> dict[str, object]:
    hidden = {pair.term for pair in withheld}
    whole = to_json(found)
    if not isinstance(whole, dict):
        raise TypeError("a result is an object")
    kept = [to_json(pair) for pair in found.pairs if pair.term not in hidden]
    items = [to_json(item) for item in found.items]
    if hidden:
        items = [{"term": item.term} for item in found.items]
    return {"registry": {**whole, "pairs": kept, "items": items, "withheld": sorted(hidden)}}


def _text(found: RegistryPairs, withheld: tuple[RegistryPair, ...], most: int) -> str:
    hidden = {pair.term for pair in withheld}
    shown = [pair for pair in found.ranked if pair.term not in hidden]
    lines = [f"{found}.", ""]
    if shown:
        width = max(len(pair.term) for pair in shown[:most]) + 1
        head = (
            f"  {'':{width}} {'both':>9}  {'phi':>5} {'z case':>8} {'z number':>8} {'z others':>8}"
        )
        lines.append(f"{head}  odds ratio at equal number, others")
        lines += [_line(pair, width) for pair in shown[:most]]
    if len(shown) > most:
        lines.append(f"  and {len(shown) - most:,} more pairs (--json lists all)")
    if withheld:
        n = len(withheld)
        lines.append(f"Withheld for fewer than {SMALLEST} records in a cell: {n:,} (--all prints).")
    if found.untested:
        lines.append(f"Not testable: {len(found.untested):,} pairs.")
        reasons = list(dict.fromkeys(pair.why for pair in found.untested))
        lines += [f"  {why}" for why in reasons[:most]]
    if found.upper is not None:
        lines.append(f"Silence is read as absence only: {found.upper.why}.")
    return "\n".join([*lines, "", *(f"Note: {note.text}" for note in found.notes)])


def _line(pair: RegistryPair, width: int) -> str:
    held = pair.lower
    term = f"{pair.term}*" if pair.above_level else pair.term
    numbers = " ".join(f"{_statistic(found):>8}" for found in held.excesses)
    ratios = ", ".join(_ratio(found) for found in (held.by_total, held.by_others))
    return f"  {term:{width}} {held.n_both:>9,}  {held.phi:5.2f} {numbers}  {ratios}"


def _statistic(found: RegistryExcess | Unavailable) -> str:
    from relatum.results.base import Unavailable

    return "–" if isinstance(found, Unavailable) else f"{found.statistic:.1f}"


def _ratio(found: RegistryExcess | Unavailable) -> str:
    from relatum.results.base import Unavailable
    from relatum.tables.pair_words import ratio_words

    return "–" if isinstance(found, Unavailable) else ratio_words(found.odds_ratio)
