"""Frozen dataclasses as plain JSON values, and back, by their annotations."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from relatum.errors import SchemaError

__all__ = ["decode", "encode"]

Reader: TypeAlias = Callable[[Any], Any]


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
    return _reader(hint)(raw)


def _reader(hint: Any) -> Reader:  # noqa: ANN401
    """Return the function that restores values of an annotation.

    It is found once for each field of a dataclass and not for each value: the results of a run
    hold tens of thousands.
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union_reader(arguments)
    if origin is Literal:
        return lambda raw: _checked(raw, raw in arguments, hint)
    if is_dataclass(hint):
        return partial(_decode_dataclass, hint)
    if origin is tuple:
        return _tuple_reader(arguments)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return partial(_decode_mapping, hint, _reader(arguments[1]))
    return partial(_decode_scalar, hint)


def _decode_scalar(hint: Any, raw: Any) -> Any:  # noqa: ANN401
    if type(raw) is hint:
        return raw
    if hint is float and type(raw) is int:
        return float(raw)
    return _checked(raw, False, hint)


def _decode_mapping(hint: Any, item_reader: Reader, raw: Any) -> Mapping[str, Any]:  # noqa: ANN401
    items = _checked(raw, isinstance(raw, dict), hint).items()
    return types.MappingProxyType({key: item_reader(item) for key, item in items})


def _union_reader(arguments: tuple[Any, ...]) -> Reader:
    optional = type(None) in arguments
    *others, last = [_reader(hint) for hint in arguments if hint is not type(None)]

    def read(raw: Any) -> Any:  # noqa: ANN401
        if raw is None and optional:
            return None
        for reader in others:
            try:
                return reader(raw)
            except SchemaError:
                continue
        return last(raw)

    return read


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        each = _reader(arguments[0])
        return lambda raw: tuple(map(each, _checked(raw, isinstance(raw, list), tuple)))
    readers = [_reader(hint) for hint in arguments]

    def read(raw: Any) -> tuple[Any, ...]:  # noqa: ANN401
        items = _checked(raw, isinstance(raw, list) and len(raw) == len(readers), tuple)
        return tuple(reader(item) for reader, item in zip(readers, items, strict=True))

    return read


@cache
def _field_readers(kind: type) -> Mapping[str, Reader]:
    hints = get_type_hints(kind)
    return {spec.name: _reader(hints[spec.name]) for spec in fields(kind)}


def _decode_dataclass(kind: Any, raw: Any) -> Any:  # noqa: ANN401
    readers = _field_readers(kind)
    _checked(raw, isinstance(raw, dict) and raw.keys() == readers.keys(), kind)
    return kind(**{name: reader(raw[name]) for name, reader in readers.items()})


def _checked(raw: Any, fits: bool, hint: Any) -> Any:  # noqa: ANN401
    if not fits:
        msg = (
            f"A stored result does not fit '{getattr(hint, '__name__', hint)}' of this version "
            "of relatum; fit it again."
        )
        raise SchemaError(msg)
    return raw
