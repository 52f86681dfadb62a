"""``relatum simulate``: draw samples that satisfy every published figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

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
from relatum.cli.workers import CheckpointOption, SchedulerOption, workers_at
from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.samples.simulation import Pair, Simulated

HELP = """Draw simulated samples that satisfy every published figure.

Each draw has 12 investigations, 70 suspects, 76 victims and 73 relationships. What the chapter does
not publish is drawn from declared assumptions. Every row is marked as simulated; simulated numbers
are never findings.

With --scenario it draws a pair of samples with one codebook, of trafficking and of domestic
violence, in which the parallel holds, differs, or cannot be told; such a pair does not satisfy the
chapter's counts."""

Scenario: TypeAlias = Literal["holds", "differs", "cannot_tell"]
Population: TypeAlias = Literal["both", "trafficking", "domestic_violence"]

DrawsOption = Annotated[
    int, typer.Option("--draws", min=1, metavar="INTEGER", help="How many samples to draw.")
]
ScenarioOption = Annotated[
    Scenario | None,
    typer.Option("--scenario", help="Draw a pair of samples.", show_default=False),
]
PopulationOption = Annotated[
    Population, typer.Option("--population", help="Which of a pair to write.")
]
CasesOption = Annotated[
    int | None,
    typer.Option(
        "--cases",
        min=2,
        metavar="INTEGER",
        help="Cases of each sample of a pair; as many as the scenario needs if left out.",
        show_default=False,
    ),
]
DEFAULT_SEED = 20062010


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    lines = (
        "relatum simulate --seed 1 --out my_sample",
        "relatum simulate --seed 1 --draws 200 --jobs 2 --out my_ensemble",
        "relatum simulate --seed 1 --draws 200 --checkpoint half_done --out my_ensemble",
        "relatum simulate --seed 1 --scenario holds --out my_pair",
    )
    app.command("simulate", help=HELP, epilog=examples(*lines))(simulate)


def simulate(
    seed: SeedOption = None,
    draws: DrawsOption = 1,
    scenario: ScenarioOption = None,
    population: PopulationOption = "both",
    cases: CasesOption = None,
    out: OutOption = None,
    jobs: JobsOption = 1,
    scheduler: SchedulerOption = None,
    checkpoint: CheckpointOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw samples, write them if asked to, and say which figures they satisfy."""
    from relatum.samples.simulation import simulate_ensemble

    chosen = DEFAULT_SEED if seed is None else seed
    _refuse_mixture(scenario, population, cases, draws)
    _refuse_elsewhere(scenario, scheduler, checkpoint)
    _refuse_taken(out, draws if scenario is None else 1, taken_up=_has_begun(checkpoint))
    if scenario is not None:
        _simulate_pair(scenario, population, cases, chosen, out, as_json=as_json)
        return
    records = []
    with workers_at(scheduler), progress("Drawing samples", total=draws) as advance:
        finished = simulate_ensemble(seed=chosen, draws=draws, jobs=jobs, checkpoint=checkpoint)
        for number, simulated in enumerate(finished):
            place = None if out is None else _place(out, number, draws)
            records.append(_record(simulated, place))
            advance(1)
    payload = {"seed": chosen, "draws": records}
    emit(payload, _text(chosen, records), json_mode=as_json)


def _refuse_mixture(
    scenario: Scenario | None, population: Population, cases: int | None, draws: int
) -> None:
    """Refuse options that belong to the other kind of draw."""
    faults = []
    if scenario is None and population != "both":
        faults.append("--population belongs to a pair; give --scenario as well.")
    if scenario is None and cases is not None:
        faults.append("--cases belongs to a pair; the chapter's sample always has 12 cases.")
    if scenario is not None and draws > 1:
        faults.append("--draws belongs to the chapter's sample; draw pairs one seed at a time.")
    if faults:
        raise UsageError(" ".join(faults))


def _refuse_elsewhere(
    scenario: Scenario | None, scheduler: str | None, checkpoint: Path | None
) -> None:
    """Refuse options of long work for a pair, which takes a second."""
    given = {"--scheduler": scheduler, "--checkpoint": checkpoint}
    faults = [name for name, value in given.items() if value is not None]
    if scenario is not None and faults:
        verb = "belongs" if len(faults) == 1 else "belong"
        raise UsageError(f"{' and '.join(faults)} {verb} to the chapter's sample, not to a pair.")


def _has_begun(checkpoint: Path | None) -> bool:
    return checkpoint is not None and checkpoint.is_dir() and any(checkpoint.iterdir())


def _simulate_pair(
    scenario: Scenario,
    population: Population,
    cases: int | None,
    seed: int,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    from relatum.samples.simulation import simulate_pair

    pair = simulate_pair(scenario=scenario, seed=seed, n_cases=cases)
    places = {} if out is None else _write(pair, population, out)
    counts = {
        "trafficking": pair.trafficking.n("relationships"),
        "domestic_violence": pair.domestic_violence.n("relationships"),
    }
    payload = {
        "seed": seed,
        "scenario": scenario,
        "cases": pair.manifest.n_cases,
        "relationships": counts,
        "sample_sha256": dict(pair.manifest.fingerprints),
        "folders": places,
    }
    words = ", ".join(f"{n} in {name.replace('_', ' ')}" for name, n in counts.items())
    lines = [
        f"A pair of simulated samples, scenario {scenario}, seed {seed}; not findings.",
        f"{pair.manifest.n_cases} cases each; relationships: {words}.",
        *(f"Written to {place}" for place in places.values()),
    ]
    emit(payload, "\n".join(lines), json_mode=as_json)


def _write(pair: Pair, population: Population, out: Path) -> dict[str, Path]:
    from relatum.samples.simulation import write_pair, write_population

    if population != "both":
        return {population: write_population(pair, population, out)}
    first, second = write_pair(pair, out)
    return {"trafficking": first, "domestic_violence": second}


def _refuse_taken(out: Path | None, draws: int, *, taken_up: bool) -> None:
    """Refuse a folder that holds something else before anything is drawn.

    A run that takes up an earlier one writes the draws of that again.
    """
    if out is None or not out.exists():
        return
    if not out.is_dir():
        msg = f"'{out}' is a file; name a folder for the samples."
        raise UsageError(msg)
    own = {_place(out, number, draws) for number in range(draws)} if taken_up else set()
    if draws > 1 and set(out.iterdir()) - own:
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
    noun = "sample" if len(records) == 1 else "samples"
    lines = [f"{len(records)} simulated {noun}, seed {seed}; not findings."]
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
