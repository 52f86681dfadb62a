"""The documents of a plan, side by side, rendered now or taken from the cache."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from relatum.pipeline.cache import Cache
from relatum.pipeline.keys import render_key
from relatum.pipeline.manifest import read_manifest
from relatum.pipeline.opened import RESULTS_VARIABLE
from relatum.reports import Engine, Format, Output, Rendered, render
from relatum.study import Study

__all__ = ["Rendering"]

_SAID = "said.json"


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """Which documents are rendered, and how.

    Attributes
    ----------
    study : Study
        The plan.
    documents : tuple of Path
    formats : tuple of {"html", "docx", "pdf"}
    engine : {"auto", "quarto", "builtin"}
    cache : Cache
    jobs : int or None
        Documents at a time; the number of processors by default. Each takes a Python of its own,
        of about 0.2 GB, and the converters.
    """

    study: Study
    documents: tuple[Path, ...]
    formats: tuple[Format, ...]
    engine: Engine
    cache: Cache
    jobs: int | None = None

    def into(
        self, folder: Path, *, profile: str | None = None, to: Path | None = None
    ) -> tuple[Rendered, ...]:
        """Render from the results in the folder of a study.

        Parameters
        ----------
        folder : Path
            A folder that is still aside: what is written there may be half-written.
        profile : str, optional
        to : Path, optional
            Where the files go; ``reports`` in the folder by default.

        Returns
        -------
        tuple of Rendered
            In the order of the documents.

        Raises
        ------
        ReportError
            The first fault in the order of the documents.
        """
        place = to or folder / "reports"

        def one(document: Path) -> Rendered:
            return self._one(document, folder, profile, place)

        # Each document has a kernel of its own: they are rendered side by side, and the first fault
        # in the order of the plan is the one that is reported.
        workers = max(1, min(len(self.documents), self.jobs or _processors()))
        with ThreadPoolExecutor(max_workers=workers) as pool:
            return tuple(pool.map(one, self.documents))

    def _one(self, document: Path, folder: Path, profile: str | None, place: Path) -> Rendered:
        key = self._key(document, folder, profile) if self.cache.active else ""
        held = self.cache.get(key) if key else None
        if held is not None:
            return _put(document, held, place)
        rendered = render(
            document,
            formats=self.formats,
            engine=self.engine,
            out_dir=place,
            profile=profile,
            environment={RESULTS_VARIABLE: str((folder / "results").resolve())},
        )
        # A source that was edited meanwhile must not stand for what was read before.
        if key and key == self._key(document, folder, profile):
            self.cache.put(key, _entry(rendered))
        return rendered

    def _key(self, document: Path, folder: Path, profile: str | None) -> str:
        return render_key(
            document,
            study=self.study,
            results=folder / "results",
            plan=read_manifest(folder).plan,
            formats=self.formats,
            engine=self.engine,
            profile=profile,
        )


def _entry(rendered: Rendered) -> dict[str, bytes]:
    said = {
        "engine": rendered.engine,
        "notes": rendered.notes,
        "outputs": [(output.format, output.path.name) for output in rendered.outputs],
    }
    files = {output.path.name: output.path.read_bytes() for output in rendered.outputs}
    return {**files, _SAID: json.dumps(said).encode()}


def _put(document: Path, held: Mapping[str, bytes], place: Path) -> Rendered:
    """Write files of the cache into a folder that is still aside."""
    said = json.loads(held[_SAID])
    place.mkdir(parents=True, exist_ok=True)
    outputs = []
    for wanted, name in said["outputs"]:
        (place / name).write_bytes(held[name])
        outputs.append(Output(format=wanted, path=place / name))
    return Rendered(
        document=document,
        engine=said["engine"],
        outputs=tuple(outputs),
        notes=tuple(said["notes"]),
    )


def _processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
