"""A copy of the narrated case that a test may spoil."""

import shutil

import pytest

from relatum.samples import shipped_path


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the narrated case."""
    place = tmp_path / "mine"
    shutil.copytree(shipped_path("anna"), place)
    return place
