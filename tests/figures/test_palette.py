"""Series are told apart in grey, and by readers who see fewer colours."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from relatum.figures import style

#: Colours that fill neighbouring areas or stand for series in one figure. BLUE and ACCENT are near
#: each other in grey: wherever both are series, marks or dashes differ too, as the tests of the
#: figures say.
SERIES = {
    "bounds": ("PALE", "MIDDLE", "BLUE", "INK"),
    "two samples": ("BLUE", "ORANGE"),
    "two samples, accent": ("BLUE", "PALE", "ORANGE"),
    "marks on bars": ("PALE", "MIDDLE", "ACCENT"),
}
#: Simulation of dichromacy in linear RGB, severity 1 (doi:10.1109/TVCG.2009.113).
SEEN = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, seen):
    ratio = TO_XYZ @ np.clip(SEEN[seen] @ linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def lightness(colour):
    """From 0 to 100: what is left of a colour on a grey printer."""
    return lab(colour, "all colours")[0]


def contrast(one, other):
    light, dark = sorted((float(TO_XYZ[1] @ linear(c)) for c in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("names", SERIES.values(), ids=SERIES)
def test_series_differ_in_grey(names):
    greys = [lightness(getattr(style, name)) for name in names]
    assert min(abs(a - b) for a, b in combinations(greys, 2)) > 8


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("names", SERIES.values(), ids=SERIES)
def test_series_differ_for_readers_who_see_fewer_colours(names, seen):
    colours = [lab(getattr(style, name), seen) for name in names]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(colours, 2)) > 15


def test_a_grey_of_one_lightness_would_be_found():
    assert abs(lightness("#777777") - lightness("#00876f")) < 8
    assert np.linalg.norm(lab("#a07a00", "deuteranopia") - lab("#5b9a3c", "deuteranopia")) < 25


def test_shares_fall_in_lightness_in_even_steps():
    steps = np.diff([lightness(style.SHARES(x)) for x in np.linspace(0, 1, 11)])
    assert np.all(steps < -3)


@pytest.mark.parametrize("name", ["INK", "MUTED", "BLUE", "ACCENT"])
def test_words_are_legible_on_white(name):
    assert contrast(getattr(style, name), "white") >= 4.5
