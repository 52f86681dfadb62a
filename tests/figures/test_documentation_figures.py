"""Documentation heat maps: shades, numbers and the four statuses."""

from collections import Counter
from dataclasses import replace

import pytest
from matplotlib.colors import to_rgb

from relatum.errors import ReleaseError, ReportError
from relatum.figures import (
    documentation_matrix_source,
    documentation_source,
    draw_documentation,
    draw_documentation_matrix,
)


def lightness(colour):
    red, green, blue = to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_more_documentation_is_darker_also_in_grey(results, by_gid):
    ax = draw_documentation(results["documentation"])
    cells = results["documentation"].result.cells
    shares = {
        f"cell-{c.term}-{c.stratum_variable}-{c.stratum}": c.documented_share
        for c in cells
        if c.level == "domain"
    }
    boxes = by_gid(ax, "cell-")
    boxes = [box for box in boxes if box.get_gid() in shares]
    assert len(boxes) == len(shares) == 16 * 8
    ordered = sorted(boxes, key=lambda box: shares[box.get_gid()])
    tones = [lightness(box.get_facecolor()[:3]) for box in ordered]
    assert tones == sorted(tones, reverse=True)
    assert tones[0] - tones[-1] > 0.3


def test_cells_print_counts_of_their_items(results, by_gid):
    ax = draw_documentation(results["documentation"], level="code", only=["violence"])
    cells = documentation_source(results["documentation"], level="code", only=["violence"])
    printed = [text.get_text() for text in by_gid(ax, "cell-number")]
    rows = zip(cells["n_documented"], cells["n_items"], strict=True)
    assert printed == [f"{n}/{of}" for n, of in rows]


def test_strata_are_named_with_their_relationships(results, by_gid):
    ax = draw_documentation(results["documentation"])
    texts = [text.get_text() for text in by_gid(ax, "stratum")]
    assert "All (73)" in texts
    assert "Statement\nof the victim" in texts


def test_a_cell_without_items_is_hatched_and_empty(results, released, by_gid):
    result = results["documentation"].result
    cells = tuple(
        replace(c, n_items=0, n_documented=0, documented_share=None) for c in result.cells[:1]
    )
    ax = draw_documentation(released(replace(result, cells=cells)))
    assert not by_gid(ax, "cell-number")
    assert by_gid(ax, "cell-")[0].get_hatch() == "////"


def test_an_unknown_level_is_refused(results):
    with pytest.raises(ReportError, match="no level 'item'; choose 'domain' or 'code'"):
        draw_documentation(results["documentation"], level="item")


def cells_of(collection):
    return sum(round(path.get_extents().width) for path in collection.get_paths())


def test_every_status_covers_as_many_cells_as_it_has(results, by_gid):
    ax = draw_documentation_matrix(results["documentation_matrix"])
    letters = Counter("".join(results["documentation_matrix"].result.statuses))
    for letter in "pa":
        assert cells_of(by_gid(ax, f"status-{letter}")[0]) == letters[letter]
    assert not by_gid(ax, "status-n")


def test_cells_stand_in_their_row_and_column(results, released, by_gid):
    result = results["documentation_matrix"].result
    small = replace(
        result, terms=("a", "b"), labels=("A", "B"), domains=("rules", "rules"), cases=(1, 1, 2),
        statuses=("ppu", "anp"),
    )  # fmt: skip
    ax = draw_documentation_matrix(released(small))
    drawn = {letter: by_gid(ax, f"status-{letter}")[0].get_paths() for letter in "pan"}
    boxes = {
        letter: [path.get_extents().extents.tolist() for path in paths]
        for letter, paths in drawn.items()
    }
    assert boxes == {"p": [[0, 0, 2, 1], [2, 1, 3, 2]], "a": [[0, 1, 1, 2]], "n": [[1, 1, 2, 2]]}
    assert by_gid(ax, "status-n")[0].get_hatch() == "//////"
    borders = by_gid(ax, "case-borders")[0].get_segments()
    assert [segment[0][0] for segment in borders] == [2]


def test_statuses_differ_in_lightness(results, by_gid):
    ax = draw_documentation_matrix(results["documentation_matrix"])
    present, absent = (by_gid(ax, f"status-{s}")[0].get_facecolor()[0][:3] for s in "pa")
    tones = [lightness(present), lightness(absent), lightness(ax.get_facecolor()[:3])]
    assert tones[1] - tones[0] > 0.3
    assert tones[2] - tones[1] > 0.2


def test_codes_are_named_where_there_is_room_and_domains_otherwise(results, by_gid):
    many = draw_documentation_matrix(results["documentation_matrix"])
    few = draw_documentation_matrix(results["documentation_matrix"], only=["rules"])
    assert "Rules" in [text.get_text() for text in by_gid(many, "label")]
    assert "Contacts forbidden" in [text.get_text() for text in by_gid(few, "label")]


def test_rows_of_persons_are_drawn_for_simulated_data_only(results, released):
    result = results["documentation_matrix"].result
    collected = replace(result, provenance=replace(result.provenance, sample_origin="collected"))
    with pytest.raises(ReleaseError, match="simulated samples only"):
        draw_documentation_matrix(released(collected))


def test_the_source_holds_the_cells_that_are_drawn(results):
    source = documentation_matrix_source(results["documentation_matrix"], only=["rules", "fear"])
    assert len(source) == (8 + 5) * 73
    assert source["term"].iloc[0].startswith("rule_")
    assert source["term"].iloc[-1].startswith("cop_")
