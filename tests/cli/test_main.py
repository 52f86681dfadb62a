"""The entry point: verbs, help, messages and exit codes."""

import ast
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import typer

import relatum
from relatum import errors
from relatum.cli import main as entry
from relatum.cli.common import JsonOption, SeedOption, examples
from relatum.errors import Issue, RelatumError

SNAPSHOTS = Path(__file__).parent / "snapshots"
VERB_FILES = Path(entry.__file__).parent
HEAVY = ("numpy", "pandas", "scipy", "matplotlib", "pyarrow", "numba", "nbclient", "statsmodels")
ERROR_CLASSES = [
    errors.UsageError,
    errors.MissingExtraError,
    errors.SchemaError,
    errors.SampleError,
    errors.PlanError,
    errors.EstimationError,
    errors.ReportError,
    errors.ReleaseError,
    errors.ImportFailedError,
    errors.InterruptedRunError,
]


@pytest.fixture(autouse=True)
def _fixed_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def verb(monkeypatch):
    """Add a verb `probe` that does what a test asks."""

    def add(action):
        def probe(as_json: JsonOption = False, seed: SeedOption = None) -> None:
            action()

        def register(app):
            app.command("probe", help="Do a thing.", epilog=examples("relatum probe"))(probe)

        module = ModuleType("relatum.cli.probe")
        module.register = register
        monkeypatch.setitem(sys.modules, "relatum.cli.probe", module)
        monkeypatch.setattr(entry, "present_verbs", lambda: ("probe",))

    return add


def run_python(*words, **rest):
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, timeout=60, **rest
    )


def raising(error):
    def action():
        raise error

    return action


def snapshot(name, text):
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("RELATUM_SNAPSHOTS") == "write":
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"no snapshot {path.name}; run `make snapshots` and look at the diff"
    assert text == path.read_text(encoding="utf-8"), "help changed; run `make snapshots`"


# Help


def test_root_help(capsys):
    assert entry.main(["--help"]) == 0
    snapshot("help", capsys.readouterr().out)


@pytest.mark.parametrize("name", entry.present_verbs())
def test_verb_help(name, capsys):
    assert entry.main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"relatum {name}" in text.partition("Example")[2], "the help must end with an example"
    snapshot(f"help_{name}", text)


def test_no_snapshot_outlives_its_verb():
    kept = {path.stem for path in SNAPSHOTS.glob("*.txt")}
    assert kept == {"help", *(f"help_{name}" for name in entry.present_verbs())}


def test_a_call_without_a_verb_shows_the_help_and_is_a_wrong_call(capsys):
    assert entry.main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Usage: relatum")


def test_version(capsys):
    assert entry.main(["--version"]) == 0
    assert capsys.readouterr().out == f"relatum {relatum.__version__}\n"


# The table of verbs


def test_every_verb_module_is_in_the_table():
    registering = {
        path.stem
        for path in VERB_FILES.glob("*.py")
        if any(
            isinstance(node, ast.FunctionDef) and node.name == "register"
            for node in ast.parse(path.read_text(encoding="utf-8")).body
        )
    }
    assert registering == {entry.verb_module(verb) for verb in entry.present_verbs()}
    assert registering <= {entry.verb_module(verb) for verb in entry.VERBS}


@pytest.mark.parametrize("name", entry.present_verbs())
def test_a_verb_module_registers_its_own_name(name):
    app = typer.Typer()
    import_module(f"relatum.cli.{entry.verb_module(name)}").register(app)
    assert [command.name for command in app.registered_commands] == [name]


