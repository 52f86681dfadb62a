"""What is shipped: a wheel that works anywhere, a lock and files that name no machine."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import relatum
from relatum import errors
from relatum.cli.main import present_verbs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "analysis" / "relatum"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MADE_FOLDERS = {"__pycache__", "out", "build", "dist", ".ipynb_checkpoints"}
TEXT_SUFFIXES = {
    *("", ".cff", ".cfg", ".css", ".csv", ".json", ".lock", ".lua", ".md", ".py", ".qmd", ".r"),
    *(".toml", ".tsv", ".txt", ".typ", ".yaml", ".yml", ".bib", ".html", ".scss", ".sh"),
}
# In pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = tuple(
    "".join(parts)
    for parts in [
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("file:", "///"),
        ("--index", "-url"),
        ("extra-index", "-url"),
        ("/opt/", "pypi"),
        ("/opt/", "wheels"),
        ("/tmp/", "bash"),
    ]
)


def shipped(folder):
    """List the files below a folder, without what builds and editors leave there."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in MADE_FOLDERS and (name == ".ci" or not name.startswith("."))
        ]
        found += [Path(place) / name for name in files]
    return sorted(found)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def unzipped(wheel):
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def away(unzipped, tmp_path):
    """Run Python in an empty folder with the wheel's content before everything else."""
    environment = {**os.environ, "PYTHONPATH": str(unzipped), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*words):
        return subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


# The wheel


def test_the_wheel_holds_the_package_the_schema_the_reports_and_the_plan(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = {f"relatum/{path.relative_to(PACKAGE).as_posix()}" for path in shipped(PACKAGE)}
    expected |= {
        f"relatum/_shipped/{path.relative_to(ROOT).as_posix()}"
        for path in shipped(ROOT / "data_schema")
    }
    expected |= {"relatum/_shipped/study.toml", "relatum/py.typed"}
    assert expected - names == set()
    assert any(name.startswith("relatum/_shipped/reports/") for name in names)
    assert "relatum/_shipped/data_schema/datapackage.json" in names


def test_the_wheel_holds_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"relatum", f"relatum-{relatum.__version__}.dist-info"}
    below = {name.split("/")[2] for name in names if name.startswith("relatum/_shipped/")}
    assert below == {"data_schema", "reports", "study.toml"}
    parts = {part for name in names for part in name.split("/")}
    assert parts & {"tests", "conftest.py", *MADE_FOLDERS} == set()
    assert len(names) == len(set(names))


def test_the_wheel_works_in_an_empty_folder(away, unzipped):
    version = away("-m", "relatum", "--version")
    assert version.stdout == f"relatum {relatum.__version__}\n", version.stderr
    script = (
        "import json, relatum; from relatum.schema import load_schema, schema_path\n"
        "schema = load_schema()\n"
        "print(json.dumps([relatum.__file__, str(schema_path())]))"
    )
    done = away("-c", script)
    assert done.returncode == 0, done.stderr
    for path in json.loads(done.stdout):
        assert Path(path).is_relative_to(unzipped)


def test_every_verb_of_the_wheel_has_help(away):
    script = (
        "import sys; from relatum.cli.main import main, present_verbs\n"
        "sys.exit(sum(main([verb, '--help']) for verb in present_verbs()))"
    )
    done = away("-c", script)
    assert done.returncode == 0, done.stderr


def test_the_source_archive_can_build_the_wheel_again():
    listed = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    needed = ["/analysis", "/data_schema", "/reports", "/tests", "/requirements.lock", "/README.md"]
    assert set(needed) <= set(listed)
    assert [name for name in listed if not (ROOT / name.removeprefix("/")).exists()] == []


# One version, one public face


def test_every_file_gives_the_same_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert PYPROJECT["project"]["version"] == relatum.__version__
    assert citation["version"] == relatum.__version__
    assert f"## [{relatum.__version__}]" in changelog


def test_every_public_name_can_be_had():
    for name in relatum.__all__:
        assert getattr(relatum, name) is not None
    assert set(relatum.__all__) <= set(dir(relatum))
    assert list(relatum.__all__) == sorted(relatum.__all__)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'read_smaple'"):
        _ = relatum.read_smaple


def test_importing_the_package_imports_nothing_heavy():
    script = "import sys, relatum; print('numpy' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False False\n"


# The lock


def lock_entries():
    """Read the lock: one (name, version, lines of the entry) per requirement."""
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n" + LOCK)
    heads = [re.match(r"([A-Za-z0-9._-]+)==(\S+)", entry) for entry in entries[1:]]
    assert all(heads), "a requirement is not pinned with =="
    return [
        (canonicalize_name(head[1]), Version(head[2]), entry)
        for head, entry in zip(heads, entries[1:], strict=True)
        if head
    ]


def test_the_lock_pins_everything_with_hashes():
    entries = lock_entries()
    assert len(entries) > 50
    assert [name for name, _, text in entries if "--hash=sha256:" not in text] == []


def test_the_lock_holds_no_address():
    assert "://" not in LOCK
    assert [line for line in LOCK.splitlines() if line.startswith("-")] == []


def test_the_lock_satisfies_the_project():
    pinned: dict[str, list[Version]] = {}
    for name, version, _ in lock_entries():
        pinned.setdefault(name, []).append(version)
    project = PYPROJECT["project"]
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *PYPROJECT["build-system"]["requires"],
    ]
    for requirement in map(Requirement, wanted):
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement} is not in requirements.lock; run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions)


# The files of the repository


def test_no_file_names_a_place_on_some_machine():
    found = []
    for path in shipped(ROOT):
        if path.suffix.lower() not in TEXT_SUFFIXES:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {mark}" for mark in MACHINE_PATHS if mark in text]
    assert found == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_what_the_guides_point_to_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    local = [link for link in links if "://" not in link]
    assert local, "the guide links to nothing"
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_the_guide_to_exit_codes_is_complete():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    classes = [errors.RelatumError, *errors.RelatumError.__subclasses__()]
    for code in {0, *(cls.exit_code for cls in classes)}:
        assert f"| {code} |" in readme


def test_the_guide_names_every_verb():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [verb for verb in present_verbs() if f"relatum {verb}" not in readme] == []


def test_the_ci_script_runs_what_the_readme_promises():
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in lines
    assert [line for line in lines if line.startswith("make ")] == ["make test", "make report"]


def test_the_readme_shows_the_shipped_plan():
    plan = (ROOT / "analysis" / "study.toml").read_text(encoding="utf-8").rstrip()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"```toml\n{plan}\n```" in readme
