"""Verbs that read no sample import no library for data frames."""

import subprocess
import sys

HEAVY = ("pandas", "pyarrow", "scipy", "numba", "matplotlib")


def test_a_code_is_explained_without_data_frames():
    script = (
        "import sys; from relatum.cli.main import main\n"
        "code = main(['codebook', 'dom_isolation'])\n"
        f"print(code, *[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert "dom_isolation" in done.stdout
    assert done.stderr.split() == ["0"]


def test_the_column_type_is_there_when_it_is_asked_for():
    from relatum import schema

    assert schema.StatusDtype.__module__ == "relatum.schema.status_array"
    assert all(hasattr(schema, name) for name in schema.__all__)
    assert not hasattr(schema, "StatusColumn")
