"""``relatum simulate``: draw samples that satisfy every published figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import (
    JobsOption,
    JsonOption,
    OutOption,
    SeedOption,
    emit,
    examples,
    progress,
)
from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.samples.simulation import Simulated

HELP = """Draw simulated samples that satisfy every published figure.

Each draw has 12 investigations, 70 suspects, 76 victims and 73 relationships. What the chapter does
not publish is drawn from declared assumptions. Every row is marked as simulated; simulated numbers
are never findings."""

DrawsOption = Annotated[
    int, typer.Option("--draws", min=1, metavar="INTEGER", help="How many samples to draw.")
]
DEFAULT_SEED = 20062010


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    lines = (
        "relatum simulate --seed 1 --out my_sample",
        "relatum simulate --seed 1 --draws 200 --jobs 2 --out my_ensemble",
    )
    app.command("simulate", help=HELP, epilog=examples(*lines))(simulate)


def simulate(
    seed: SeedOption = None,
    draws: DrawsOption = 1,
    out: OutOption = None,
    jobs: JobsOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Draw samples, write them if asked to, and say which figures they satisfy."""
    from relatum.samples.simulation import simulate_ensemble

    chosen = DEFAULT_SEED if seed is None else seed
    _refuse_taken(out, draws)
    records = []
    with progress("Drawing samples", total=draws) as advance:
        finished = simulate_ensemble(seed=chosen, draws=draws, jobs=jobs)
        for number, simulated in enumerate(finished):
            place = None if out is None else _place(out, number, draws)
            records.append(_record(simulated, place))
            advance(1)
    payload = {"seed": chosen, "draws": records}
    emit(payload, _text(chosen, records), json_mode=as_json)


def _refuse_taken(out: Path | None, draws: int) -> None:
    """Refuse a folder that holds something else before anything is drawn."""
    if out is None or not out.exists():
        return
    if not out.is_dir():
        msg = f"'{out}' is a file; name a folder for the samples."
        raise UsageError(msg)
    if draws > 1 and any(out.iterdir()):
        msg = f"'{out}' is not empty; name a new folder for an ensemble."
        raise UsageError(msg)


def _place(out: Path, number: int, draws: int) -> Path:
    return out if draws == 1 else out / f"draw-{number:04d}"


def _record(simulated: Simulated, place: Path | None) -> dict[str, object]:
    from relatum.samples.simulation import write_simulated

    if place is not None:
        write_simulated(simulated, place)
    manifest = simulated.manifest
    return {
        "draw": manifest.draw,
        "folder": None if place is None else place,
        "sample_sha256": manifest.fingerprint,
        "hard_facts_unmet": [check.id for check in manifest.unmet("hard")],
        "soft_facts_unmet": [check.id for check in manifest.unmet("soft")],
    }


def _text(seed: int, records: list[dict[str, object]]) -> str:
    from relatum.schema.facts import load_facts

    facts = load_facts()
    hard = len(facts.select(hardness="hard", computable=True))
    lines = [f"{len(records)} simulated sample(s), seed {seed}; not findings."]
    missed = [record for record in records if record["hard_facts_unmet"]]
    lines.append(f"Hard figures: all {hard} satisfied in {len(records) - len(missed)} draw(s).")
    counts: dict[str, int] = {}
    for record in records:
        for fact in record["soft_facts_unmet"]:  # type: ignore[attr-defined]
            counts[fact] = counts.get(fact, 0) + 1
    for fact, count in sorted(counts.items()):
        lines.append(f"Outside the usual reading in {count}: {fact} {facts[fact].construct}.")
    lines += [f"Written to {record['folder']}" for record in records[:5] if record["folder"]]
    if len(records) > 5 and records[5]["folder"]:
        lines.append(f"... and {len(records) - 5} more beside it.")
    return "\n".join(lines)
