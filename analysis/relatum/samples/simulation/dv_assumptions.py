"""What is assumed of a pair of samples: layers by scenario and population over the first file.

``assumptions_domestic_violence.csv`` states what differs from ``assumptions.csv``. The name of a
quantity may start with a scenario, a population, or both: ``differs/domestic_violence/...``. The
narrower layer wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Literal, get_args

from relatum.errors import SchemaError
from relatum.samples.simulation.assumptions import Assumption, Assumptions, load_assumptions
from relatum.schema import schema_path

__all__ = ["POPULATIONS", "SCENARIOS", "Population", "Scenario", "layered", "pair_assumptions"]

Population = Literal["trafficking", "domestic_violence"]
Scenario = Literal["holds", "differs", "cannot_tell"]
POPULATIONS: tuple[Population, ...] = get_args(Population)
SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)

FILE = "assumptions_domestic_violence.csv"
_SILENCE = "documentation.silence"
_SILENT = "not_documented"


@cache
def pair_assumptions(scenario: Scenario, population: Population) -> Assumptions:
    """Return what is assumed of one population in one scenario.

    Parameters
    ----------
    scenario : {"holds", "differs", "cannot_tell"}
        Whether the two populations are alike, differ, or cannot be told apart by thin files.
    population : {"trafficking", "domestic_violence"}
        Which of the two samples.

    Returns
    -------
    Assumptions
        All quantities, with the silence of files scaled by ``documentation.silence``.

    Raises
    ------
    ValueError
        For an unknown scenario or population.
    SchemaError
        If a layer is unknown.

    Examples
    --------
    >>> pair_assumptions("holds", "domestic_violence").value("events.retraction")
    0.5
    """
    _check(scenario, population)
    return layered(load_assumptions(schema_path() / "simulation" / FILE), scenario, population)


def layered(own: Assumptions, scenario: Scenario, population: Population) -> Assumptions:
    """Lay what is stated for a scenario and a population over the first file.

    Parameters
    ----------
    own : Assumptions
        Quantities whose names may start with a scenario, a population or both.
    scenario, population : str
        As in `pair_assumptions`.

    Raises
    ------
    SchemaError
        If a name starts with something else.
    """
    _check_layers(own.entries)
    entries = dict(load_assumptions().entries)
    for layer in ((), (scenario,), (population,), (scenario, population)):
        entries |= _layer(own.entries, layer)
    factor = entries[_SILENCE].parameters["factor"]
    return Assumptions(
        MappingProxyType({name: _spoken(entry, factor) for name, entry in entries.items()})
    )


def _check(scenario: str, population: str) -> None:
    faults = []
    if scenario not in SCENARIOS:
        faults.append(f"scenario must be one of {', '.join(SCENARIOS)}, not '{scenario}'.")
    if population not in POPULATIONS:
        faults.append(f"population must be one of {', '.join(POPULATIONS)}, not '{population}'.")
    if faults:
        raise ValueError(" ".join(faults))


def _check_layers(entries: Mapping[str, Assumption]) -> None:
    known = {
        (),
        *((one,) for one in (*SCENARIOS, *POPULATIONS)),
        *((first, second) for first in SCENARIOS for second in POPULATIONS),
    }
    wrong = [name for name in entries if tuple(name.split("/")[:-1]) not in known]
    if wrong:
        msg = (
            f"{FILE}: a quantity starts with a scenario ({', '.join(SCENARIOS)}), a population "
            f"({', '.join(POPULATIONS)}), both in this order, or neither: {', '.join(wrong)}."
        )
        raise SchemaError(msg)


def _layer(entries: Mapping[str, Assumption], layer: tuple[str, ...]) -> dict[str, Assumption]:
    found = {}
    for name, entry in entries.items():
        *start, quantity = name.split("/")
        if tuple(start) == layer:
            found[quantity] = replace(entry, quantity=quantity)
    return found


def _spoken(entry: Assumption, factor: float) -> Assumption:
    """Scale the share about which files are silent; the known shares keep their ratios."""
    shares = entry.parameters
    kind = entry.quantity.split(".")[0]
    if kind == "documentation" and "present" in shares:
        said = {name: 1 - factor * (1 - share) for name, share in shares.items()}
    elif kind == "column":
        known = sum(shares.values())
        scale = (1 - factor * (1 - known)) / known
        said = {name: scale * share for name, share in shares.items()}
    elif kind in ("level", "suspect_contacts") and _SILENT in shares and len(shares) > 1:
        said = {
            name: share * factor if name == _SILENT else share for name, share in shares.items()
        }
    else:
        return entry
    return replace(entry, parameters=MappingProxyType(said))
