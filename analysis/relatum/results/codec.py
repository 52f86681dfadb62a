"""Frozen dataclasses as plain JSON values, and back, by their annotations."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from relatum.errors import SchemaError

__all__ = ["decode", "encode"]


def encode(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Turn a value into dicts, lists, texts, numbers, truth values and None.

    Raises
    ------
    TypeError
        For a type that cannot be restored, and for a number that is not finite.

    Examples
    --------
    >>> from relatum.results.base import Note
    >>> encode(Note("few", "Few units."))
    {'code': 'few', 'text': 'Few units.'}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _finite(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {spec.name: encode(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    msg = f"A result cannot store a {type(value).__name__}."
    raise TypeError(msg)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        msg = "A result cannot store a number that is not finite; use None and say why."
        raise TypeError(msg)
    return float(value)


def decode(hint: Any, raw: Any) -> Any:  # noqa: ANN401 - any annotation, any JSON value
    """Restore a value from its plain form.

    Parameters
    ----------
    hint : type
        The annotation: a dataclass, a scalar, a tuple, a mapping, or one of these or None.
    raw : object
        What `encode` returned.

    Raises
    ------
    SchemaError
        If the plain form does not fit the annotation.

    Examples
    --------
    >>> from relatum.results.base import Note
    >>> decode(tuple[Note, ...], [{"code": "few", "text": "Few units."}])
    (Note(code='few', text='Few units.'),)
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _decode_union(arguments, raw)
    if origin is Literal:
        return _checked(raw, raw in arguments, hint)
    if is_dataclass(hint):
        return _decode_dataclass(hint, raw)
    if origin is tuple:
        return _decode_tuple(arguments, raw)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        items = _checked(raw, isinstance(raw, dict), hint).items()
        return types.MappingProxyType({key: decode(arguments[1], item) for key, item in items})
    if hint is float and type(raw) is int:
        return float(raw)
    return _checked(raw, type(raw) is hint, hint)


def _decode_union(arguments: tuple[Any, ...], raw: Any) -> Any:  # noqa: ANN401
    if raw is None and type(None) in arguments:
        return None
    choices = [hint for hint in arguments if hint is not type(None)]
    for hint in choices[:-1]:
        try:
            return decode(hint, raw)
        except SchemaError:
            continue
    return decode(choices[-1], raw)


def _decode_tuple(arguments: tuple[Any, ...], raw: Any) -> tuple[Any, ...]:  # noqa: ANN401
    items = _checked(raw, isinstance(raw, list), tuple)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(decode(arguments[0], item) for item in items)
    _checked(raw, len(items) == len(arguments), tuple)
    return tuple(decode(hint, item) for hint, item in zip(arguments, items, strict=True))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _decode_dataclass(kind: Any, raw: Any) -> Any:  # noqa: ANN401
    names = [spec.name for spec in fields(kind)]
    _checked(raw, isinstance(raw, dict) and sorted(raw) == sorted(names), kind)
    hints = _hints(kind)
    return kind(**{name: decode(hints[name], raw[name]) for name in names})


def _checked(raw: Any, fits: bool, hint: Any) -> Any:  # noqa: ANN401
    if not fits:
        msg = (
            f"A stored result does not fit '{getattr(hint, '__name__', hint)}' of this version "
            "of relatum; fit it again."
        )
        raise SchemaError(msg)
    return raw
