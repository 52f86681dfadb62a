"""Revisions of own codes: which codes are new, gone or worded otherwise, and how they come back."""

import pytest

from relatum.errors import SchemaError
from relatum.schema import load_schema
from relatum.schema.export import codebook_csv
from relatum.schema.extension import (
    added_codes,
    extend_codebook,
    extension_version,
    restore_codes,
)
from relatum.schema.extension_changes import compare_codes

HEAD = "id,label,domain,definition,parent,sensitive,code_when\n"
PET = (
    'x_pet,Threat to a pet,intimidation,Harm to a pet is announced.,vio_physical,yes,"One; two."\n'
)


@pytest.fixture
def extended(tmp_path):
    def to_schema(text, revision=1):
        path = tmp_path / "mine.csv"
        path.write_text(HEAD + text)
        return extend_codebook(load_schema(), path, revision=revision)

    return to_schema


def test_what_changed_between_two_revisions(extended):
    first = extended(f"{PET}x_old,Old,control,It was so.,,,\n")
    later = PET.replace("announced", "threatened").replace(",yes,", ",,")
    second = extended(f"{later}x_new,New,control,It is so.,,,\n", revision=2)
    changes = compare_codes(first, second)
    assert (changes.added, changes.removed) == (("x_new",), ("x_old",))
    assert changes.changed == (("x_pet", ("definition", "sensitive")),)
    assert changes.before.endswith("+mine.1")
    assert changes.after.endswith("+mine.2")
    assert str(changes) == ("added: x_new. removed: x_old. changed: x_pet (definition, sensitive).")
    assert not compare_codes(first, extended(f"{PET}x_old,Old,control,It was so.,,,\n"))


def test_own_codes_come_back_from_an_export(extended, tmp_path):
    schema = extended(PET)
    path = tmp_path / "codebook_extension.csv"
    path.write_text(codebook_csv(schema, added_codes(load_schema(), schema)), encoding="utf-8")
    again = restore_codes(load_schema(), path, version=extension_version(schema.version))
    assert again == schema
    twice = restore_codes(load_schema(), path, version="team.3.mine.12")
    assert twice.version == f"{load_schema().version}+team.3.mine.12"


@pytest.mark.parametrize("version", ["", "mine", "mine.0", "Mine.1", "mine.1.other", "mine.1+b.1"])
def test_a_version_that_cannot_be_read(extended, tmp_path, version):
    extended(PET)
    with pytest.raises(SchemaError) as caught:
        restore_codes(load_schema(), tmp_path / "mine.csv", version=version)
    assert [issue.rule for issue in caught.value.issues] == ["extension_version"]
