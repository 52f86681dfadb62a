"""The targets of the fuzzer on damaged archives, and what is too large or too deep to be read."""

import importlib.util
import zipfile
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from relatum.errors import ImportFailedError
from relatum.samples.importers import qdpx_xml
from relatum.samples.importers.qdpx import import_qdpx

SCRIPT = Path(__file__).with_name("fuzz_importers.py")
#: Damaged files of each target; a person runs the fuzzer for more.
MUTANTS = {"archive": 25, "project": 10, "codebook": 25, "workbook": 15}
#: Kept here after the fuzzer found that they broke something.
FOUND: dict[str, tuple[bytes, ...]] = {}


def script():
    spec = importlib.util.spec_from_file_location("fuzz_importers", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FUZZ = script()


@pytest.mark.parametrize("target", list(MUTANTS))
def test_damaged_files_are_read_or_refused(target):
    for content in (b"", b"PK", *FUZZ.seeds(target), *FOUND.get(target, ())):
        FUZZ.TARGETS[target](content)
    for content in FUZZ.mutants(target, MUTANTS[target]):
        FUZZ.TARGETS[target](content)


def test_the_same_seed_gives_the_same_files():
    assert FUZZ.mutants("project", 5) == FUZZ.mutants("project", 5)
    assert FUZZ.mutants("project", 5) != FUZZ.mutants("project", 5, seed=2)


def test_a_crash_or_a_file_left_behind_is_seen(tmp_path):
    def leave(path):
        import tempfile

        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(path.read_bytes())

    with pytest.raises(AssertionError, match="stayed"):
        FUZZ.run("a.txt", b"text", leave)
    with pytest.raises(ZeroDivisionError):
        FUZZ.run("a.txt", b"text", lambda path: 1 / 0)


def guid(name):
    return str(uuid5(NAMESPACE_URL, name))


def nested(tag, n):
    opened = "".join(f'<{tag} guid="{guid(f"{tag}{at}")}" name="x">' for at in range(n))
    return opened + f"</{tag}>" * n


def refused(tmp_path, body, method=zipfile.ZIP_STORED):
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("project.qde", f'<Project name="p">{body}</Project>')
    with pytest.raises(ImportFailedError) as error:
        import_qdpx(path, unit="document", investigation="each")
    return {issue.rule for issue in error.value.issues}


def test_what_lies_too_deep_is_refused(tmp_path):
    source = f'<Sources><TextSource guid="{guid("s")}">{nested("PlainTextSelection", 5000)}'
    assert refused(tmp_path, f"{source}</TextSource></Sources>") == {"not_xml"}
    codes = f"<CodeBook><Codes>{nested('Code', 5000)}</Codes></CodeBook>"
    assert refused(tmp_path, codes) == {"not_xml"}


def test_what_is_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(qdpx_xml, "MOST_ELEMENTS", 1000)
    assert refused(tmp_path, "<a/>" * 2001) == {"too_many_elements"}
    assert refused(tmp_path, "<a " + " ".join(f'a{n}="1"' for n in range(4001)) + "/>") == {
        "too_many_elements"
    }


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(tmp_path, method):
    assert refused(tmp_path, "", method) == {"unknown_packing"}


@pytest.mark.parametrize("name", ["ab_ " * 250_000, " : " * 250_000, f"x{' ' * 500_000}y"])
def test_names_may_be_of_any_length(tmp_path, name):
    # The time that a name takes must not grow with its square.
    path = tmp_path / "p.qdpx"
    code = f'<CodeBook><Codes><Code guid="{guid("c")}" name="{name}"/></Codes></CodeBook>'
    source = f'<Sources><TextSource guid="{guid("s")}" name="{name}"/></Sources>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.qde", f'<Project name="p">{code}{source}</Project>')
    found = import_qdpx(path, unit="document", investigation="each")
    assert list(found.sample.table("relationships")["relationship_id"]) == [f"r-{guid('s')[:8]}"]
