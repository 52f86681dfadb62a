"""Two groups of records from open registries: statuses, cases, years and weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.errors import UsageError
from relatum.results.registry_comparison import RegistryComparedGroup
from relatum.samples.importers.base import Imported
from relatum.schema import StatusCodes
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["FIELD_LABELS", "RecordGroup", "ctdc_dhs_groups", "linea137_groups", "shared_terms"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: What the registries record beside codes.
FIELD_LABELS: dict[str, str] = {
    "victim_minor": "the victim is under 18",
    "victim_woman": "the victim is a woman or a girl",
    "rel_cohabiting": "the victim lives with the suspect",
    "proceedings": "criminal proceedings are open",
}
_ADULT = 18
_YES = ("1", "1.0", "yes")
_STATUSES = {
    "absent_documented": ABSENT,
    "not_documented": UNDOCUMENTED,
    "present": PRESENT,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordGroup:
    """Some records of an imported registry.

    Attributes
    ----------
    side : {"trafficking", "domestic_violence"}
    words : str
        Which records belong to it.
    imported : Imported
    keep : ndarray of bool, shape (n_relationships,)
        The records of the group.
    """

    side: str
    words: str
    imported: Imported
    keep: BoolArray

    @property
    def n(self) -> int:
        """Records of the group."""
        return int(self.keep.sum())

    @cached_property
    def cases(self) -> IntArray:
        """The case of every record, numbered from 0."""
        return pd.factorize(self._couples["case_id"].astype(str))[0].astype(np.int64)

    @cached_property
    def strata(self) -> IntArray:
        """The year of every record, numbered from 0; one stratum where there is no year."""
        years = self.design("year")
        if years is None:
            return np.zeros(self.n, dtype=np.int64)
        return pd.factorize(years)[0].astype(np.int64)

    @property
    def weighted(self) -> bool:
        """Whether the records carry weights of a survey."""
        return self.imported.design is not None and "weight" in self.imported.design

    @property
    def weights(self) -> FloatArray:
        """The weight of every record, 1 without a survey."""
        found = self.design("weight")
        if found is None:
            return np.ones(self.n)
        return np.asarray(found, dtype=np.float64)

    @property
    def _couples(self) -> pd.DataFrame:
        return self.imported.sample.tables["relationships"].loc[self.keep]

    def design(self, name: str) -> npt.NDArray[np.object_] | None:
        """Return a column of the design file; None where there is none."""
        frame = self.imported.design
        if frame is None or name not in frame:
            return None
        return frame[name].astype(object).to_numpy()[self.keep]

    def says(self, name: str, *words: str) -> BoolArray:
        """Tell which records hold one of some words in a column of the design file."""
        column = self.design(name)
        if column is None:
            return np.zeros(self.n, dtype=bool)
        return np.array([text in words for text in column], dtype=bool)

    def statuses(self, term: str) -> StatusCodes:
        """Return the status of a code or a field in every record.

        Parameters
        ----------
        term : str
            A code of the sample, or a key of `FIELD_LABELS`.
        """
        if term in FIELD_LABELS:
            return self._field(term)
        return _code_statuses(self.imported, term)[self.keep]

    def terms(self) -> tuple[str, ...]:
        """Return the codes of the registry, and the fields that are ever documented in it."""
        codes = self.imported.sample.tables["codings"]["code"].astype(str).unique()
        fields = [name for name in FIELD_LABELS if (self._field(name) != UNDOCUMENTED).any()]
        return (*fields, *sorted(codes))

    def describe(self) -> RegistryComparedGroup:
        """Count it."""
        return RegistryComparedGroup(
            side=self.side,
            registry=self.imported.sample.info.title,
            words=self.words,
            n_records=self.n,
            n_cases=len(np.unique(self.cases)),
            largest_case=int(np.bincount(self.cases).max()) if self.n else 0,
            weighted=self.weighted,
        )

    def _field(self, name: str) -> StatusCodes:
        if name == "rel_cohabiting":
            texts = self._couples[name].astype("string").fillna("not_documented")
            return texts.map(_STATUSES).to_numpy(dtype=np.int8)
        if name == "proceedings":
            return _from_truth(self.says(name, "yes"), self.says(name, "no"))
        victims = self.imported.sample.tables["victims"].set_index("victim_id")
        mine = victims.reindex(list(self._couples["victim_id"].astype(str)))
        if name == "victim_minor":
            ages = mine["victim_age"].to_numpy(dtype=np.float64, na_value=np.nan)
            return _from_truth(ages < _ADULT, ages >= _ADULT)
        words = mine["victim_gender"].astype("string").fillna("").to_numpy(dtype=object)
        silent = np.isin(words, ("", "not_documented"))
        return _from_truth(words == "woman", (words != "woman") & ~silent)


def _from_truth(present: BoolArray, absent: BoolArray) -> StatusCodes:
    return np.where(present, PRESENT, np.where(absent, ABSENT, UNDOCUMENTED)).astype(np.int8)


def _code_statuses(imported: Imported, code: str) -> StatusCodes:
    """Return the status of a code in every relationship of the sample."""
    codings = imported.sample.tables["codings"]
    mine = codings[codings["code"] == code]
    couples = imported.sample.tables["relationships"]["relationship_id"].astype(str)
    place = pd.Series(np.arange(len(couples)), index=couples.to_numpy())
    found = np.full(len(couples), UNDOCUMENTED, dtype=np.int8)
    at = place.loc[mine["unit_id"].astype(str)].to_numpy()
    found[at] = mine["status"].astype(str).map(_STATUSES).to_numpy(dtype=np.int8)
    return found


def shared_terms(groups: tuple[RecordGroup, RecordGroup]) -> tuple[str, ...]:
    """Return what both registries can record and at least one group ever shows.

    Parameters
    ----------
    groups : tuple of RecordGroup

    Returns
    -------
    tuple of str
        Fields first, then codes by name.
    """
    first, second = groups
    others = set(second.terms())
    return tuple(
        term
        for term in first.terms()
        if term in others and any((g.statuses(term) == PRESENT).any() for g in groups)
    )


def linea137_groups(imported: Imported) -> tuple[RecordGroup, RecordGroup]:
    """Divide the records of Línea 137 by what they are about.

    Parameters
    ----------
    imported : Imported
        From `relatum.samples.importers.linea137.import_linea137`.

    Returns
    -------
    tuple of RecordGroup
        Records with an item of exploitation or suspected trafficking; records against a partner
        or former partner without such an item.
    """
    _check_source(imported, "linea137")
    population = imported.sample.tables["relationships"]["population"].astype(str).to_numpy()
    return (
        RecordGroup(
            side="trafficking",
            words="an item of sexual exploitation or suspected trafficking is recorded",
            imported=imported,
            keep=population == "trafficking",
        ),
        RecordGroup(
            side="domestic_violence",
            words="a partner or former partner is recorded as the aggressor, and no such item",
            imported=imported,
            keep=population == "domestic_violence",
        ),
    )


def ctdc_dhs_groups(ctdc: Imported, dhs: Imported) -> tuple[RecordGroup, RecordGroup]:
    """Choose women from both sources, because a survey of this kind asks women only.

    Parameters
    ----------
    ctdc : Imported
        From `relatum.samples.importers.ctdc.import_ctdc`.
    dhs : Imported
        From `relatum.samples.importers.dhs.import_dhs`.

    Returns
    -------
    tuple of RecordGroup
        Women with sexual exploitation on record; women who told of violence by a partner.
    """
    _check_source(ctdc, "ctdc")
    _check_source(dhs, "dhs")
    women = ctdc.sample.tables["victims"]["victim_gender"].astype("string") == "woman"
    everyone = np.ones(len(women), dtype=bool)
    whole = RecordGroup(side="trafficking", words="", imported=ctdc, keep=everyone)
    exploited = whole.says("sexual_exploitation", *_YES)
    codings = dhs.sample.tables["codings"]
    violent = codings["code"].astype(str).str.startswith(("vio_", "dom_violence"))
    present = codings["status"].astype(str) == "present"
    told = set(codings.loc[violent & present, "unit_id"].astype(str))
    couples = dhs.sample.tables["relationships"]["relationship_id"].astype(str)
    return (
        RecordGroup(
            side="trafficking",
            words="women with sexual exploitation on record",
            imported=ctdc,
            keep=women.fillna(False).to_numpy(dtype=bool) & exploited,
        ),
        RecordGroup(
            side="domestic_violence",
            words="women who told of physical or sexual violence by a partner",
            imported=dhs,
            keep=couples.isin(told).to_numpy(dtype=bool),
        ),
    )


def _check_source(imported: Imported, name: Literal["linea137", "ctdc", "dhs"]) -> None:
    held = imported.sample.info.name
    if not held.startswith(name):
        msg = f"This compares records that the adapter '{name}' read, not the sample '{held}'."
        raise UsageError(msg)
