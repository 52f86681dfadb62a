"""The lint of words: what a report does not say, in sources and in rendered files."""

import io
from pathlib import Path

import docx
import pytest

from relatum.errors import ReportError, SchemaError
from relatum.reports import find_reports
from relatum.reports.paragraphs import paragraphs
from relatum.reports.rendered_words import rendered_texts, rendered_word_faults
from relatum.reports.source import read_source
from relatum.reports.words import allowed_words, find_words, read_phrases, word_faults

SHIPPED = sorted(find_reports().rglob("*.qmd"))
FRONT = '---\ntitle: "T"\n---\n\n'
BANNER = "```{python}\nMarkdown(results.banner)\n```\n\n"


@pytest.fixture
def document(tmp_path):
    def write(body, *, front=FRONT):
        path = tmp_path / "d.qmd"
        path.write_text(front + body, encoding="utf-8")
        return path

    return write


def rules(text, *, simulated=False):
    return [found.phrase.rule for found in find_words(text, simulated=simulated)]


# --- by hand: one sentence per rule, and one beside it that is fine -----------------------------

REFUSED = {
    "cause_verb": "Fear caused silence.",
    "leads_to": "Violence leads to a report.",
    "drives": "Attachment drives her decision, and fear triggers attempts.",
    "because_of": "She stayed because of the children.",
    "results_in": "Contact resulted in more steps back.",
    "effect": "The effect of contact on steps back is large.",
    "changes_risk": "Arrest increases the risk of a step back.",
    "prevents": "Support prevents retraction.",
    "factor": "Isolation is a risk factor.",
    "explains": "Attachment explains why women stay.",
    "suspects_as_men": "The men took the money.",
    "suspect_he": "A suspect who is arrested says he never met her.",
    "victim_blame": "The prostitute refused to cooperate.",
    "parallel_from_silence": "No difference was found, so trafficking and violence are alike.",
    "proves_parallel": "The matrix proves a parallel.",
    "near_significance": "The p value shows a trend towards significance.",
    "absence_from_silence": "In silent files violence did not happen.",
}
SIMULATED = {
    "we_found": "We found that control is common.",
    "finding": "Our main finding is that control is common.",
    "real_people": "In reality women leave later.",
}
FINE = (
    "Violence was recorded together with a report.",
    "A difference was recorded; where it comes from is in no table.",
    "No cause. No effect of contact is shown. It cannot show the effect of contact.",
    "The results in the folder are those of the plan.",
    "Other causes compete; the log determinant of the information is halved.",
    "The suspect was arrested. She said that he was gone.",
    "That no difference was found is not that there is none. Not shown is never a parallel.",
    "A thinner arrow leads from a step back to the report again.",
    "The rate is higher where an arrest was recorded.",
)


@pytest.mark.parametrize(("rule", "text"), [*REFUSED.items()])
def test_each_rule_finds_its_sentence_in_any_document(rule, text):
    assert rule in rules(text)


@pytest.mark.parametrize(("rule", "text"), [*SIMULATED.items()])
def test_findings_are_refused_where_the_numbers_are_simulated(rule, text):
    assert rule not in rules(text)
    assert rule in rules(text, simulated=True)


def test_every_rule_has_a_sentence():
    assert {phrase.rule for phrase in read_phrases()} == {*REFUSED, *SIMULATED}


@pytest.mark.parametrize("text", FINE)
def test_plain_sentences_pass(text):
    assert rules(text, simulated=True) == []


def test_a_denial_excuses_its_own_sentence_only():
    assert rules("It is no finding. Our finding is this.", simulated=True) == ["finding"]


def test_a_message_gives_the_reason_and_what_to_write():
    (found,) = find_words("Contact leads to a step back.", simulated=False)
    assert found.message.startswith("'leads to': An order in time is no mechanism.")
    assert "Write instead: was followed in the files by" in found.message
    assert found.start == len("Contact ")


# --- documents ----------------------------------------------------------------------------------


def test_faults_carry_the_line_even_in_a_wrapped_sentence(document):
    issues = word_faults(document("Plain.\n\nContact with the suspect\nleads\nto a step back.\n"))
    assert [(issue.row, issue.rule, issue.field) for issue in issues] == [
        ("line 8", "leads_to", "words")
    ]


def test_captions_alternative_texts_titles_and_headings_are_read(document):
    body = (
        "# Fear causes silence\n\n```{python}\n#| label: fig-a\n#| fig-cap: Fear causes silence\n"
        '#| fig-alt: "Bars; it leads to more."\nx = "causes"\n```\n\n'
        '::: {.callout-note title="Fear causes silence"}\nText.\n:::\n'
    )
    front = '---\ntitle: "What drives women"\nabstract: |\n  Fear\n  causes silence.\n---\n\n'
    found = [(issue.row, issue.rule) for issue in word_faults(document(body, front=front))]
    assert found == [
        ("line 2", "drives"),
        ("line 3", "cause_verb"),
        ("line 8", "cause_verb"),
        ("line 12", "cause_verb"),
        ("line 13", "leads_to"),
        ("line 17", "cause_verb"),
    ]


