"""The codebook keeps to the words that reports keep to: its labels stand in them."""

from relatum.reports.words import find_words
from relatum.schema import load_schema

#: What she says of herself may name a cause; the codebook's own words may not.
HERS = {"cop_self_blame.definition"}


def texts():
    """All labels and sentences of codes, columns and levels, by place."""
    schema = load_schema()
    for code in schema.codebook.values():
        for part in ("label", "definition", "code_when", "do_not_code_when"):
            yield f"{code.id}.{part}", getattr(code, part)
    for table in schema.tables.values():
        for field in table:
            yield f"{table.name}.{field.name}.title", field.title
            yield f"{table.name}.{field.name}.description", field.description
            for level in field.levels:
                yield f"{table.name}.{field.name}.{level.value}", level.label


def test_no_label_or_sentence_reads_causal_or_hard():
    found = {
        f"{place}: {fault.words}"
        for place, text in texts()
        for fault in find_words(text, simulated=True)
        if place not in HERS
    }
    assert found == set()


def test_a_label_as_it_once_was_would_be_found():
    for label in ("Violence because of leaving", "Effect on children", "Kept from other pimps"):
        assert find_words(label, simulated=True), label
