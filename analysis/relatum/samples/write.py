"""Writing: a `Sample` becomes a folder that relatum, R and Excel read."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from relatum.errors import SampleError
from relatum.samples.descriptor import DESCRIPTOR, descriptor_of
from relatum.samples.imported import import_files
from relatum.samples.own_codes import EXTENSION, own_codes_text
from relatum.samples.sample import Sample
from relatum.schema import schema_path
from relatum.schema.extension import extension_version

__all__ = ["write_sample"]


def write_sample(
    sample: Sample,
    folder: str | Path,
    *,
    form: Literal["csv", "parquet"] = "csv",
    extra: Mapping[str, str] | None = None,
) -> Path:
    """Write a sample to a folder; either the whole folder appears or nothing.

    What an import left out, and how its source is named, are written beside the tables.

    Parameters
    ----------
    sample : Sample
        What to write.
    folder : str or Path
        A new folder, an empty one, or one that holds an earlier sample.
    form : {"csv", "parquet"}
        The form of the tables.
    extra : mapping of str to str, optional
        Further text files by name, such as a manifest.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    SampleError
        If the folder holds something else, or own codes that this sample does not have.

    Notes
    -----
    Own codes of the sample's schema are written beside the tables.
    """
    further = {**import_files(sample.imported), **(extra or {})}
    if own := own_codes_text(sample.schema):
        further[EXTENSION] = own
    place = Path(folder).absolute()
    _refuse_foreign(sample, place, further)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".relatum-") as temporary:
            built = Path(temporary) / "sample"
            built.mkdir()
            _fill(sample, built, form, further)
            _replace_folder(built, place)
    except OSError as error:
        msg = f"'{folder}' could not be written: {error.strerror or type(error).__name__}."
        raise SampleError(msg) from error
    return Path(folder)


def _fill(sample: Sample, built: Path, form: str, extra: Mapping[str, str]) -> None:
    for name, frame in sample.tables.items():
        _write_table(frame, built / f"{name}.{form}")
    _write_descriptor(sample, built, form)
    for name, text in extra.items():
        (built / name).write_text(text, encoding="utf-8", newline="\n")


def _refuse_foreign(sample: Sample, place: Path, extra: Collection[str]) -> None:
    """Refuse to replace a folder that holds anything but an earlier sample."""
    if not place.exists():
        return
    if not place.is_dir():
        msg = f"'{place}' is a file; name a folder for the sample."
        raise SampleError(msg)
    tables = {f"{name}.{form}" for name in sample.schema.tables for form in ("csv", "parquet")}
    known = {DESCRIPTOR, "manifest.json", *tables, *extra}
    foreign = sorted(entry.name for entry in place.iterdir() if entry.name not in known)
    if foreign:
        msg = (
            f"'{place}' holds more than a sample (such as '{foreign[0]}'), which would be lost; "
            "name another folder."
        )
        raise SampleError(msg)
    if any(place.iterdir()) and not (place / DESCRIPTOR).exists():
        msg = f"'{place}' is not empty and holds no {DESCRIPTOR}; name another folder."
        raise SampleError(msg)


def _replace_folder(built: Path, place: Path) -> None:
    """Put a finished folder in the place of another, which comes back if that fails."""
    if not place.exists():
        built.rename(place)
        return
    old = built.parent / "old"
    place.rename(old)
    try:
        built.rename(place)
    except BaseException:
        old.rename(place)
        raise


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    texts = frame.copy()
    for column in frame.columns:
        if str(frame[column].dtype) in ("status", "category"):
            texts[column] = frame[column].astype("string")
        elif str(frame[column].dtype) == "boolean" and path.suffix == ".csv":
            words = frame[column].map({True: "true", False: "false"}, na_action="ignore")
            texts[column] = words.astype("string")
    if path.suffix == ".csv":
        texts.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d")
    else:
        texts.to_parquet(path, index=False)


def _write_descriptor(sample: Sample, folder: Path, form: str) -> None:
    template = json.loads((schema_path() / "datapackage.json").read_text(encoding="utf-8"))
    resources: list[dict[str, Any]] = []
    for resource in template["resources"]:
        kept = {key: value for key, value in resource.items() if key != "path"}
        form_keys = {"path": f"{resource['name']}.{form}"}
        if form == "parquet":
            kept = {k: v for k, v in kept.items() if k not in ("format", "mediatype", "encoding")}
        resources.append({"name": kept.pop("name"), **form_keys, **kept})
    info = sample.info
    if extension_version(info.schema_version) != extension_version(sample.schema.version):
        info = replace(info, schema_version=sample.schema.version)
    text = json.dumps(descriptor_of(info, resources), indent=2, ensure_ascii=False)
    (folder / DESCRIPTOR).write_text(text + "\n", encoding="utf-8", newline="\n")