def test_code_citations_links_and_mathematics_are_not_read(document):
    body = (
        "See `causes`, [@causes2001], [text](leads-to-it.html), $causes$ and <https://a.org/caused>."
        "\n\n```\nleads to\n```\n\n$$\ncauses\n$$\n"
    )
    assert word_faults(document(body)) == ()


def test_findings_are_refused_only_under_a_banner(document):
    text = "We found control.\n"
    assert word_faults(document(text)) == ()
    assert [issue.rule for issue in word_faults(document(BANNER + text))] == ["we_found"]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("<!-- words-ok leads_to: the title of a path -->\nIt leads to B.\n", []),
        ("<!-- words-ok leads_to: the title of a path -->\n\nIt leads to B.\n", []),
        ("It leads to B. <!-- words-ok leads_to: the title of a path -->\n", []),
        (
            "<!-- words-ok leads_to: the title of a path -->\nIt leads to B.\n\nIt leads to C.\n",
            ["leads_to"],
        ),
        (
            "<!-- words-ok document leads_to: all of them are paths -->\n\nIt leads to B.\n\n"
            "It leads to C.\n",
            [],
        ),
        ("<!-- words-ok leads_too: a typing error here -->\nIt leads to B.\n",
         ["leads_to", "words_ok"]),
        ("<!-- words-ok leads_to: why -->\nIt leads to B.\n", ["words_ok"]),
        ("<!-- words-ok leads_to: nothing of the kind follows -->\nPlain.\n", ["words_ok"]),
        ("Plain.\n\n<!-- words-ok document leads_to: nothing of it is there -->\n", ["words_ok"]),
        ("<!-- words-ok -->\nPlain.\n", ["words_ok"]),
    ],
)  # fmt: skip
def test_comments_let_words_stand_with_a_reason(document, body, left):
    assert [issue.rule for issue in word_faults(document(body))] == left


def test_an_unknown_rule_gets_the_near_one(document):
    (issue,) = word_faults(document("<!-- words-ok leads_too: a typing error -->\nPlain.\n"))
    assert "Did you mean 'leads_to'?" in issue.message


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_documents_pass(path):
    assert [str(issue) for issue in word_faults(path)] == []


def test_every_character_is_traced_to_its_line(document):
    source = read_source(document("One\ntwo.\n\n- three\n- four\n"))
    texts = [(one.text, one.line_at(len(one.text) - 1).number) for one in paragraphs(source)]
    assert texts == [("T", 2), ("One two.", 6), ("- three", 8), ("- four", 9)]


# --- rendered files -----------------------------------------------------------------------------

HTML = (
    "<html><head><title>causes</title></head><body><nav>leads to</nav>"
    '<div class="simulated-banner"><p><strong>Simulated data.</strong> No findings.</p></div>'
    "<p>We <em>found</em> it.</p><table><tr><td>Suspects who keep other pimps away</td>"
    '<td>leads to</td></tr></table><img src="data:," alt="The men">'
    '<div id="refs">It causes.</div></body></html>'
)


def test_html_is_read_without_references_and_contents(tmp_path):
    path = tmp_path / "d.html"
    path.write_text(HTML, encoding="utf-8")
    assert next(iter(rendered_texts(path))) == "Simulated data. No findings."
    found = [issue.rule for issue in rendered_word_faults(path)]
    assert found == ["we_found", "leads_to", "suspects_as_men"]
    allowed = frozenset({"leads_to", "we_found"})
    assert [issue.rule for issue in rendered_word_faults(path, allowed=allowed)] == [
        "suspects_as_men"
    ]


def test_word_files_are_read_with_their_tables(tmp_path):
    word = docx.Document()
    word.add_paragraph("It leads to B.")
    word.add_table(rows=1, cols=1).cell(0, 0).text = "It causes C."
    buffer = io.BytesIO()
    word.save(buffer)
    path = tmp_path / "d.docx"
    path.write_bytes(buffer.getvalue())
    assert {issue.rule for issue in rendered_word_faults(path)} == {"leads_to", "cause_verb"}


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ReportError, match=r"give \.html or \.docx"):
        rendered_word_faults(tmp_path / "d.pdf")


def test_what_a_source_allows_is_known_for_its_rendering():
    assert allowed_words(find_reports() / "times.qmd") == {"suspects_as_men"}


# --- the file of phrases ------------------------------------------------------------------------


def test_a_faulty_file_of_phrases_lists_all_faults(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text(
        "rule,where,pattern,unless,why,instead\na,some,(,,,x\n,any,b,[,why,x\n", encoding="utf-8"
    )
    with pytest.raises(SchemaError) as caught:
        read_phrases(path)
    assert len(caught.value.issues) == 5
    path.write_text("rule,pattern\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="other columns"):
        read_phrases(path.rename(Path(tmp_path) / "more.csv"))
