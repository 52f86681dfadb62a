"""Run all races and write `results/side_by_side.md`.

    python tests/benchmarks/bench_side_by_side.py [--smallest] [KEY ...]

With keys of races, or the smallest size of each alone, the table is printed and not written. What
the races run against is installed by `make peers` and `make rpeers`; what is missing is left out.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from side_by_side import Line, Race, StoppedError, run_race
from side_report import document, section

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "side_by_side.md"


def all_races() -> list[Race]:
    """The races of every script, in the order of the names."""
    names = sorted(path.stem for path in HERE.glob("race_*.py"))
    return [race for name in names for race in importlib.import_module(name).RACES]


def chosen(races: list[Race], keys: list[str]) -> list[Race]:
    """The races with the keys, or all.

    Raises
    ------
    SystemExit
        For an unknown key.
    """
    known = {race.key: race for race in races}
    wrong = [key for key in keys if key not in known]
    if wrong:
        raise SystemExit(f"No race {', '.join(wrong)}; there are {', '.join(known)}.")
    return [known[key] for key in keys] or races


def main(words: list[str]) -> int:
    """Run, print, and write; 1 where one of our own sides ended without an answer."""
    smallest = "--smallest" in words
    keys = [word for word in words if word != "--smallest"]
    races = chosen(all_races(), keys)
    found: list[tuple[Race, list[Line]]] = []
    missed: list[str] = []
    for race in races:
        try:
            lines = run_race(race, sizes=race.sizes[:1] if smallest else None)
        except StoppedError as end:
            missed.append(f"{race.headline}: ours stopped: {end}")
            print(f"{missed[-1]}\n", flush=True)
            continue
        found.append((race, lines))
        print("\n".join(section(race, lines)), flush=True)
    if not (smallest or keys):
        RESULTS.write_text("\n".join(document(found, missed)) + "\n", encoding="utf-8")
        print(f"Written: {RESULTS.name}")
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
