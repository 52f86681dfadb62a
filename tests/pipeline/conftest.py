"""A plan over a small report project, so that a whole run takes seconds."""

import dataclasses

import pytest

from relatum.study import ReportsPlan, read_study

DOCUMENT = """---
title: "A small report"
---

```{python}
#| include: false
from IPython.display import Markdown
from relatum.pipeline import open_results
from relatum.tables import say, tabulate
results = open_results()
```

```{python}
#| output: asis
Markdown(results.banner)
```

The list had `{python} say(results, "flow", term="listed")` investigations.

`{python} results.plan_note`

```{python}
#| label: tbl-flow
#| tbl-cap: "The flow"
Markdown(tabulate(results["flow"]).markdown(notes=False))
```
"""
PROJECT = "project:\n  type: default\nlang: en-GB\nformat:\n  html:\n    embed-resources: true\n"


@pytest.fixture
def plan():
    return dataclasses.replace(
        read_study(),
        name="small",
        models=("descriptive", "timeline"),
        reports=ReportsPlan(
            documents=("small.qmd",), formats=("html",), engine="builtin", figures=()
        ),
    )


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "_quarto.yml").write_text(PROJECT, encoding="utf-8")
    (folder / "small.qmd").write_text(DOCUMENT, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _no_results_from_outside(monkeypatch):
    monkeypatch.delenv("RELATUM_RESULTS", raising=False)


@pytest.fixture
def bytes_below():
    def read(folder):
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read
