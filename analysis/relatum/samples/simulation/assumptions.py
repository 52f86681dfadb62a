"""What the chapter does not publish: the declared assumptions of the simulation."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from relatum.errors import SchemaError
from relatum.schema import schema_path

__all__ = ["Assumption", "Assumptions", "load_assumptions"]

_COLUMNS = ("quantity", "distribution", "parameters", "source", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One declared quantity.

    Attributes
    ----------
    quantity : str
        Its name, such as ``prevalence.vio_physical``.
    distribution : str
        The family: bernoulli, categorical, normal, gamma, geometric, constant, ...
    parameters : mapping of str to float
        Its parameters by name.
    source : str
        A publication, or the word ``assumption``.
    note : str
        What the number means.
    """

    quantity: str
    distribution: str
    parameters: Mapping[str, float]
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Assumptions:
    """All declared quantities by name, in the order of the file."""

    entries: Mapping[str, Assumption]

    def value(self, quantity: str, parameter: str = "p") -> float:
        """Return one parameter.

        Raises
        ------
        SchemaError
            If the quantity or the parameter is not declared.
        """
        if quantity not in self.entries or parameter not in self.entries[quantity].parameters:
            msg = f"The simulation needs the assumption '{quantity}' with '{parameter}'."
            raise SchemaError(msg)
        return self.entries[quantity].parameters[parameter]

    def shares(self, quantity: str) -> Mapping[str, float]:
        """Return the parameters of a categorical quantity: shares by level."""
        self.value(quantity, next(iter(self.entries[quantity].parameters), ""))
        return self.entries[quantity].parameters

    def under(self, prefix: str) -> Mapping[str, Mapping[str, float]]:
        """Return the parameters of every quantity whose name starts with a prefix and a dot."""
        start = prefix + "."
        return MappingProxyType(
            {
                name.removeprefix(start): entry.parameters
                for name, entry in self.entries.items()
                if name.startswith(start)
            }
        )

    @property
    def hash(self) -> str:
        """The SHA-256 of all quantities and parameters."""
        digest = hashlib.sha256()
        for name, entry in sorted(self.entries.items()):
            digest.update(
                f"{name}|{entry.distribution}|{sorted(entry.parameters.items())}".encode()
            )
        return digest.hexdigest()


def _parameters(text: str, quantity: str) -> Mapping[str, float]:
    pairs = [part.split("=", 1) for part in text.split(";") if part.strip()]
    try:
        return MappingProxyType({name.strip(): float(value) for name, value in pairs})
    except ValueError as error:
        msg = f"assumptions.csv: the parameters of '{quantity}' must be written name=number; ..."
        raise SchemaError(msg) from error


@cache
def load_assumptions(path: Path | None = None) -> Assumptions:
    """Read the declared assumptions.

    Parameters
    ----------
    path : Path, optional
        A CSV file with quantity, distribution, parameters, source and note; the shipped one by
        default.

    Raises
    ------
    SchemaError
        If the file is missing, lacks a column, or leaves a source empty.

    Examples
    --------
    >>> load_assumptions().value("prevalence.vio_physical")
    0.7
    """
    place = path or schema_path() / "simulation" / "assumptions.csv"
    try:
        with place.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
    except OSError as error:
        msg = f"The assumptions '{place.name}' could not be read."
        raise SchemaError(msg) from error
    if rows and set(_COLUMNS) - set(rows[0]):
        msg = f"The assumptions '{place.name}' need the columns {', '.join(_COLUMNS)}."
        raise SchemaError(msg)
    unsourced = [row["quantity"] for row in rows if not row["source"].strip()]
    if unsourced:
        msg = f"These assumptions name no source and not 'assumption': {', '.join(unsourced)}."
        raise SchemaError(msg)
    entries = {
        row["quantity"]: Assumption(
            quantity=row["quantity"],
            distribution=row["distribution"],
            parameters=_parameters(row["parameters"], row["quantity"]),
            source=row["source"],
            note=row["note"],
        )
        for row in rows
    }
    return Assumptions(MappingProxyType(entries))
