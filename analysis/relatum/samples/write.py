"""Writing: a `Sample` becomes a folder that relatum, R and Excel read."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from relatum.errors import SampleError
from relatum.samples.descriptor import descriptor_of
from relatum.samples.sample import Sample
from relatum.schema import schema_path

__all__ = ["replace_folder", "write_sample"]


def write_sample(
    sample: Sample,
    folder: str | Path,
    *,
    form: Literal["csv", "parquet"] = "csv",
    extra: Mapping[str, str] | None = None,
) -> Path:
    """Write a sample to a folder; either the whole folder appears or nothing.

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
        If the folder holds something else.
    """
    place = Path(folder)
    _refuse_foreign(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".relatum-") as temporary:
        built = Path(temporary) / "sample"
        built.mkdir()
        for name, frame in sample.tables.items():
            _write_table(frame, built / f"{name}.{form}")
        _write_descriptor(sample, built, form)
        for name, text in (extra or {}).items():
            (built / name).write_text(text, encoding="utf-8", newline="\n")
        replace_folder(built, place)
    return place


def _refuse_foreign(place: Path) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        msg = f"'{place}' is a file; name a folder for the sample."
        raise SampleError(msg)
    if any(place.iterdir()) and not (place / "datapackage.json").exists():
        msg = f"'{place}' is not empty and holds no sample; name another folder."
        raise SampleError(msg)


def replace_folder(built: Path, place: Path) -> None:
    """Put a finished folder in the place of another, which goes away whole."""
    if place.exists():
        old = built.parent / "old"
        place.rename(old)
        built.rename(place)
        shutil.rmtree(old)
    else:
        built.rename(place)


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
    text = json.dumps(descriptor_of(sample.info, resources), indent=2, ensure_ascii=False)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8", newline="\n")
