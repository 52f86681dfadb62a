"""What stands in a report where a result, or a part of it, did not go out: the reason."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping

from relatum.errors import RelatumError
from relatum.release.released import Released
from relatum.release.rules import RULE_WORDS, RULES
from relatum.results.base import Unavailable

__all__ = ["absence", "results_in", "withheld"]


def absence(
    function: Callable[..., object], values: tuple[object, ...], named: Mapping[str, object]
) -> str:
    """Say why a table, a figure or a sentence of a report has nothing to show.

    Parameters
    ----------
    function : callable
        What raised an error of this package.
    values, named : tuple and mapping of str to object
        Its arguments. Results stand among them, or a mapping of results and a name in it.

    Returns
    -------
    str
        The reason, without a stop; empty where the call itself is at fault: outside of a report,
        and wherever every row of a simulated or public sample is there, so that a misspelt code is
        still an error.

    Examples
    --------
    >>> def tabulate_it(released): ...
    >>> gone = Unavailable(what="sizes", why="withheld by profile chapter5")
    >>> absence(tabulate_it, (Released(result=gone, profile="chapter5", evidence=()),), {})
    ''
    >>> held = Released(result=gone, profile="chapter5", evidence=(), in_report=True)
    >>> absence(tabulate_it, (held,), {})
    'withheld by profile chapter5'
    """
    bound = inspect.signature(function).bind(*values, **named)
    bound.apply_defaults()
    held = [item for item in results_in(bound.arguments.values()) if item.in_report]
    for item in held:
        if isinstance(item.result, Unavailable):
            return item.result.why.rstrip(".")
    # The shipped documents ask for codes and steps that a sample of one's own need not have.
    own = any(item.provenance and item.provenance.sample_origin == "collected" for item in held)
    return next(filter(None, map(withheld, held)), "not in these data" if own else "")


def withheld(released: object) -> str:
    """Say that rows of a result did not go out, where it is not known whether there were any.

    Parameters
    ----------
    released : object
        A `Released`; anything else holds nothing back.

    Returns
    -------
    str
        A reason without a stop; empty where every row went out. Words such as "none is on record"
        are then true, and only then.

    Examples
    --------
    >>> from relatum.release.released import Evidence
    >>> small = Evidence(rule="threshold", finding="3 rows: too few behind a count.")
    >>> gone = Unavailable(what="sizes", why="one case")
    >>> withheld(Released(result=gone, profile="chapter5", evidence=(small,)))
    'withheld by profile chapter5, or not in these data'
    >>> withheld(Released(result=gone, profile="none", evidence=()))
    ''
    """
    if not isinstance(released, Released) or released.profile not in RULES:
        return ""
    if not any(item.rule in RULE_WORDS for item in released.evidence):
        return ""
    return f"withheld by profile {released.profile}, or not in these data"


def results_in(values: Iterable[object]) -> Iterator[Released]:
    """Iterate over the results among arguments, also those named in a mapping of results.

    Parameters
    ----------
    values : iterable of object

    Yields
    ------
    Released
    """
    values = tuple(values)
    names = [value for value in values if isinstance(value, str)]
    for value in values:
        if isinstance(value, Released):
            yield value
        elif isinstance(value, Mapping):
            found = (_held(value, name) for name in names)
            yield from (item for item in found if isinstance(item, Released))


def _held(results: Mapping[object, object], name: str) -> object:
    try:
        return results[name]
    except (KeyError, RelatumError):
        return None
