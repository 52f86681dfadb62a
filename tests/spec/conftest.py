"""Spec tables: a table drawn as text, and the issues that the check must find in it."""

import shutil

import pytest

from relatum.samples import check_sample, shipped_path


def cells(line):
    return [cell.strip() for cell in line.split("|")]


def as_csv(drawing):
    """Turn a drawn table into CSV: a line of dashes is left out, '-' is an empty cell."""
    lines = [line.strip() for line in drawing.strip().splitlines()]
    rows = [cells(line) for line in lines if set(line) - set("-+")]
    return "".join(",".join("" if c == "-" else c for c in row) + "\n" for row in rows)


@pytest.fixture
def spec(tmp_path):
    """Check the narrated case with one table replaced; compare (row, field, rule)."""
    folder = tmp_path / "sample"
    shutil.copytree(shipped_path("anna"), folder)

    def run(table, drawing, *, issues, **others):
        for name, text in {table: drawing, **others}.items():
            (folder / f"{name}.csv").write_text(as_csv(text), encoding="utf-8")
        found = check_sample(folder)
        assert [(i.row, i.field, i.rule) for i in found if i.table == table] == sorted(issues)
        elsewhere = [str(issue) for issue in found if issue.table not in {table, *others}]
        assert elsewhere == []
        return found

    return run
