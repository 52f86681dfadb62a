"""A registry of the package written again with some cells changed."""

import csv

import pytest


@pytest.fixture
def rewrite(tmp_path):
    """Return a function that writes a registry again under its own name."""

    def write(place, changes=(), *, without=()):
        with place.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        for row, column, text in changes:
            next(cells for cells in rows if cells["id"] == row)[column] = text
        names = [name for name in rows[0] if name not in without]
        target = tmp_path / place.name
        with target.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        return target

    return write
