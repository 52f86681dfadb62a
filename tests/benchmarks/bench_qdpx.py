"""Time and memory of the import of a REFI-QDA project: 2,000 documents, 100,000 codings, 20 s.

Run with ``python tests/benchmarks/bench_qdpx.py``. The project is made in a temporary folder from a
fixed seed: two coders, passages that overlap, a set per investigation. Ends with 1 if the limit is
broken.
"""

import resource
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import numpy as np

from relatum.samples.importers.qdpx import import_qdpx
from relatum.samples.importers.qdpx_mapping import is_taken
from relatum.schema import load_schema

SECONDS = 20.0
DOCUMENTS, CODINGS, PER_SET = 2_000, 100_000, 10
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<Project xmlns="urn:QDA-XML:project:1.0" name="b">'


def guid(*parts):
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, parts)))).upper()


def build(path):
    """Write a project with so many documents and codings."""
    rng = np.random.default_rng(1)
    codes = [code for code in load_schema().codebook if is_taken(code, load_schema())]
    lines = [HEAD, "<Users>"]
    lines += [f'<User guid="{guid("user", u)}" name="coder{u}"/>' for u in range(2)]
    lines.append("</Users><CodeBook><Codes>")
    lines += [f'<Code guid="{guid("code", c)}" name="{c}" isCodable="true"/>' for c in codes]
    lines.append("</Codes></CodeBook><Sources>")
    each = CODINGS // DOCUMENTS
    for d in range(DOCUMENTS):
        lines.append(f'<TextSource guid="{guid("source", d)}" name="R{d:04d}">')
        starts, picks = rng.integers(0, 20_000, each), rng.integers(0, len(codes), each)
        for n, (start, pick) in enumerate(zip(starts, picks, strict=True)):
            user = guid("user", n % 2)
            lines.append(
                f'<PlainTextSelection guid="{guid("p", d, n)}" startPosition="{start}" '
                f'endPosition="{start + 200}" creatingUser="{user}">'
                f'<Coding guid="{guid("k", d, n)}" creatingUser="{user}">'
                f'<CodeRef targetGUID="{guid("code", codes[pick])}"/></Coding></PlainTextSelection>'
            )
        lines.append("</TextSource>")
    lines.append("</Sources><Sets>")
    for s in range(DOCUMENTS // PER_SET):
        lines.append(f'<Set guid="{guid("set", s)}" name="C{s:03d}">')
        members = range(s * PER_SET, (s + 1) * PER_SET)
        lines += [f'<MemberSource targetGUID="{guid("source", d)}"/>' for d in members]
        lines.append("</Set>")
    lines.append("</Sets></Project>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("project.qde", "\n".join(lines))


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.qdpx"
        build(path)
        start = time.perf_counter()
        found = import_qdpx(path, unit="document", investigation="set")
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{DOCUMENTS:,} documents, {CODINGS:,} codings -> {found.sample.n('codings'):,} rows: "
        f"{seconds:.1f} s, {peak:.0f} MB"
    )
    return 1 if seconds > SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
