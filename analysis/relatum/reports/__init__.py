"""From a Quarto document to HTML, Word and PDF, with Quarto or without it."""

from relatum.reports.outputs import FORMATS, Engine, Format, Output, Rendered
from relatum.reports.project import find_reports
from relatum.reports.render import render
from relatum.reports.subset import check

__all__ = ["FORMATS", "Engine", "Format", "Output", "Rendered", "check", "find_reports", "render"]
