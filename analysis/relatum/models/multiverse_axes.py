"""The declared choices of a multiverse: what each option keeps of a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.results.multiverse import MultiverseAxis
from relatum.samples import Sample

__all__ = ["AXES", "CODING_FILTERS", "UNIT_FILTERS", "keep_codings"]

BoolArray: TypeAlias = npt.NDArray[np.bool_]


def _axis(name: str, label: str, main: tuple[str, str], other: tuple[str, str]) -> MultiverseAxis:
    return MultiverseAxis(
        name=name,
        label=label,
        options=(main[0], other[0]),
        option_labels=(main[1], other[1]),
    )


def _without_inferred(codings: pd.DataFrame) -> BoolArray:
    return ~codings["context_inferred"].fillna(False).to_numpy(dtype=bool)


def _medium_up(codings: pd.DataFrame) -> BoolArray:
    """Codings known to be uncertain go; a coding without an entry stays."""
    return (codings["certainty"].astype("string").fillna("") != "low").to_numpy(dtype=bool)


def _not_suspect_alone(codings: pd.DataFrame) -> BoolArray:
    sources = codings["source"].astype("string").fillna("")
    return (sources != "suspect_statement").to_numpy(dtype=bool)


def _with_statement(couples: pd.DataFrame) -> BoolArray:
    return couples["victim_statement_available"].fillna(False).to_numpy(dtype=bool)


def _in_window(couples: pd.DataFrame) -> BoolArray:
    return couples["rel_in_window"].fillna(True).to_numpy(dtype=bool)


def _began_in_window(couples: pd.DataFrame) -> BoolArray:
    """Keep those that may have begun under observation: their onset interval reaches into it."""
    began = couples["rel_onset_upper"] >= couples["rel_entry_date"]
    return began.fillna(False).to_numpy(dtype=bool) & _in_window(couples)


#: Every choice by name; the first option is the main specification.
AXES: Mapping[str, MultiverseAxis] = MappingProxyType(
    {
        axis.name: axis
        for axis in (
            _axis(
                "undocumented",
                "What is not documented",
                ("as_absent", "as absent"),
                ("as_present", "as present"),
            ),
            _axis("statement", "Files", ("all", "all"), ("with_statement", "with her statement")),
            _axis(
                "context_inferred",
                "Inferred from context",
                ("kept", "kept"),
                ("left_out", "left out"),
            ),
            _axis("certainty", "Certainty", ("all", "any"), ("medium_up", "medium or high")),
            _axis(
                "source", "Sources", ("any", "any"), ("not_suspect_alone", "not the suspect alone")
            ),
            _axis(
                "relationship",
                "Relationships",
                ("overlaps", "in the window"),
                ("began", "perhaps begun in it"),
            ),
            _axis(
                "weight", "Weight", ("unit", "each relationship"), ("case", "each investigation")
            ),
        )
    }
)

#: Which codings an option keeps; a coding that goes leaves silence, not absence.
CODING_FILTERS: Mapping[tuple[str, str], Callable[[pd.DataFrame], BoolArray]] = MappingProxyType(
    {
        ("context_inferred", "left_out"): _without_inferred,
        ("certainty", "medium_up"): _medium_up,
        ("source", "not_suspect_alone"): _not_suspect_alone,
    }
)

#: Which relationships an option keeps.
UNIT_FILTERS: Mapping[tuple[str, str], Callable[[pd.DataFrame], BoolArray]] = MappingProxyType(
    {
        ("statement", "with_statement"): _with_statement,
        ("relationship", "overlaps"): _in_window,
        ("relationship", "began"): _began_in_window,
    }
)


def keep_codings(sample: Sample, choices: Mapping[str, str]) -> Sample:
    """Return the sample with the codings that the choices keep.

    Parameters
    ----------
    sample : Sample
        The data.
    choices : mapping of str to str
        Option by axis.

    Returns
    -------
    Sample
        The sample itself where no choice removes a coding.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> anna = example_sample("anna")
    >>> keep_codings(anna, {"certainty": "all"}) is anna
    True
    """
    codings = sample.tables["codings"]
    keep = np.ones(len(codings), dtype=bool)
    for pair in choices.items():
        if pair in CODING_FILTERS:
            keep &= CODING_FILTERS[pair](codings)
    if keep.all():
        return sample
    return sample.replace_tables({"codings": codings.loc[keep]})
