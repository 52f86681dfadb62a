"""The races beside other packages: what is counted, what is refused, and that every script runs."""

import importlib
import math
import re
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
#: Peers that the package itself stands on, and that answer fast at the smallest size.
FAST = ("scipy", "sklearn", "lifelines", "firthmodels")
#: Peers that give other numbers, for a reason that the document tells.
OTHERS = ("by_lifelines_robust",)


@pytest.fixture(scope="module", autouse=True)
def path():
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def side(path):
    return importlib.import_module("side_by_side")


@pytest.fixture(scope="module")
def report(path):
    return importlib.import_module("side_report")


# --- one race ----------------------------------------------------------------------------------

SCRIPT = """
import sys, time

def ours(data):
    return lambda: {"sum": data["x"].sum(), "n": len(data["x"])}

def same(data):
    print("a peer that prints while it is made ready")
    return lambda: {"sum": sum(data["x"].tolist())}

def other(data):
    return lambda: {"sum": data["x"].sum() * 1.01}

def broken(data):
    raise RuntimeError("no such column")

def no_number(data):
    print('{"answer": {"sum": NA}}', file=sys.__stdout__, flush=True)
    return lambda: {"sum": data["x"].sum()}

def dies_later(data):
    state = []
    def run():
        state.append(1)
        if len(state) > 1:
            sys.exit("out of luck")
        return {"sum": data["x"].sum()}
    return run

def endless(data):
    return lambda: time.sleep(60)
"""


@pytest.fixture(scope="module")
def race(side, tmp_path_factory):
    """A race of sums beside several peers."""
    script = tmp_path_factory.mktemp("race") / "race_sums.py"
    script.write_text(SCRIPT, encoding="utf-8")
    names = ("same", "other", "broken", "no_number", "dies_later")
    return side.Race(
        key="sums",
        headline="Sums",
        what="A sum.",
        unit="numbers",
        sizes=(10, 1_000),
        data=lambda n: {"x": np.arange(n, dtype=float)},
        script=str(script),
        ours="ours",
        peers=(
            *(side.Peer(name=name, run=name, needs="numpy") for name in names),
            side.Peer(name="absent", run="same", needs="no_such_module_anywhere"),
            side.Peer(name="slow", run="endless", needs="numpy", largest=5),
        ),
    )


@pytest.fixture(scope="module")
def lines(side, race):
    return {line.peer: line for line in side.run_size(race, 10)}


def test_a_time_counts_where_the_numbers_agree(lines):
    line = lines["same"]
    assert line.word == ""
    assert line.gap == 0.0
    assert line.ratio == line.peer_seconds / line.seconds > 0
    assert line.memory is None or line.memory > 5


def test_a_time_does_not_count_where_they_differ(lines):
    line = lines["other"]
    assert (line.word, line.ratio) == ("differs", None)
    assert line.gap == pytest.approx(1 - 1 / 1.01)


@pytest.mark.parametrize(
    ("peer", "word", "why"),
    [
        ("broken", "stopped", "RuntimeError: no such column"),
        ("no_number", "stopped", 'its answer holds what is no number: {"answer": {"sum": NA}}'),
        ("dies_later", "stopped", "out of luck"),
        ("absent", "not installed", ""),
        ("slow", "left out", ""),
    ],
)
def test_a_peer_without_a_time_says_why(lines, peer, word, why):
    line = lines[peer]
    assert (line.word, line.why, line.ratio, line.peer_seconds) == (word, why, None, None)
    assert line.seconds == lines["same"].seconds


def test_a_side_without_end_is_stopped(side, race, tmp_path):
    side.write_arrays(race.data(3), tmp_path)
    child = side.make_side(race, race.peers[-1], tmp_path, patience=1.0)
    with pytest.raises(side.StoppedError, match="no end within 1 s"):
        child.start()
    child.close()
    assert child.process.poll() is not None


def test_our_own_side_must_answer(side, race):
    with pytest.raises(side.StoppedError, match="no such column"):
        side.run_race(replace(race, ours="broken", peers=()), sizes=[3])


def test_arrays_are_laid_down_by_columns_for_r(side, tmp_path):
    arrays = {"x": np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int8), "words": np.array(["a"])}
    side.write_arrays(arrays, tmp_path)
    assert np.fromfile(tmp_path / "x.bin", dtype=np.int32).tolist() == [1, 4, 2, 5, 3, 6]
    assert (tmp_path / "x.txt").read_text(encoding="utf-8") == "i\n2 3\n"
    assert not (tmp_path / "words.bin").exists()


