"""The options of long work end with the code of a wrong call where they are at fault."""

import pytest
import typer

from relatum.cli import main as cli
from relatum.cli.workers import CheckpointOption, SchedulerOption, workers_at
from relatum.workers import run_tasks


@pytest.fixture
def double(monkeypatch):
    """A verb with long work, in the place of all others."""

    def verb(scheduler: SchedulerOption = None, checkpoint: CheckpointOption = None) -> None:
        with workers_at(scheduler):
            print(run_tasks(times, [(1,), (2,)], checkpoint=checkpoint))

    def times(number):
        if stops:
            raise KeyboardInterrupt
        return 2 * number

    stops = []
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command()(verb)
    monkeypatch.setattr(cli, "app", app)
    return stops


def test_without_the_options_work_is_done_here(double, capsys):
    assert cli.main([]) == 0
    assert capsys.readouterr().out == "[2, 4]\n"


def test_a_cluster_that_cannot_be_reached_is_a_wrong_call(double, capsys):
    assert cli.main(["--scheduler", "nowhere"]) == 2
    assert capsys.readouterr().err == (
        "relatum: usage: 'nowhere' is no address of a scheduler. A scheduler prints its address, "
        "such as tcp://10.0.0.5:8786, when it starts.\n"
    )


def test_an_interrupt_says_what_is_kept_and_another_plan_is_a_wrong_call(double, capsys, tmp_path):
    folder = tmp_path / "kept"
    double.append(True)
    assert cli.main(["--checkpoint", str(folder)]) == 17
    assert capsys.readouterr().err == (
        f"relatum: interrupted: Interrupted by the user. 0 of 2 parts are kept in '{folder}'; the "
        "same call with this folder takes them up.\n"
    )
    double.clear()
    begun = folder / "checkpoint.json"
    begun.write_text(begun.read_text().replace('"n": 2', '"n": 3'))
    assert cli.main(["--checkpoint", str(folder)]) == 2
    assert "belongs to another run: it has 3 replicates, not 2" in capsys.readouterr().err
