"""``relatum times``: curves, tests and regressions of times to an event in any table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relatum.cli.common import JsonOption, column_option, emit, examples
from relatum.errors import EstimationError, UsageError

HELP = """Describe times to an event in a table of your own.

FILE is a Parquet or CSV file with a row per record: when observation ended (--exit, counted from
an origin), and what ended it (--event: 0 and 1, or the words of --causes, the event of interest
first). Kaplan-Meier curves, medians, restricted means, tests of groups, Cox, Firth, accelerated
failure time, discrete-time and competing-risks models are computed; what cannot be estimated is
listed with the reason.

What is printed has passed no disclosure control and is for your screen. Groups, causes and models
with fewer than 5 records or events, and steps with fewer than 5 at risk, are withheld, also from
--json, unless --all is given."""

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A file that ends in .parquet or .csv.")
]
ExitOption = Annotated[
    str,
    typer.Option(
        "--exit", metavar="COLUMN", help="When observation of a record ended.", show_default=False
    ),
]
EventOption = Annotated[
    str,
    typer.Option("--event", metavar="COLUMN", help="What ended it.", show_default=False),
]


EntryOption = Annotated[
    str | None, column_option("--entry", "When observation began, if later than the origin.")
]
GroupOption = Annotated[str | None, column_option("--group", "Groups to compare.")]
ClusterOption = Annotated[str | None, column_option("--cluster", "Clusters, for robust errors.")]
StratumOption = Annotated[
    str | None, column_option("--stratum", "Strata within which groups are compared, too.")
]
CovariatesOption = Annotated[
    str | None,
    typer.Option(
        "--covariates",
        metavar="A,B",
        help="Columns of numbers for the models; the groups if left out.",
        show_default=False,
    ),
]
CausesOption = Annotated[
    str | None,
    typer.Option(
        "--causes",
        metavar="A,B",
        help="Words of the events in --event, the event of interest first.",
        show_default=False,
    ),
]
CensoredOption = Annotated[
    str,
    typer.Option("--censored", metavar="A,B", help="Words for an end without an event."),
]
HorizonOption = Annotated[
    float | None,
    typer.Option(
        "--horizon",
        metavar="TIME",
        help="Up to where restricted means go; the shortest follow-up of a group if left out.",
        show_default=False,
    ),
]
PeriodOption = Annotated[
    float | None,
    typer.Option(
        "--period",
        metavar="TIME",
        help="Width of periods; adds a discrete-time model.",
        show_default=False,
    ),
]
UnitOption = Annotated[
    str, typer.Option("--unit", metavar="WORD", help="The unit of the times, in the plural.")
]
LevelOption = Annotated[
    float, typer.Option("--level", metavar="NUMBER", help="Confidence level of all limits.")
]
DropOption = Annotated[
    bool, typer.Option("--drop-missing", help="Leave out rows with missing cells, and count them.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Print small numbers, too.")]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    lines = (
        "relatum times released.csv --exit week --event arrest --group aid --unit weeks",
        "relatum times stays.parquet --exit days --event ended --entry seen_from \\\n"
        "    --causes left,arrest --covariates age,debt --cluster case --json",
    )
    app.command("times", help=HELP, epilog=examples(*lines))(times)


def times(
    file: FileArgument,
    exit_column: ExitOption,
    event: EventOption,
    entry: EntryOption = None,
    group: GroupOption = None,
    covariates: CovariatesOption = None,
    cluster: ClusterOption = None,
    stratum: StratumOption = None,
    causes: CausesOption = None,
    censored: CensoredOption = "0,false,censored",
    horizon: HorizonOption = None,
    period: PeriodOption = None,
    unit: UnitOption = "units of time",
    level: LevelOption = 0.95,
    drop_missing: DropOption = False,
    small: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Describe the times; the outcome goes to standard output and nothing is released."""
    from relatum.cli.times_text import times_payload, times_text
    from relatum.models.familiar_times import common_follow_up, describe_times
    from relatum.models.familiar_times_setting import TimeWords
    from relatum.models.time_records import TimeColumns
    from relatum.models.time_records_read import read_time_records
    from relatum.results.base import Unavailable

    if not 0.0 < level < 1.0:
        raise UsageError(f"--level must lie between 0 and 1, not {level:g}.")
    columns = TimeColumns(
        exit=exit_column,
        event=event,
        entry=entry,
        group=group,
        covariates=_words(covariates),
        cluster=cluster,
        stratum=stratum,
        causes=_words(causes),
        censored=_words(censored),
    )
    records = read_time_records(file, columns, drop_missing=drop_missing)
    found = describe_times(
        records,
        horizon=common_follow_up(records) if horizon is None else horizon,
        words=TimeWords(time_unit=unit, event=columns.causes[0] if columns.causes else event),
        conf_level=level,
        period=period,
    )
    if isinstance(found, Unavailable):
        msg = f"Nothing can be estimated: {found.why}."
        raise EstimationError(msg)
    emit(
        times_payload(found, small=small),
        times_text(found, small=small),
        json_mode=as_json,
    )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip()) if text else ()