def test_help_imports_nothing_heavy():
    script = (
        "import sys; from relatum.cli.main import main; main(['--help']); "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    assert run_python("-c", script).stderr.split() == []


# Errors


@pytest.mark.parametrize("cls", ERROR_CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_is_a_message_and_a_code_without_a_traceback(cls, verb, capsys):
    verb(raising(cls("It went wrong.", [Issue(table="cases", rule="empty_file", message="0.")])))
    assert entry.main(["probe"]) == cls.exit_code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[0].endswith(": It went wrong.")
    assert shown.err.splitlines()[1:] == ["cases: 1 issue", "  [empty_file] 0."]


def test_all_error_classes_are_tried():
    assert {name for name in errors.__all__ if name.endswith("Error")} == {
        *(cls.__name__ for cls in ERROR_CLASSES),
        "RelatumError",
    }


@pytest.mark.parametrize("cls", ERROR_CLASSES, ids=lambda cls: cls.__name__)
def test_an_error_is_an_object_for_programs(cls, verb, capsys):
    verb(raising(cls("It went wrong.", [Issue(table="cases", rule="empty_file", message="0.")])))
    assert entry.main(["probe", "--json"]) == cls.exit_code
    payload = json.loads(capsys.readouterr().out)
    assert list(payload) == ["error", "exit_code", "message", "issues"]
    assert payload["exit_code"] == cls.exit_code
    assert payload["message"] == "It went wrong."
    assert payload["issues"][0]["rule"] == "empty_file"


def test_an_interrupt_has_its_own_code(verb, capsys):
    verb(raising(KeyboardInterrupt()))
    assert entry.main(["probe"]) == 17
    assert capsys.readouterr().err == "relatum: interrupted: Interrupted by the user.\n"


def test_an_unexpected_error_keeps_its_traceback(verb, capsys):
    verb(raising(ZeroDivisionError("a fault of ours")))
    assert entry.main(["probe"]) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "ZeroDivisionError: a fault of ours" in shown
    assert shown.splitlines()[-1].startswith("This is a fault in relatum")


def test_a_verb_may_end_with_a_code(verb):
    verb(raising(typer.Exit(11)))
    assert entry.main(["probe"]) == 11


def test_a_bare_base_error_is_still_worded(verb, capsys):
    verb(raising(RelatumError("Odd.")))
    assert entry.main(["probe"]) == 1
    assert capsys.readouterr().err == "relatum: unexpected: Odd.\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["prob"], "'prob' is not a verb. Did you mean 'probe'?"),
        (["xyz"], "'xyz' is not a verb.\nVerbs: probe."),
        (["--verson"], "No such option: --verson"),
        (["probe", "--sed", "1"], "Help: relatum probe --help"),
        (["probe", "--seed", "-1"], "Invalid value for '--seed'"),
        (["probe", "--seed"], "'--seed' requires an argument"),
        (["probe", "extra"], "unexpected extra argument"),
    ],
)
def test_a_wrong_call_is_told_what_is_right(words, message, verb, capsys):
    verb(lambda: None)
    assert entry.main(words) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


@pytest.mark.parametrize(
    "words", [["probe", "--json", "--sed"], ["--json", "probe"], ["prob", "--json"]]
)
def test_a_wrong_call_with_json_is_an_object(words, verb, capsys):
    verb(lambda: None)
    assert entry.main(words) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "usage"


def test_a_reader_that_leaves_early_is_not_an_error():
    script = (
        "import sys, types, typer; from relatum.cli import main as entry\n"
        "def probe() -> None:\n    print('line\\n' * 200_000)\n"
        "module = types.ModuleType('relatum.cli.probe')\n"
        "module.register = lambda app: app.command('probe')(probe)\n"
        "sys.modules['relatum.cli.probe'] = module\n"
        "entry.present_verbs = lambda: ('probe',)\n"
        "sys.exit(entry.main(['probe']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout.readline().strip() == b"line"
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0


def test_text_that_the_terminal_cannot_show_does_not_stop_a_verb():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    script = (
        "import sys; from relatum.cli import main as entry\n"
        "entry.present_verbs = lambda: ('café',)\n"
        "sys.exit(entry.main(['x']))"
    )
    done = run_python("-c", script, env=environment)
    assert done.returncode == 2
    assert "Verbs: caf?." in done.stderr


def test_python_dash_m_is_the_same_program():
    done = run_python("-m", "relatum", "--version")
    assert done.stdout == f"relatum {relatum.__version__}\n"
    assert run_python("-m", "relatum", "nothing").returncode == 2
