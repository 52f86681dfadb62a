"""What races found, in words and tables; and the machine they ran on."""

from __future__ import annotations

import datetime
import math
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from side_by_side import Line, Race, has_r, run_race

#: Below this ratio we are slower; nearer to 1 two runs may differ as much.
SLOWER = 0.95
HEAD = ("size", "ours", "memory", "peer", "time", "ratio", "memory", "difference")


def seconds(value: float | None) -> str:
    """Write a time with three digits."""
    if value is None:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e6:.3g} µs"


def memory(value: float | None) -> str:
    """Write a use of memory."""
    return "" if value is None else f"{value:,.0f} MB"


def times(ratio: float) -> str:
    """Write a ratio with three digits."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def told(line: Line) -> str:
    """Write the ratio, or the word that stands instead."""
    if line.ratio is None:
        return f"{line.word}: {line.why}" if line.why else line.word
    return f"**{line.ratio:.2g}, slower**" if line.ratio < SLOWER else times(line.ratio)


def rows_of(lines: Sequence[Line]) -> list[list[str]]:
    """Return the rows of a race: our side once per size, then the peers that ran."""
    rows = []
    for size in dict.fromkeys(line.size for line in lines):
        mine = [line for line in lines if line.size == size]
        own = [f"{size:,}", seconds(mine[0].seconds), memory(mine[0].memory)]
        ran = [line for line in mine if line.word not in ("left out", "not installed")]
        for line in ran:
            gap = "" if line.gap is None else f"{line.gap:.0e}"
            theirs = [line.peer, seconds(line.peer_seconds), told(line), memory(line.peer_memory)]
            rows.append([*own, *theirs, gap])
            own = ["", "", ""]
        if not ran:
            rows.append([*own, *[""] * 5])
    return rows


def absent(race: Race, lines: Sequence[Line]) -> str:
    """Say which peers were not there, and which were left out of the larger sizes."""
    said = []
    for peer in race.peers:
        words = {line.word for line in lines if line.peer == peer.name}
        if "not installed" in words:
            said.append(f"{peer.name} was not installed.")
        elif "left out" in words:
            said.append(f"{peer.name} was left out above {peer.largest:,}.")
    return " ".join(said)


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> list[str]:
    """Lay out a table."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def growth(lines: Sequence[Line]) -> str:
    """Say how the time grows between the two largest sizes, ours and each peer's."""
    said = []
    own = sorted({(line.size, line.seconds) for line in lines})
    if len(own) > 1:
        said.append(f"ours {_power(own):.2f}")
    for peer in dict.fromkeys(line.peer for line in lines):
        known = [
            (line.size, line.seconds * line.ratio)
            for line in lines
            if line.peer == peer and line.ratio is not None
        ]
        if len(known) > 1:
            said.append(f"{peer} {_power(known):.2f}")
    return f"Time grows as the size to the power: {', '.join(said)}." if said else ""


def _power(known: Sequence[tuple[int, float]]) -> float:
    (small, short), (large, long) = known[-2:]
    return math.log(long / short) / math.log(large / small)


def section(race: Race, lines: Sequence[Line]) -> list[str]:
    """Return the part of the document on one race."""
    text = [f"## {race.headline}", "", f"{race.what} Sizes count {race.unit}.", ""]
    text += table(rows_of(lines))
    last = [said for said in (growth(lines), absent(race, lines), race.remark) if said]
    return [*text, "", " ".join(last), ""] if last else [*text, ""]


