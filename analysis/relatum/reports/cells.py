"""Run a document's cells and inline expressions, once and in order, in a kernel of our own.

The kernel is this interpreter's: no installed kernel, start-up file or Jupyter configuration of
the user plays a part, so the same document gives the same outputs everywhere.
"""

from __future__ import annotations

import ast
import asyncio
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from relatum.errors import ReportError
from relatum.reports.project import Settings
from relatum.reports.source import Cell, Line, Prose, Source

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    from nbformat import NotebookNode

__all__ = ["Execution", "InlineValue", "execute", "inline_expressions"]

INLINE = re.compile(r"(?<!`)`\{python\}[ \t]([^`]+)`(?!`)")
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
MACHINE_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][^\s\\/:\"']+){2,}[\\/](?=[^\s\\/:\"']+)")
TIMEOUT = 600
LONGEST_SOCKET_PATH = 90
Message = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineValue:
    """The value of one inline expression.

    Attributes
    ----------
    data : Mapping of str to str
        Its representations by MIME type.
    """

    data: Mapping[str, str]

    @property
    def markdown(self) -> str:
        """The value as Markdown: Markdown as it is, texts escaped, anything else as printed."""
        if "text/markdown" in self.data:
            return self.data["text/markdown"]
        plain = self.data.get("text/plain", "")
        try:
            value = ast.literal_eval(plain) if plain[:1] in "'\"" else None
        except (ValueError, SyntaxError):
            value = None
        return escape_markdown(value) if isinstance(value, str) else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """Everything that came back from the kernel.

    Attributes
    ----------
    outputs : Mapping of int to tuple
        The output messages of each cell, by the cell's place in the document.
    inline : Mapping of (int, str) to InlineValue
        The values of the inline expressions, by place and expression.
    """

    outputs: Mapping[int, tuple[Message, ...]] = field(default_factory=dict)
    inline: Mapping[tuple[int, str], InlineValue] = field(default_factory=dict)


def escape_markdown(text: str) -> str:
    r"""Escape a text so that pandoc prints it as it is.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> escape_markdown("a_b*c")
    'a\\_b\\*c'
    """
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!@$&~^|\"'])", r"\\\1", text)


def inline_expressions(prose: Prose) -> Iterator[tuple[Line, str]]:
    """Iterate over the inline expressions of a run of prose, with their lines.

    Parameters
    ----------
    prose : Prose

    Returns
    -------
    iterator of (Line, str)
    """
    for line in prose.lines:
        if not line.verbatim:
            for found in INLINE.finditer(line.text):
                yield line, found[1].strip()


def execute(
    source: Source, *, settings: Settings, folder: Path, environment: Mapping[str, str]
) -> Execution:
    """Run a document.

    Parameters
    ----------
    source : Source
    settings : Settings
        Gives the default figure size and whether cells run at all.
    folder : Path
        The working directory of the cells.
    environment : Mapping of str to str
        Laid over this process's environment.

    Returns
    -------
    Execution

    Raises
    ------
    ReportError
        When a cell or an expression fails, with its file, line and message.
    """
    prose = (part for part in source.parts if isinstance(part, Prose))
    if not any(source.cells()) and not any(any(inline_expressions(part)) for part in prose):
        return Execution()
    outputs: dict[int, tuple[Message, ...]] = {}
    inline: dict[tuple[int, str], InlineValue] = {}
    with _own_loop(), _kernel(folder, environment, settings) as client:
        for place, part in enumerate(source.parts):
            if isinstance(part, Cell):
                if part.options.get("eval", settings.execute.eval) is True:
                    outputs[place] = _run_cell(client, part)
            else:
                for line, expression in inline_expressions(part):
                    if (place, expression) not in inline:
                        inline[place, expression] = _run_inline(client, line, expression)
    return Execution(outputs=outputs, inline=inline)


@contextmanager
def _own_loop() -> Iterator[None]:
    """Close the event loop that Jupyter opens for a thread; the main thread's lives on."""
    from jupyter_core.utils import ensure_event_loop

    try:
        yield
    finally:
        if threading.current_thread() is not threading.main_thread():
            ensure_event_loop().close()
            asyncio.set_event_loop(None)


