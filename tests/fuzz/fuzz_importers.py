"""Feed damaged archives and XML to the importers: only a sample or a told fault may come out.

With atheris, which the test suite does not need (``pip install atheris``)::

    python tests/fuzz/fuzz_importers.py project corpus/ -runs=100000

The first word names a target of `TARGETS`; the folder of the corpus is filled with small files if
it is empty; what follows goes to libFuzzer. The test suite calls the same targets on some damaged
files (`mutants`).
"""

import random
import sys
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

REFI = Path(__file__).parents[1] / "reference" / "refi"
#: What libFuzzer does unless it is told otherwise: seconds and megabytes of one input.
LIMITS = ("-timeout=20", "-rss_limit_mb=2048")
WORDS = (b"guid", b"name", b"Coding", b"CodeRef", b"<", b">", b"&#0;", b'"', b"}", b"PK\x01\x02")


def run(name, content, attempt):
    """Run one attempt on a file; a fault must be told, and no temporary file may stay."""
    from relatum.errors import ImportFailedError, SchemaError

    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as place:
        scratch = Path(place) / "scratch"
        scratch.mkdir()
        path = Path(place) / name
        path.write_bytes(content)
        tempfile.tempdir = str(scratch)
        told = True
        try:
            attempt(path)
        except (ImportFailedError, SchemaError) as error:
            told = bool(error.issues)
        finally:
            tempfile.tempdir = before
        assert told, "a refusal without an issue"
        assert not list(scratch.iterdir()), "a file stayed in the temporary folder"
        assert [one.name for one in Path(place).iterdir() if one != scratch] == [name]


def _import(unit, investigation, copies):
    from relatum.samples.importers.qdpx import import_qdpx

    return lambda path: import_qdpx(path, unit=unit, investigation=investigation, copies=copies)


def archive(content):
    """Import the bytes as a REFI-QDA project."""
    run("p.qdpx", content, _import("document", "set", "distinct"))


WAYS = (
    ("document", "set", None),
    ("case", "document", "distinct"),
    ("set", "each", None),
    ("document", "each", "coders"),
)


def project(content):
    """Import the bytes as the XML of a REFI-QDA project, by every unit."""
    packed = _packed({"project.qde": content})
    for way in WAYS:
        run("p.qdpx", packed, _import(*way))


def _packed(files):
    """Return an archive; the same files give the same bytes."""
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name), content)
    return held.getvalue()


def codebook(content):
    """Read the bytes as a codebook of one's own."""
    from relatum.schema import load_schema
    from relatum.schema.extension import extend_codebook

    run("mine.qdc", content, lambda path: extend_codebook(load_schema(), path))


def workbook(content):
    """Import the bytes as MAXQDA's list of coded segments."""
    from relatum.samples.importers.maxqda import import_maxqda

    run("segments.xlsx", content, lambda path: import_maxqda(path, copies="distinct"))


TARGETS = {"archive": archive, "project": project, "codebook": codebook, "workbook": workbook}


def seeds(target):
    """Return small valid inputs of a target."""
    if target == "codebook":
        return [path.read_bytes() for path in sorted(REFI.glob("*.qdc"))]
    if target == "workbook":
        # With a code that is known the import goes on to the end.
        books = [_parts(path) for path in sorted(REFI.glob("*.xlsx"))]
        return [
            _packed(
                {name: one.replace(b"isolation", b"vio_physical") for name, one in book.items()}
            )
            for book in books
        ]
    held = [_parts(path)["project.qde"] for path in sorted(REFI.glob("*.qdpx"))]
    known = [xml.replace(b'name="debt"', b'name="eco_debt_claim"') for xml in held]
    return known if target == "project" else [_packed({"project.qde": xml}) for xml in known]


def _parts(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mutants(target, n, *, seed=1):
    """Return so many damaged inputs, the same for the same seed."""
    chance = random.Random(seed)
    held = seeds(target)
    return [_damaged(chance, chance.choice(held), chance.choice(held)) for _ in range(n)]


def _damaged(chance, content, other):
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at, to = sorted(chance.randrange(len(found) + 1) for _ in range(2))
        kind = chance.randrange(7)
        if kind == 0 and at < len(found):
            found[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            found[at : min(to, at + 40)] = b""
        elif kind == 2:
            found[at:at] = chance.choice(WORDS)
        elif kind == 3:
            found[at:at] = found[at : min(to, at + 400)]
        elif kind == 4:
            found[at:] = other[at:]
        elif kind == 5:
            old, new = chance.choice(WORDS), chance.choice(WORDS)
            found = bytearray(bytes(found).replace(old, new, chance.randint(1, 3)))
        else:
            found[at : at + 4] = chance.choice((b"\x00" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff"))
    return bytes(found if chance.random() > 0.1 else found[: chance.randrange(len(found) + 1)])


def main(arguments):
    """Fuzz one target with atheris until it is stopped."""
    import atheris

    if len(arguments) < 3 or arguments[1] not in TARGETS:
        print(__doc__, f"Targets: {', '.join(TARGETS)}.", file=sys.stderr)
        return 2
    name, corpus = arguments[1], Path(arguments[2])
    corpus.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        for at, content in enumerate(seeds(name)):
            (corpus / f"seed{at}").write_bytes(content)
    with atheris.instrument_imports(include=["relatum"]):
        # The first call imports what the target needs, so that it is watched.
        TARGETS[name](seeds(name)[0])
    options = [one for one in LIMITS if not any(a.startswith(one[:8]) for a in arguments[3:])]
    atheris.Setup([arguments[0], str(corpus), *options, *arguments[3:]], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