def summary(found: Sequence[tuple[Race, Sequence[Line]]]) -> list[str]:
    """Return one row per race and peer: the range of ratios, and that at the largest size."""
    rows = []
    for race, lines in found:
        for peer in race.peers:
            mine = [line for line in lines if line.peer == peer.name]
            known = [(line.size, line.ratio) for line in mine if line.ratio is not None]
            if not known:
                words = ", ".join(dict.fromkeys(line.word for line in mine))
                rows.append([race.headline, peer.name, "", words, ""])
                continue
            ratios = [ratio for _, ratio in known]
            slower = ", ".join(f"{size:,}" for size, ratio in known if ratio < SLOWER)
            size, ratio = known[-1]
            span = f"{times(min(ratios))} to {times(max(ratios))}"
            rows.append([race.headline, peer.name, span, f"{times(ratio)} at {size:,}", slower])
    head = ("headline", "peer", "ratio", "at the largest size of both", "we are slower at")
    return table(rows, head)


# --- the machine -------------------------------------------------------------------------------


def processor() -> str:
    """Name the processor."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":")[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def r_versions(packages: Sequence[str]) -> str:
    """Versions of R, its linear algebra and the packages that are there; empty without R."""
    if not has_r("base"):
        return ""
    names = ", ".join(f'"{name}"' for name in packages if has_r(name))
    code = (
        'cat(paste0("R ", getRversion(), " with ", basename(extSoftVersion()["BLAS"])), '
        f"sapply(c({names or 'character()'}), function(p) paste(p, packageVersion(p))), "
        'sep = ", ")'
    )
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def python_versions(modules: Sequence[str]) -> str:
    """Versions of Python, of what we stand on and of the peers, wherever they are installed."""
    from side_by_side import python_with

    said = [f"Python {platform.python_version()}"]
    said += [f"{name} {metadata.version(name)}" for name in ("relatum", "numpy", "scipy", "numba")]
    for name in modules:
        python = python_with(name)
        if python is not None:
            code = (
                "import importlib.metadata as m; "
                f"print(m.version(m.packages_distributions()[{name!r}][0]))"
            )
            done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
            said.append(f"{name} {done.stdout.strip()}".strip())
    return ", ".join(said)


def machine(races: Sequence[Race]) -> list[str]:
    """Describe date, machine and versions."""
    peers = [peer for race in races for peer in race.peers]
    # `stats` comes with R, in its version.
    in_r = tuple(dict.fromkeys(peer.needs for peer in peers if peer.r and peer.needs != "stats"))
    in_python = tuple(dict.fromkeys(peer.needs for peer in peers if not peer.r))
    ours = ("numpy", "scipy", "numba")
    versions = [python_versions([name for name in in_python if name not in ours])]
    versions += [r_versions(in_r) or "R was not installed"]
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"Measured on {datetime.date.today().isoformat()}: {os.cpu_count()} cores of "
        f"{processor()}, {memory_gb:.0f} GB of memory, {platform.system()}. "
        f"{'; '.join(versions)}.",
    ]


# --- the document ------------------------------------------------------------------------------


def document(found: Sequence[tuple[Race, Sequence[Line]]], missed: Sequence[str] = ()) -> list[str]:
    """Return the whole document, with what could not be measured."""
    races = [race for race, _ in found]
    text = [
        "# Speed side by side",
        "",
        "Written by `bench_side_by_side.py`. How it is measured stands in the README above.",
        "",
        *machine(races),
        "",
        "A ratio is the peer's time over ours, so that above 1 ours is faster. Time is processor",
        "time of one thread; memory is the peak of the process with interpreter and data. A ratio",
        "stands only where both sides give the same numbers; the difference is the largest",
        "relative one.",
        "",
        *summary(found),
        "",
    ]
    if missed:
        text += [f"Not measured: {'; '.join(missed)}.", ""]
    for race, lines in found:
        text += section(race, lines)
    return text[:-1]


# --- the way in --------------------------------------------------------------------------------


def main(races: Sequence[Race]) -> None:
    """Run the races of one script and print them; `--smallest` runs the smallest size alone."""
    smallest = "--smallest" in sys.argv[1:]
    for race in races:
        found = run_race(race, sizes=race.sizes[:1] if smallest else None)
        print("\n".join(section(race, found)), flush=True)
