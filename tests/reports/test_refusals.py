"""What lies outside the subset is refused, with file, line and what to write instead."""

import shutil

import pytest

from relatum.errors import ReportError
from relatum.reports import check, find_reports, render


@pytest.fixture
def faults(tmp_path):
    for name in ("_quarto.yml", "authors.yml", "references.bib", "relatum.css", "reference.docx"):
        shutil.copy(find_reports() / name, tmp_path)

    def of(body, *, front='title: "Small"'):
        document = tmp_path / "small.qmd"
        document.write_text(f"---\n{front}\n---\n{body}\n", encoding="utf-8")
        return check(document)

    return of


# The body begins in line 4; the fault stands in the line named here.
REFUSED = {
    "raw HTML": ("Text <b>bold</b>.", 4),
    "raw HTML block": ("Text.\n\n<div>\n</div>", 6),
    "raw block": ("```{=html}\n<b>x</b>\n```", 4),
    "raw inline": ("Text `<b>`{=html}.", 4),
    "raw TeX": ("Text\n\n\\newpage", 6),
    "TeX environment": ("\\begin{center}\nx\n\\end{center}", 4),
    "unknown shortcode": ("{{< video x.mp4 >}}", 4),
    "embedded notebook": ("Text\n\n{{< embed a.ipynb >}}", 6),
    "variable shortcode": ("A {{< var version >}} word.", 4),
    "unclosed shortcode": ("A {{< meta lang word.", 4),
    "unknown metadata": ("A {{< meta nothing >}} word.", 4),
    "tabset": ("::: {.panel-tabset}\n## A\nx\n:::", 4),
    "margin column": ("::: {.column-margin}\nx\n:::", 4),
    "layout": ("::: {layout-ncol=2}\nx\n:::", 4),
    "unknown callout": ("::: {.callout-danger}\nx\n:::", 4),
    "open div": ("Text\n\n::: {.callout-note}\nx", 6),
    "stray div end": ("Text\n\n:::", 6),
    "condition without class": ('::: {when-format="html"}\nx\n:::', 4),
    "class without condition": ("::: {.content-visible}\nx\n:::", 4),
    "format pdf in a condition": ('::: {.content-visible when-format="pdf"}\nx\n:::', 4),
    "R cell": ("```{r}\n1\n```", 4),
    "diagram": ("Text\n\n```{mermaid}\ngraph\n```", 6),
    "options in braces": ("```{python, echo=FALSE}\n1\n```", 4),
    "unknown cell option": ("```{python}\n#| echo: false\n#| code-fold: true\n1\n```", 6),
    "wrong cell value": ("```{python}\n#| output: maybe\n1\n```", 5),
    "cell options no YAML": ("```{python}\n#| echo: [\n1\n```", 4),
    "figure size in a cell": ("```{python}\n#| fig-width: 3\n1\n```", 5),
    "figure cell without alt": ("```{python}\n#| label: fig-a\n#| fig-cap: C\n1\n```", 4),
    "table cell without caption": ("```{python}\n#| label: tbl-a\n1\n```", 4),
    "matplotlib backend": ("```{python}\nimport matplotlib\nmatplotlib.use('Agg')\n```", 6),
    "inline R": ("A `{r} x` value.", 4),
    "old inline R": ("A `r x` value.", 4),
    "unknown reference": ("See @fig-none.", 4),
    "unknown reference kind": ("See @thm-one.", 4),
    "listing label": ("```{python}\n#| label: lst-a\n1\n```", 5),
    "label twice": ("# A {#sec-a}\n\n# B {#sec-a}", 6),
    "unknown citation": ("As said [@nobody1900].", 4),
    "footnote without text": ("Text.[^a]", 4),
    "image without description": ("![Cap](x.png){#fig-a}", 4),
    "image from the network": ('![C](https://example.org/x.png){fig-alt="d"}', 4),
    "missing image": ('![C](none.png){fig-alt="d"}', 4),
    "missing include": ("Text\n\n{{< include none.qmd >}}", 6),
    "open code fence": ("Text\n\n```python\nx = 1", 6),
    "example list": ("(@) one\n(@) two", 4),
    "shortcode in a code block": ("```markdown\n{{< pagebreak >}}\n```", 5),
    "shortcode in a code span": ("Write `{{< pagebreak >}}` there.", 4),
    "inline code in a code block": ("```markdown\nIt is `{python} x`.\n```", 5),
    "code attributes": ('```{.python filename="a.py"}\nx\n```', 4),
}


@pytest.mark.parametrize("construct", REFUSED)
def test_refused_with_its_line(faults, construct):
    body, line = REFUSED[construct]
    found = faults(body)
    assert found, f"{construct} was let through"
    assert all(issue.table == "small.qmd" for issue in found)
    assert f"line {line}" in {issue.row for issue in found}
    assert all(issue.message.endswith((".", "?", ")", "`")) for issue in found)


FRONT = {
    "unknown option": ('title: "S"\ncolour: red', 3),
    "unknown format": ('title: "S"\nformat:\n  pdf: default', 4),
    "unknown format option": ('title: "S"\nformat:\n  html:\n    code-fold: true', 5),
    "date of today": ('title: "S"\ndate: today', 3),
    "inline code": ('title: "`{python} x`"', 2),
    "parameters": ('title: "S"\nparams:\n  a: 1', 3),
}


@pytest.mark.parametrize("construct", FRONT)
def test_front_matter_is_refused_with_its_line(faults, construct):
    front, line = FRONT[construct]
    found = faults("Text.", front=front)
    assert found, f"{construct} was let through"
    # a fault of the whole front matter points at its first line
    assert {issue.row for issue in found} & {f"line {line}", "line 1"}


def test_everything_is_reported_at_once_and_nothing_is_written(faults, tmp_path):
    found = faults("Text <b>b</b>.\n\nSee @fig-none.\n\n```{r}\n1\n```")
    assert {issue.row for issue in found} == {"line 4", "line 6", "line 8"}
    out = tmp_path / "out"
    with pytest.raises(ReportError) as caught:
        render(tmp_path / "small.qmd", formats=["html"], engine="builtin", out_dir=out)
    assert caught.value.issues == found
    for line in (4, 6, 8):
        assert f"small.qmd:{line} [" in str(caught.value)
    assert not out.exists()


ALLOWED = {
    "HTML in code": "Write `<b>` only.",
    "shortcode that is shown": "Write `{{{< x >}}}`.\n\n```markdown\n{{{< include a.qmd >}}}\n```",
    "inline code that is shown": "Write ``{python} total``.",
    "e-mail address": "Write to <someone@example.org>.",
    "web address": "See <https://example.org/a_b>.",
    "less than": "Where 3 < 4 and 5 > 4.",
    "TeX in maths": "Set $\\begin{matrix}a\\end{matrix}$ and $\\alpha < \\beta$.",
    "display maths": "$$\n\\frac{a}{b} < c\n$$",
    "escaped at": "An \\@sign.",
    "comment": "<!-- <b> -->\n\nText.",
    "price": "It costs $5 and $6.",
    "braces in code": "```python\nd = {'a': 1}\nf'{d}'\n```",
}


@pytest.mark.parametrize("construct", ALLOWED)
def test_no_false_alarm(faults, construct):
    assert faults(ALLOWED[construct]) == ()
