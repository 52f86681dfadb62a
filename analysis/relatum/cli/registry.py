"""``relatum registry``: a wide table of up to millions of relationships, checked and counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import (
    JobsOption,
    JsonOption,
    StudyOption,
    column_option,
    emit,
    examples,
    issues_text,
)
from relatum.cli.pairs import ItemsOption, ZerosOption, item_names, zeros_hint, zeros_word
from relatum.errors import EstimationError, SampleError, UsageError

if TYPE_CHECKING:
    from relatum.models.registry_check import RegistryCheck
    from relatum.results.estimates import PrevalenceEstimates
    from relatum.results.registry_differences import RegistryDifferences
    from relatum.study import Study

HELP = """Check a registry, count its items and compare two groups of its records.

SOURCE is a Parquet or CSV file with a row per relationship, a column of the case, and a column per
item: a code of the codebook or one of your own, with 0 and 1, true and false, or the words of a
status. It is read in chunks, so it may hold millions of records; every fault of a column is listed
at once, with the number of records and the first of them, and no value is shown.

Counts and bounds are those that a small sample gets, and so are limits up to 300 cases: the case is
the cluster, silence counts as absent and as present, and what the plan's gates refuse is left out
with the reason. With --compare two groups of --group are compared; a difference inside the margin
is no proof of likeness. With --wide SOURCE is a sample, and is written as such a file.

What is printed has passed no disclosure control and is for your screen. Items with a count from 1
to 4 are withheld, also from --json, unless --all is given. Ends with 11 if cells are at fault, and
with 16 if the file cannot be read."""

SourceArgument = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A file, or with --wide a sample.")
]
CaseOption = Annotated[
    str, typer.Option("--case", metavar="COLUMN", help="The column of the case.")
]


GroupOption = Annotated[str, column_option("--group", "Groups of records, such as population.")]
RecordOption = Annotated[
    str, column_option("--id", "The name of the record, which may occur once.")
]
StartOption = Annotated[
    str, column_option("--start", "Days on which records start, to be checked.")
]
EndOption = Annotated[str, column_option("--end", "Days on which records end, to be checked.")]
CompareOption = Annotated[
    str | None,
    typer.Option(
        "--compare", metavar="A,B", help="Two groups of --group to compare.", show_default=False
    ),
]
MarginOption = Annotated[
    float,
    typer.Option(
        "--margin", metavar="NUMBER", help="Differences of shares up to this count as none."
    ),
]
CheckOption = Annotated[bool, typer.Option("--check", help="Check only; count nothing.")]
WideOption = Annotated[
    Path | None,
    typer.Option(
        "--wide",
        metavar="FILE",
        help="Write the sample SOURCE as a wide Parquet file.",
        show_default=False,
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help="Print small counts, too.")]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    lines = (
        "relatum registry registry.parquet --case case_id --zeros not_documented",
        "relatum registry registry.parquet --group population \\\n"
        "    --compare trafficking,domestic_violence --json",
        "relatum registry my_sample --wide my_sample.parquet",
    )
    app.command("registry", help=HELP, epilog=examples(*lines))(registry)


def registry(
    source: SourceArgument,
    case: CaseOption = "case_id",
    group: GroupOption = "",
    record: RecordOption = "",
    start: StartOption = "",
    end: EndOption = "",
    zeros: ZerosOption = None,
    items: ItemsOption = None,
    compare: CompareOption = None,
    margin: MarginOption = 0.15,
    study: StudyOption = None,
    jobs: JobsOption = 1,
    check: CheckOption = False,
    wide: WideOption = None,
    small: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check, count and compare; the outcome goes to standard output and nothing is released."""
    from relatum.cli.registry_text import registry_payload, registry_text
    from relatum.study import read_study

    if wide is not None:
        _write(source, wide, as_json=as_json)
        return
    if check and compare is not None:
        raise UsageError("--check counts nothing, so that --compare cannot stand beside it.")
    labels = _labels(compare, group)
    plan = read_study(study)
    with zeros_hint(zeros):
        checked = _checked(
            Path(source),
            columns=Columns(case=case, group=group, record=record, start=start, end=end),
            zeros=zeros,
            items=items,
        )
    counted, compared = None, None
    if not check:
        counted, compared = _estimated(checked, plan, labels, margin, jobs=jobs)
    emit(
        registry_payload(checked, counted, compared, small=small),
        registry_text(checked, counted, compared, small=small),
        json_mode=as_json,
    )
    if checked.issues and not as_json:
        print(issues_text(checked.issues))


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that the options name; empty where there is none."""

    case: str
    group: str
    record: str
    start: str
    end: str


def _write(source: str, wide: Path, *, as_json: bool) -> None:
    from relatum.models.registry_export import write_registry
    from relatum.samples import open_sample

    sample = open_sample(source)
    path = write_registry(sample, wide)
    n = sample.n("relationships")
    words = f"{n:,} relationships of '{sample.info.name}' were written to '{path.name}'."
    emit({"file": path.name, "records": n}, words, json_mode=as_json)


def _labels(compare: str | None, group: str) -> tuple[str, ...]:
    if compare is None:
        return ()
    labels = tuple(word.strip() for word in compare.split(","))
    if len(labels) != 2:
        msg = f"--compare takes two labels with a comma between them, not {len(labels)}."
        raise UsageError(msg)
    if not group:
        raise UsageError("--compare needs --group: the column that holds the two labels.")
    return labels


def _checked(
    path: Path, *, columns: Columns, zeros: str | None, items: str | None
) -> RegistryCheck:
    from relatum.models.registry_check import check_registry

    found = check_registry(
        path,
        case=columns.case,
        group=columns.group,
        record=columns.record,
        start=columns.start,
        end=columns.end,
        zeros=zeros_word(zeros),
        items=item_names(items),
    )
    if found.errors:
        n = len(found.errors)
        noun = "fault" if n == 1 else "faults"
        msg = f"{n:,} {noun} in '{found.name}' ({found.n_records:,} records); nothing was counted."
        if any(issue.rule == "not_a_status" for issue in found.errors):
            msg = f"{msg} Which columns hold items can be said with --items."
        raise SampleError(msg, found.issues)
    return found


def _estimated(
    checked: RegistryCheck, plan: Study, labels: tuple[str, ...], margin: float, *, jobs: int
) -> tuple[PrevalenceEstimates, RegistryDifferences | None]:
    from relatum.models.registry_differences import compare_registry_groups
    from relatum.models.registry_estimates import estimate_registry_intervals
    from relatum.results.base import Unavailable

    records = checked.records
    if records is None:
        raise EstimationError("Nothing can be counted: the file has faults.")
    compared = None
    if labels:
        found = compare_registry_groups(records, plan, groups=labels, margin=margin)
        if isinstance(found, Unavailable):
            raise EstimationError(f"Nothing can be compared: {found.why}.")
        compared = found
    counted = estimate_registry_intervals(records, plan, whole=False, jobs=jobs)
    if isinstance(counted, Unavailable):
        raise EstimationError(f"Nothing can be counted: {counted.why}.")
    return counted, compared
