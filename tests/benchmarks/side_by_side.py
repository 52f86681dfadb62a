"""Races: the same job by this package and by what a user would otherwise take.

Every side runs in a process of its own, a child of this one, on the same arrays; the sides take
turns, so that a busy machine slows all of them. Processor time is counted (user and system), one
thread each, the least mean of several turns. Memory is the peak of the child, with its interpreter
and data. A time counts only if the side gives the numbers that ours gives; else the line says how
far apart they are. A side that is not installed is left out with a word.

Each `race_*.py` holds the races of one headline and runs alone. `bench_side_by_side.py` runs all.
"""

from __future__ import annotations

import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

HERE = Path(__file__).parent
#: The environment of `make peers`.
PEERS = HERE.parents[1] / "build" / "peers" / "bin" / "python"
THREADS = ("OPENBLAS", "OMP", "MKL", "NUMBA")
#: Shortest span between two readings of the clock, which in R has steps of a millisecond.
SPAN = 0.1
TURNS = 5

#: Lines of an error that say nothing.
SILENT = ("", "Execution halted")

Arrays = Mapping[str, np.ndarray]
#: What stands in a line instead of a ratio.
Word = Literal["", "not installed", "left out", "differs", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Who runs beside us.

    Attributes
    ----------
    name : str
    run : str
        A function of the script, or R code that ends in `serve(function() ...)`.
    needs : str
        Module or R package that must be installed.
    r : bool
    largest : int or None
        Larger sizes are left out: they would take minutes.
    tolerance : float
        Largest relative difference of a number from ours.
    """

    name: str
    run: str
    needs: str
    r: bool = False
    largest: int | None = None
    tolerance: float = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """One job at several sizes.

    Attributes
    ----------
    key, headline : str
    what : str
        What both sides do, for the document.
    unit : str
        What the sizes count.
    sizes : tuple of int
        Rising.
    data : callable
        Size in, arrays out.
    script, ours : str
        File and name of our function.
    peers : tuple of Peer
    remark : str
        Why we are slower, or what the peer does besides.
    """

    key: str
    headline: str
    what: str
    unit: str
    sizes: tuple[int, ...]
    data: Callable[[int], dict[str, np.ndarray]]
    script: str
    ours: str
    peers: tuple[Peer, ...]
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One size beside one peer; seconds and MB; `gap` is the largest relative difference."""

    size: int
    peer: str
    seconds: float = math.nan
    memory: float | None = None
    word: Word = ""
    peer_seconds: float | None = None
    peer_memory: float | None = None
    gap: float | None = None
    why: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times as long the peer takes, where both give the same."""
        if self.word or self.peer_seconds is None:
            return None
        return self.peer_seconds / self.seconds


# --- who is there ------------------------------------------------------------------------------


@cache
def has_r(package: str) -> bool:
    """Say whether R and a package are installed."""
    if shutil.which("Rscript") is None:
        return False
    call = ["Rscript", "-e", f'quit(status = !requireNamespace("{package}", quietly = TRUE))']
    return subprocess.run(call, capture_output=True, check=False).returncode == 0


@cache
def python_with(module: str) -> str | None:
    """The interpreter that has a module: this one, or that of `make peers`; None if neither."""
    if importlib.util.find_spec(module) is not None:
        return sys.executable
    if not PEERS.exists():
        return None
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    done = subprocess.run([str(PEERS), "-c", code], capture_output=True, check=False)
    return str(PEERS) if done.returncode == 0 else None


def is_there(peer: Peer) -> bool:
    """Say whether a peer is installed."""
    return has_r(peer.needs) if peer.r else python_with(peer.needs) is not None


# --- one side ----------------------------------------------------------------------------------


class StoppedError(Exception):
    """A side ended without an answer."""


@dataclass
class Side:
    """A child that answers once, then runs as often as told."""

    command: Sequence[str]
    patience: float
    answer: dict[str, float] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start the child and take its answer; whoever starts it closes it."""
        limits = {f"{name}_NUM_THREADS": "1" for name in THREADS}
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env={**os.environ, **limits},
        )
        self.answer = self._read()["answer"]

    def turn(self) -> None:
        """Run once to learn how long it takes, then as often as the clock needs."""
        calls = math.ceil(SPAN / max(min(self.times), 1e-5)) if self.times else 1
        self._write(str(calls))
        self.times.append(self._read()["seconds"])

    def end(self) -> float | None:
        """Close the child and return its peak of memory."""
        self.process.stdin.close()
        peak: float | None = self._read()["peak"]
        self.process.wait()
        return peak

    def close(self) -> None:
        """Take away what is left of the child."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            stream.close()

    @property
    def seconds(self) -> float:
        """Least mean time; the first turn of a single call only where there is no other."""
        return min(self.times[1:] or self.times)

    def _write(self, line: str) -> None:
        try:
            print(line, file=self.process.stdin, flush=True)
        except OSError:
            raise StoppedError(self._last_words()) from None

    def _read(self) -> dict:
        timer = threading.Timer(self.patience, self.process.kill)
        timer.start()
        try:
            # Packages that print while they load are passed over.
            line = next((one for one in self.process.stdout if one.startswith("{")), "")
        finally:
            timer.cancel()
        if not line:
            raise StoppedError(self._last_words())
        try:
            return json.loads(line)
        except json.JSONDecodeError:
            # R writes NA and Inf, which are no numbers here.
            raise StoppedError(f"its answer holds what is no number: {line.strip()[:80]}") from None

    def _last_words(self) -> str:
        if self.process.wait() < 0:
            return f"no end within {self.patience:.0f} s, or no memory left"
        self.errors.seek(0)
        said = [line.strip() for line in self.errors if line.strip() not in SILENT]
        return said[-1] if said else "ended without a word"


def make_side(race: Race, peer: Peer | None, folder: Path, *, patience: float = 120) -> Side:
    """Prepare a child for us (no peer) or for a peer."""
    if peer is not None and peer.r:
        code = folder / f"{peer.needs}.R"
        code.write_text(peer.run, encoding="utf-8")
        command = ["Rscript", str(HERE / "side_child.R"), str(code), str(folder)]
    else:
        python = sys.executable if peer is None else python_with(peer.needs)
        name = race.ours if peer is None else peer.run
        command = [str(python), str(HERE / "side_child.py"), race.script, name, str(folder)]
    return Side(command=command, patience=patience)


def write_arrays(arrays: Arrays, folder: Path) -> None:
    """Lay arrays down for Python; numbers also for R, by columns, as integers or doubles."""
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
        if array.dtype.kind == "U":
            continue
        kind = "d" if array.dtype.kind == "f" else "i"
        raw = array.astype(np.float64 if kind == "d" else np.int32)
        raw.ravel(order="F").tofile(folder / f"{name}.bin")
        size = " ".join(map(str, array.shape))
        (folder / f"{name}.txt").write_text(f"{kind}\n{size}\n", encoding="utf-8")


# --- the race ----------------------------------------------------------------------------------


def largest_gap(ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """Largest relative difference of the numbers that both sides give."""
    shared = ours.keys() & theirs.keys()
    if not shared:
        raise ValueError("the two sides give no number of the same name.")
    gaps = []
    for name in shared:
        one, other = ours[name], theirs[name]
        if not (math.isfinite(one) and math.isfinite(other)):
            gaps.append(0.0 if one == other else math.inf)
            continue
        scale = max(abs(one), abs(other), 1e-12)
        gaps.append(abs(one - other) / scale)
    return max(gaps)


def take_turns(sides: Sequence[Side], *, seconds: float = 2.0) -> dict[int, str]:
    """Let all sides run in turn; return why sides stopped, by position."""
    stopped: dict[int, str] = {}
    for turn in range(TURNS + 1):
        left = [at for at in range(len(sides)) if at not in stopped]
        spent = sum(sum(sides[at].times) for at in left)
        if turn > 0 and spent > seconds:
            break
        for at in left:
            try:
                sides[at].turn()
            except StoppedError as end:
                stopped[at] = str(end)
    return stopped


def start_sides(race: Race, size: int, folder: Path, held: ExitStack) -> dict[str, Side | Line]:
    """Start every peer that takes part; a line says why another does not."""
    found: dict[str, Side | Line] = {}
    for peer in race.peers:
        if peer.largest is not None and size > peer.largest:
            found[peer.name] = Line(size=size, peer=peer.name, word="left out")
        elif not is_there(peer):
            found[peer.name] = Line(size=size, peer=peer.name, word="not installed")
        else:
            side = make_side(race, peer, folder)
            held.callback(side.close)
            try:
                side.start()
                found[peer.name] = side
            except StoppedError as end:
                found[peer.name] = Line(size=size, peer=peer.name, word="stopped", why=str(end))
    return found


def run_size(race: Race, size: int) -> list[Line]:
    """Measure one size beside every peer.

    Raises
    ------
    StoppedError
        When our own side ends without an answer.
    """
    with tempfile.TemporaryDirectory() as name, ExitStack() as held:
        folder = Path(name)
        write_arrays(race.data(size), folder)
        mine = make_side(race, None, folder)
        held.callback(mine.close)
        mine.start()
        found = start_sides(race, size, folder, held)
        running = {key: side for key, side in found.items() if isinstance(side, Side)}
        stopped = take_turns([mine, *running.values()])
        if 0 in stopped:
            raise StoppedError(stopped[0])
        own = {"seconds": mine.seconds, "memory": mine.end()}
        for at, key in enumerate(running, start=1):
            if at in stopped:
                found[key] = Line(size=size, peer=key, word="stopped", why=stopped[at])
        peers = {peer.name: peer for peer in race.peers}
        lines = [
            beside(size, mine, peers[key], one) if isinstance(one, Side) else one
            for key, one in found.items()
        ]
    return [replace(line, **own) for line in lines]


def beside(size: int, mine: Side, peer: Peer, side: Side) -> Line:
    """Compare the numbers, then take the time."""
    gap = largest_gap(mine.answer, side.answer)
    return Line(
        size=size,
        peer=peer.name,
        word="" if gap <= peer.tolerance else "differs",
        peer_seconds=side.seconds,
        peer_memory=side.end(),
        gap=gap,
    )


def run_race(race: Race, *, sizes: Sequence[int] | None = None) -> list[Line]:
    """Measure all sizes, or those given."""
    return [line for size in sizes or race.sizes for line in run_size(race, size)]
