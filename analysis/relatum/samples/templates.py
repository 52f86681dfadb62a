"""The sheets of a template to code into: which columns, with which words and lists."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from relatum.errors import UsageError
from relatum.samples.sample import UNIT_TABLES
from relatum.samples.templates_example import EXAMPLE_CODES, EXAMPLE_ROWS
from relatum.schema import TACTIC_DOMAINS, Code, Field, Schema, load_schema
from relatum.schema.export import codebook_csv

__all__ = [
    "CODE_SHEET",
    "EXAMPLE",
    "FORMS",
    "MARK",
    "STATUSES",
    "Form",
    "TemplateColumn",
    "TemplateSheet",
    "codes_by_domain",
    "csv_sheets",
    "template_sheets",
    "write_new_folder",
    "write_templates",
]

Form = Literal["wide", "long"]

#: The two forms: a column per code, and a row per coding.
FORMS: tuple[Form, ...] = ("wide", "long")
#: The column that marks the worked row, and the mark in it.
MARK, EXAMPLE = "mark", "EXAMPLE"
#: The start of the names of sheets with a column per code.
CODE_SHEET = "codes_"
#: What a coder may enter by hand; the fourth status follows from a rule of the schema.
STATUSES: tuple[str, ...] = ("present", "absent_documented", "not_documented")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateColumn:
    """One column of a sheet.

    Attributes
    ----------
    name, title, comment : str
        The header, the words for it, and the definition that a coder reads.
    levels : tuple of str
        The drop-down list; empty where any value may be typed.
    strict : bool
        Whether a value outside the list is refused while typing.
    group : str
        The domain, by which columns are ordered and coloured.
    numeric : bool
        Whether it holds numbers.
    """

    name: str
    title: str
    comment: str
    levels: tuple[str, ...] = ()
    strict: bool = True
    group: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSheet:
    """One sheet of a template.

    Attributes
    ----------
    name, title : str
        The sheet's name and what a row of it stands for.
    table : str
        The table of the schema that it fills; ``codings`` for a sheet with a column per code.
    unit : str
        The unit whose codes it holds; empty for a sheet that is a table.
    columns : tuple of TemplateColumn
        In order; the first holds the mark of the worked row.
    examples : tuple of mapping of str to str
        The worked rows.
    """

    name: str
    title: str
    table: str
    unit: str = ""
    columns: tuple[TemplateColumn, ...]
    examples: tuple[Mapping[str, str], ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(column.name for column in self.columns)


def codes_by_domain(schema: Schema, unit: str) -> tuple[Code, ...]:
    """Return the codes that are entered for a unit, ordered by domain.

    The tactic domains come first, each led by the code of the whole domain.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> [code.id for code in codes_by_domain(load_schema(), "relationship")[:2]]
    ['dom_economic', 'eco_hand_over_earnings']
    """
    codes = [code for code in schema.codebook.values() if code.is_coding and code.unit == unit]
    order = tuple(dict.fromkeys((*TACTIC_DOMAINS, *(code.domain for code in codes))))
    return tuple(sorted(codes, key=lambda code: order.index(code.domain)))


def template_sheets(schema: Schema, form: Form) -> tuple[TemplateSheet, ...]:
    """Return the sheets of a template, in the order of a workbook.

    Parameters
    ----------
    schema : Schema
        What may be coded.
    form : {"wide", "long"}
        Wide: beside the tables of units, a sheet with a row per unit and coder and a column per
        code. Long: the table ``codings``, a row per coding.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> [sheet.name for sheet in template_sheets(load_schema(), "wide")][3:5]
    ['relationships', 'codes_relationship']
    """
    return tuple(_sheets(schema, form))


def _sheets(schema: Schema, form: Form) -> Iterator[TemplateSheet]:
    units = {UNIT_TABLES[unit]: unit for unit in UNIT_TABLES if codes_by_domain(schema, unit)}
    for name, table in schema.tables.items():
        if name != "codings" or form == "long":
            yield _table_sheet(schema, name)
        if form == "wide" and name in units:
            yield _code_sheet(schema, units[name], table.primary_key)


def _table_sheet(schema: Schema, name: str) -> TemplateSheet:
    table = schema[name]
    columns = [_field_column(schema, field) for field in table if field.name != "simulated"]
    return TemplateSheet(
        name=name,
        title=table.description,
        table=name,
        columns=(_mark_column(), *columns),
        examples=tuple({MARK: EXAMPLE, **row} for row in EXAMPLE_ROWS.get(name, ())),
    )


def _code_sheet(schema: Schema, unit: str, key: str) -> TemplateSheet:
    first = _field_column(schema, schema[UNIT_TABLES[unit]][key])
    coder = _field_column(schema, schema["codings"]["coder_id"])
    codes = [_code_column(code) for code in codes_by_domain(schema, unit)]
    return TemplateSheet(
        name=f"{CODE_SHEET}{unit}",
        title=f"One row per {unit} and coder, one column per code. An empty cell is silence.",
        table="codings",
        unit=unit,
        columns=(_mark_column(), first, coder, *codes),
        examples=tuple({MARK: EXAMPLE, **row} for row in EXAMPLE_CODES.get(unit, ())),
    )


def _mark_column() -> TemplateColumn:
    words = f"Rows marked {EXAMPLE} are left out when the file is read. Leave your own rows empty."
    return TemplateColumn(name=MARK, title="Mark of the worked row", comment=words)


def _field_column(schema: Schema, field: Field) -> TemplateColumn:
    code = _code_of(schema, field)
    levels = _levels(schema, field)
    several = field.kind == "multi"
    notes = [field.title, field.description, *(_when(code) if code else ())]
    notes += ["Several values are separated by a semicolon."] if several else []
    notes += ["A day, written YYYY-MM-DD."] if field.type == "date" else []
    notes += ["Required."] if field.required else []
    return TemplateColumn(
        name=field.name,
        title=field.title,
        comment=_comment(notes, levels),
        levels=levels,
        strict=not several,
        group=code.domain if code else "",
        numeric=field.type in ("integer", "number"),
    )


def _code_of(schema: Schema, field: Field) -> Code | None:
    if field.code not in schema.codebook:
        return None
    return schema.codebook[field.code]


def _levels(schema: Schema, field: Field) -> tuple[str, ...]:
    if field.type == "boolean":
        return ("true", "false")
    if field.name == "status":
        return STATUSES
    if field.name == "code":
        return tuple(code.id for unit in UNIT_TABLES for code in codes_by_domain(schema, unit))
    return field.values


def _code_column(code: Code) -> TemplateColumn:
    words = {"status": (), "ordinal": code.levels, "category": code.levels}
    levels = (*words.get(code.value_type, ()), *STATUSES)
    notes = [code.label, code.definition, *_when(code)]
    if code.value_type == "number":
        notes.append("A number, or a status where no number is known.")
    return TemplateColumn(
        name=code.id,
        title=code.label,
        comment=_comment(notes, levels),
        levels=levels,
        strict=code.value_type != "number",
        group=code.domain,
    )


def _when(code: Code) -> tuple[str, ...]:
    parts = (("Code when", code.code_when), ("Do not code when", code.do_not_code_when))
    return tuple(f"{title}: {text}" for title, text in parts if text)


def _comment(notes: Sequence[str], levels: tuple[str, ...]) -> str:
    listed = [f"Values: {', '.join(levels)}."] if 0 < len(levels) <= 20 else []
    return "\n".join(dict.fromkeys(text for text in [*notes, *listed] if text))


# --- files -----------------------------------------------------------------------------------


def csv_sheets(
    sheets: Sequence[TemplateSheet], rows: Mapping[str, Sequence[Mapping[str, str]]] | None = None
) -> Mapping[str, str]:
    """Return every sheet as the text of a CSV file, by file name.

    Parameters
    ----------
    sheets : sequence of TemplateSheet
    rows : mapping of str to sequence of mapping, optional
        Rows by the name of their sheet; the worked rows by default.
    """
    texts = {}
    for sheet in sheets:
        out = io.StringIO()
        writer = csv.DictWriter(out, fieldnames=sheet.header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(sheet.examples if rows is None else rows.get(sheet.name, ()))
        texts[f"{sheet.name}.csv"] = out.getvalue()
    return MappingProxyType(texts)


def write_templates(
    folder: str | Path, *, forms: Sequence[Form] = FORMS, schema: Schema | None = None
) -> tuple[Path, ...]:
    """Write templates as workbooks and as CSV; either the whole folder appears or nothing.

    Parameters
    ----------
    folder : str or Path
        A folder that does not exist yet, or an empty one.
    forms : sequence of {"wide", "long"}
        Which forms to write.
    schema : Schema, optional
        What may be coded; the shipped schema by default.

    Returns
    -------
    tuple of Path
        The files, relative to the folder: ``wide.xlsx``, ``wide_csv/cases.csv``, and so on.

    Raises
    ------
    UsageError
        If the folder is not empty or cannot be written.
    """
    from relatum.samples.templates_excel import template_workbook

    known = schema or load_schema()
    files: dict[str, bytes] = {}
    for form in forms:
        sheets = template_sheets(known, form)
        files[f"{form}.xlsx"] = template_workbook(known, sheets)
        for name, text in csv_sheets(sheets).items():
            files[f"{form}_csv/{name}"] = text.encode()
        files[f"{form}_csv/codebook.csv"] = codebook_csv(known).encode()
    return write_new_folder(folder, files)


def write_new_folder(folder: str | Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write files into a new or empty folder; either all of them appear or nothing.

    Parameters
    ----------
    folder : str or Path
    files : mapping of str to bytes
        Contents by path inside the folder.

    Raises
    ------
    UsageError
        If the folder is not empty or cannot be written.
    """
    place = Path(folder).absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(f"'{folder}' exists and is not an empty folder; name another one.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix=".relatum-") as temporary:
            built = Path(temporary) / "made"
            for name, content in files.items():
                (built / name).parent.mkdir(parents=True, exist_ok=True)
                (built / name).write_bytes(content)
            if place.exists():
                place.rmdir()
            built.rename(place)
    except OSError as error:
        raise UsageError(f"'{folder}' could not be written: {error.strerror}.") from error
    return tuple(Path(name) for name in sorted(files))
