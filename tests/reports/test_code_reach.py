"""Code in pages: colours that can be read, and boxes that are reached without a mouse."""

import re

import pytest

from relatum.reports import find_reports, render
from relatum.reports.pandoc import run_pandoc

SHEET = (find_reports() / "relatum.css").read_text(encoding="utf-8")
LEAST = 4.5
RULE = re.compile(r"((?:code span\.\w+,?\s*)+)\{([^}]*)\}")


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def named(sheet):
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", sheet))


def code_colours(sheet):
    found = {}
    for kinds, body in RULE.findall(sheet):
        colour = re.search(r"color: (#[0-9a-f]{6}|var\(--(\w+)\))", body)
        if colour:
            value = named(SHEET)[colour[2]] if colour[2] else colour[1]
            found |= dict.fromkeys(re.findall(r"span\.(\w+)", kinds), value)
    return found


def test_contrast_is_that_of_the_web_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_every_colour_of_code_can_be_read(tmp_path):
    (tmp_path / "a.md").write_text("```python\nx = 1\n```\n", encoding="utf-8")
    arguments = ["a.md", "--to=html5", "--standalone", "--metadata=title:A"]
    page = run_pandoc(
        [*arguments, "--syntax-highlighting=pygments"], folder=tmp_path, document="a.md"
    ).decode()
    theirs = code_colours(page)
    assert len(theirs) > 20
    grounds = {"#ffffff", named(SHEET)["pale"]}
    grounds |= set(re.findall(r"--callout-fill: (#[0-9a-f]{6})", SHEET))
    worst = {
        kind: min(contrast(colour, ground) for ground in grounds)
        for kind, colour in (theirs | code_colours(SHEET)).items()
    }
    assert not {kind: value for kind, value in worst.items() if value < LEAST}
    # The rules are needed: without them some could not be read.
    assert any(contrast(colour, "#ffffff") < LEAST for colour in theirs.values())


def test_every_box_of_code_is_reached_by_keys_and_says_what_it_is(tmp_path):
    (tmp_path / "_quarto.yml").write_text("project:\n  type: default\nlang: en-GB\n")
    text = '---\ntitle: "A"\n---\n\n```python\nx = 1\n```\n\n```\nplain <pre> words\n```\n'
    (tmp_path / "a.qmd").write_text(text, encoding="utf-8")
    made = render(tmp_path / "a.qmd", formats=("html",), engine="builtin", out_dir=tmp_path / "o")
    page = made.outputs[0].path.read_text(encoding="utf-8")
    boxes = re.findall(r"<pre[\s>][^>]*", page)
    assert len(boxes) == 2
    assert all('tabindex="0" role="group" aria-label="Code"' in box for box in boxes)
    assert "plain &lt;pre&gt; words" in page