@contextmanager
def _kernel(
    folder: Path, environment: Mapping[str, str], settings: Settings
) -> Iterator[NotebookClient]:
    """Start a kernel of this interpreter and stop it whatever happens."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    command.append("--log-level=ERROR")
    spec = KernelSpec(argv=command, display_name="relatum", language="python")

    class OwnKernel(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return spec

    private = folder / ".relatum-kernel"
    private.mkdir(exist_ok=True)
    manager = AsyncKernelManager(kernel_name="relatum", kernel_spec_manager=OwnKernel())
    manager.connection_file = str(private / "kernel.json")
    if os.name == "posix" and len(str(private)) < LONGEST_SOCKET_PATH:
        manager.transport, manager.ip = "ipc", str(private / "s")
    empty = _node({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    client = NotebookClient(empty, km=manager, timeout=TIMEOUT, kernel_name="relatum")
    client.resources = {"metadata": {"path": str(folder)}}
    variables = _environment(private, environment)
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with client.setup_kernel(cleanup_kc=True, env=variables, cwd=str(folder), **silent):
        _set_up(client, settings)
        yield client


def _environment(private: Path, environment: Mapping[str, str]) -> dict[str, str]:
    style = private / "matplotlibrc"
    style.write_text("svg.hashsalt: relatum\n", encoding="utf-8")
    return {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
        "SOURCE_DATE_EPOCH": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": str(style),
        "IPYTHONDIR": str(private),
        "JUPYTER_CONFIG_DIR": str(private),
        "JUPYTER_RUNTIME_DIR": str(private),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **environment,
    }


# Figures are cut to what is drawn, which takes two drawings more; a figure with the label
# "fixed size" has set its margins itself. The hook of pyplot would draw each open figure once more
# after its cell, and nobody would see that drawing. Results and figures are many small objects that
# live long: looking for cycles among them at Python's usual pace takes a tenth of the time.
_SET_UP = """
def _relatum_set_up(size, dpi):
    import gc

    import matplotlib.pyplot as plt
    from IPython import get_ipython
    from IPython.core.pylabtools import print_figure
    from matplotlib.figure import Figure
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg", "png")
    plt.uninstall_repl_displayhook()
    gc.set_threshold(50_000, 20, 20)
    plt.rcParams.update({"figure.figsize": size, "figure.dpi": dpi})

    def printer(form):
        def show(figure):
            cut = None if figure.get_label() == "fixed size" else "tight"
            return print_figure(figure, form, bbox_inches=cut)

        return show

    formatters = get_ipython().display_formatter.formatters
    formatters["image/svg+xml"].for_type(Figure, printer("svg"))
    formatters["image/png"].for_type(Figure, printer("png"))


_relatum_set_up(%s, %d)
del _relatum_set_up
"""


def _set_up(client: NotebookClient, settings: Settings) -> None:
    size = f"({settings.fig_width}, {settings.fig_height})"
    _execute_code(client, _SET_UP % (size, settings.fig_dpi))


def _node(content: Mapping[str, object]) -> NotebookNode:
    from nbformat import from_dict

    made: NotebookNode = from_dict(content)  # type: ignore[no-untyped-call]
    return made


def _execute_code(client: NotebookClient, code: str) -> NotebookNode:
    number = len(client.nb.cells)
    cell = _node(
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "source": code,
            "metadata": {},
            "execution_count": None,
            "outputs": [],
        }
    )
    client.nb.cells.append(cell)
    return client.execute_cell(cell, number)


def _run_cell(client: NotebookClient, cell: Cell) -> tuple[Message, ...]:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    code = "\n".join(line.text for line in cell.body)
    try:
        done = _execute_code(client, code)
    except CellExecutionError as problem:
        raise ReportError(_worded(cell, problem)) from None
    except CellTimeoutError:
        where = f"{cell.line.file}:{cell.line.number}"
        raise ReportError(f"{where} [cell] This cell ran longer than {TIMEOUT} s.") from None
    except DeadKernelError:
        where = f"{cell.line.file}:{cell.line.number}"
        message = "Python stopped while this cell ran. It may have run out of memory."
        raise ReportError(f"{where} [cell] {message}") from None
    return tuple(done.outputs)


def _worded(cell: Cell, problem: CellExecutionError) -> str:
    """Word a failed cell: the document's line first, then the end of the traceback."""
    text = ANSI.sub("", problem.traceback)
    steps = re.findall(r"Cell In\[\d+\],? line (\d+)", text)
    inside = [int(step) for step in steps if int(step) <= len(cell.body)]
    line = cell.body[inside[0] - 1] if inside else cell.line
    tail = [MACHINE_PATH.sub("", part) for part in text.strip().splitlines() if part.strip()]
    shown = "\n".join(f"    {part}" for part in tail[-8:])
    value = MACHINE_PATH.sub("", str(problem.evalue))
    return f"{line.file}:{line.number} [cell] {problem.ename}: {value}\n{shown}"


def _run_inline(client: NotebookClient, line: Line, expression: str) -> InlineValue:
    if client.kc is None:
        raise ReportError(f"{line.file}:{line.number} [inline] Python is no longer running.")
    sent = client.kc.execute("", user_expressions={"value": expression}, allow_stdin=False)
    reply = client.wait_for_reply(sent)
    where = f"{line.file}:{line.number} [inline]"
    if reply is None or reply["content"].get("status") != "ok":
        raise ReportError(f"{where} `{{python}} {expression}` gave no answer.")
    result = reply["content"]["user_expressions"]["value"]
    if result["status"] != "ok":
        problem = f"{result['ename']}: {MACHINE_PATH.sub('', result['evalue'])}"
        raise ReportError(f"{where} `{{python}} {expression}` failed. {problem}")
    data = {kind: _joined(value) for kind, value in result["data"].items()}
    return InlineValue(data=data)


def _joined(value: object) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