def test_the_gap_is_that_of_the_worst_shared_number(side):
    assert side.largest_gap({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.5, "c": 9.0}) == 0.2
    assert side.largest_gap({"a": 1.0}, {"a": math.nan}) == math.inf
    assert side.largest_gap({"a": 1.0, "b": 3.0}, {"a": 1.0, "b": math.inf}) == math.inf
    assert side.largest_gap({"a": math.inf}, {"a": math.inf}) == 0.0
    with pytest.raises(ValueError, match="no number of the same name"):
        side.largest_gap({"a": 1.0}, {"b": 1.0})


# --- the words ---------------------------------------------------------------------------------


def measured(side, size, ours, theirs, **more):
    return side.Line(size=size, peer="same", seconds=ours, peer_seconds=theirs, gap=0.0, **more)


def test_a_section_tells_growth_and_who_was_slower(side, report, race):
    lines = [measured(side, 10, 0.002, 0.001), measured(side, 1_000, 0.2, 0.4)]
    lines += [side.Line(size=10, peer="absent", seconds=0.002, word="not installed")]
    text = "\n".join(report.section(race, lines))
    assert "| 10 | 2 ms |  | same | 1 ms | **0.5, slower** |  | 0e+00 |" in text
    assert "| 1,000 | 200 ms |  | same | 400 ms | 2 |  | 0e+00 |" in text
    assert "to the power: ours 1.00, same 1.30." in text
    assert "absent was not installed." in text


def test_the_summary_names_the_sizes_at_which_we_are_slower(side, report, race):
    lines = [measured(side, 10, 0.002, 0.001), measured(side, 1_000, 0.2, 0.4)]
    rows = report.summary([(race, lines)])
    assert rows[2] == "| Sums | same | 0.5 to 2 | 2 at 1,000 | 10 |"


def test_the_document_tells_date_machine_and_what_is_missing(side, report, race, monkeypatch):
    monkeypatch.setattr(report, "python_versions", lambda modules: "Python 3")
    monkeypatch.setattr(report, "r_versions", lambda packages: "")
    lines = [measured(side, 10, 0.002, 0.001)]
    text = "\n".join(report.document([(race, lines)], ["Products: ours stopped: no memory"]))
    assert re.search(r"Measured on \d{4}-\d\d-\d\d: \d+ cores of .*R was not installed\.", text)
    assert "Not measured: Products: ours stopped: no memory." in text
    assert "\n## Sums\n" in text


def test_times_have_three_digits(report):
    assert [report.seconds(value) for value in (12.34, 0.01234, 1.234e-5, None)] == [
        "12.3 s",
        "12.3 ms",
        "12.3 µs",
        "",
    ]


# --- every script ------------------------------------------------------------------------------


def scripts():
    return sorted(path.stem for path in BENCHMARKS.glob("race_*.py"))


@pytest.mark.parametrize("name", scripts())
def test_every_race_answers_at_its_smallest_size(side, name):
    module = importlib.import_module(name)
    for race in module.RACES:
        assert list(race.sizes) == sorted(race.sizes)
        data = race.data(race.sizes[0])
        answer = getattr(module, race.ours)(data)()
        assert answer
        assert all(math.isfinite(value) for value in answer.values())
        for peer in race.peers:
            if peer.r:
                assert peer.run.count("serve(function()") == 1
            elif peer.needs in FAST:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    theirs = getattr(module, peer.run)(data)()
                alike = side.largest_gap(answer, theirs) <= peer.tolerance
                assert alike == (peer.run not in OTHERS)
            else:
                assert callable(getattr(module, peer.run))


def timed():
    texts = {path.stem: path.read_text(encoding="utf-8") for path in BENCHMARKS.glob("bench_*.py")}
    return sorted(name for name, text in texts.items() if "from timing import" in text)


@pytest.mark.parametrize("name", timed())
def test_every_script_that_times_functions_loads(name):
    assert importlib.import_module(name).main


def test_the_best_of_several_runs_counts_and_the_first_does_not(path):
    timing = importlib.import_module("timing")
    readings = iter([0.0, 3.0, 3.0, 5.0])
    calls = []
    assert timing.best_of(lambda: calls.append(1), 2, clock=lambda: next(readings)) == 2.0
    assert len(calls) == 3


def test_keys_are_unique_and_unknown_ones_are_refused():
    bench = importlib.import_module("bench_side_by_side")
    races = bench.all_races()
    keys = [race.key for race in races]
    assert len(keys) == len(set(keys)) >= 10
    assert bench.chosen(races, ["cox"]) == [race for race in races if race.key == "cox"]
    with pytest.raises(SystemExit, match="No race cocks; there are "):
        bench.chosen(races, ["cocks"])
