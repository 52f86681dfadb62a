"""Loaders for the values that R computed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PLACES = {
    "cc0": ROOT / "tests" / "reference" / "cc0",
    "public": ROOT.parent / "shared" / "reference" / "public",
}


@dataclass(frozen=True)
class ReferenceCase:
    """One folder of data and values."""

    folder: Path

    @property
    def values(self) -> dict[str, Any]:
        text = (self.folder / "reference.json").read_text(encoding="utf-8")
        return json.loads(text)["values"]

    def table(self, name: str = "data.csv") -> dict[str, np.ndarray]:
        """Columns of a CSV as floats (empty: NaN), or as text where they are not numbers."""
        with (self.folder / name).open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        columns = {}
        for key in rows[0]:
            cells = [row[key] for row in rows]
            try:
                columns[key] = np.array([float(c) if c else np.nan for c in cells])
            except ValueError:
                columns[key] = np.array(cells)
        return columns


@pytest.fixture(scope="session")
def reference() -> Callable[[str, str], ReferenceCase]:
    def load(kind: str, case: str) -> ReferenceCase:
        folder = PLACES[kind] / case
        if not folder.is_dir():
            pytest.skip(f"the public reference cases are not beside this project: {case}")
        return ReferenceCase(folder)

    return load


@pytest.fixture(scope="session")
def case_sizes() -> np.ndarray:
    """Twelve cases with sizes like the published ones: two hold two thirds of the rows."""
    return np.array([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
