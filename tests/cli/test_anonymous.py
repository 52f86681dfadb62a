"""The option --anonymous of run and render, and what is said when something leaks."""

import json

import pytest

from relatum import pipeline
from relatum.cli.main import main
from relatum.errors import Issue
from relatum.reports.leaks import raise_leaks


@pytest.mark.parametrize(("verb", "function"), [("run", "run_study"), ("render", "render_study")])
@pytest.mark.parametrize("wanted", [True, False])
def test_the_option_reaches_the_pipeline_and_leaks_end_with_14(
    capsys, monkeypatch, verb, function, wanted
):
    asked = []

    def stop(study, out, **given):
        asked.append(given["anonymous"])
        raise_leaks(
            [Issue(table="a.pdf", row="page 3", rule="leak", message="An ORCID stands here.")]
        )

    monkeypatch.setattr(pipeline, function, stop)
    code = main([verb, "--json", *(["--anonymous"] if wanted else [])])
    assert (code, asked) == (14, [wanted])
    payload = json.loads(capsys.readouterr().out)
    assert payload["issues"][0]["table"] == "a.pdf"
    assert payload["issues"][0]["row"] == "page 3"


def test_the_place_is_printed_for_people(capsys, monkeypatch):
    def stop(*given, **more):
        raise_leaks(
            [Issue(table="a.pdf", row="page 3", rule="leak", message="An ORCID stands here.")]
        )

    monkeypatch.setattr(pipeline, "render_study", stop)
    assert main(["render", "--anonymous"]) == 14
    said = capsys.readouterr().err
    assert "page 3 [leak] An ORCID stands here." in said
    assert "a.pdf: 1 issue" in said
