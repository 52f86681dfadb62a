"""Derived codes as data: a small three-valued language of the codebook's column ``derivation``.

Grammar, loosest first::

    expression := term ("|" term)*
    term       := factor ("&" factor)*
    factor     := "~" factor | "(" expression ")" | call | code
    call       := any(item, ...) | all(item, ...) | atleast(k, item, ...)
                | is(code, level|level) | events(code, level|level) | sourced(level|level)
    item       := expression | pattern with "*"

A pattern stands for every code whose id matches it. ``is`` turns a category into a status: present
where the value is (or, for a multi-valued field, contains) one of the levels, not documented where
nothing is recorded, otherwise absent. ``events`` asks whether any event of the unit has the level,
``sourced`` whether any present coding of it rests on the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from relatum.errors import SchemaError
from relatum.schema.codebook import Codebook
from relatum.schema.status import (
    StatusCodes,
    combine_all,
    combine_any,
    combine_at_least,
    negate,
)

__all__ = [
    "CodeNode",
    "CombineNode",
    "LevelNode",
    "Node",
    "NotNode",
    "Resolver",
    "codes_used",
    "evaluate",
    "parse",
]

_TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*\*?|\d+)|(?P<sign>[&|~(),]))")
_LEVEL_CALLS = ("is", "events", "sourced")
_COMBINE_CALLS = ("any", "all", "atleast")


@dataclass(frozen=True, slots=True)
class CodeNode:
    """One code."""

    code: str


@dataclass(frozen=True, slots=True)
class LevelNode:
    """A question about levels: ``is``, ``events`` or ``sourced``."""

    how: Literal["is", "events", "sourced"]
    code: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotNode:
    """The negation of a part."""

    part: Node


@dataclass(frozen=True, slots=True)
class CombineNode:
    """Parts joined by ``any``, ``all`` or ``atleast``."""

    how: Literal["any", "all", "atleast"]
    parts: tuple[Node, ...]
    k: int = 1


Node = CodeNode | LevelNode | NotNode | CombineNode


class Resolver(Protocol):
    """What a sample answers: the status of a code or of a level for every unit."""

    def code(self, code: str) -> StatusCodes:
        """Return the statuses of one code."""
        ...

    def level(self, how: str, code: str, levels: tuple[str, ...]) -> StatusCodes:
        """Return the statuses of a question about levels."""
        ...


class _Parser:
    """A recursive-descent parser over one derivation."""

    def __init__(self, text: str, codebook: Codebook) -> None:
        self._text = text
        self._codebook = codebook
        self._tokens = self._split(text)
        self._at = 0

    def _split(self, text: str) -> list[str]:
        tokens, position = [], 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if not found:
                raise self._error(f"'{text[position:].strip()[:12]}' is not understood")
            tokens.append(found.group("name") or found.group("sign"))
            position = found.end()
        return tokens

    def _error(self, why: str) -> SchemaError:
        return SchemaError(f"Derivation '{self._text}': {why}.")

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self, expected: str = "") -> str:
        token = self._peek()
        if not token or (expected and token != expected):
            raise self._error(f"expected '{expected or 'a code'}', found '{token or 'the end'}'")
        self._at += 1
        return token

    def parse(self) -> Node:
        node = self._expression()
        if self._peek():
            raise self._error(f"'{self._peek()}' is left over")
        return node

    def _expression(self) -> Node:
        return self._joined("|", "any", lambda: self._joined("&", "all", self._factor))

    def _joined(self, sign: str, how: Literal["any", "all"], part: Callable[[], Node]) -> Node:
        parts = [part()]
        while self._peek() == sign:
            self._next()
            parts.append(part())
        return parts[0] if len(parts) == 1 else CombineNode(how, tuple(parts))

    def _factor(self) -> Node:
        token = self._next()
        if token == "~":
            return NotNode(self._factor())
        if token == "(":
            node = self._expression()
            self._next(")")
            return node
        if self._peek() == "(" and token in _LEVEL_CALLS:
            return self._level_call(token)
        if self._peek() == "(" and token in _COMBINE_CALLS:
            return self._combine_call(token)
        return CodeNode(self._codebook[token].id)

    def _level_call(self, how: str) -> Node:
        self._next("(")
        code = ""
        if how != "sourced":
            code = self._codebook[self._next()].id
            self._next(",")
        known = self._codebook[code or "source"].levels
        levels = [self._level(known)]
        while self._peek() == "|":
            self._next()
            levels.append(self._level(known))
        self._next(")")
        return LevelNode(how, code, tuple(levels))  # type: ignore[arg-type]

    def _level(self, known: tuple[str, ...]) -> str:
        level = self._next()
        if known and level not in known:
            raise self._error(f"'{level}' is not a level; there are: {', '.join(known)}")
        return level

    def _combine_call(self, how: str) -> Node:
        self._next("(")
        k = 1
        if how == "atleast":
            k = self._number()
            self._next(",")
        parts = list(self._items())
        while self._peek() == ",":
            self._next()
            parts.extend(self._items())
        self._next(")")
        return CombineNode(how, tuple(parts), k)  # type: ignore[arg-type]

    def _number(self) -> int:
        word = self._next()
        if not word.isdigit() or int(word) < 1:
            raise self._error(f"'atleast' needs a number of at least 1, not '{word}'")
        return int(word)

    def _items(self) -> Iterator[Node]:
        if self._peek().endswith("*"):
            pattern = self._next()
            for code in self._codebook.match(pattern):
                yield CodeNode(code.id)
        else:
            yield self._expression()


def parse(text: str, codebook: Codebook) -> Node:
    """Parse a derivation.

    Raises
    ------
    SchemaError
        If the text is not of the language or names an unknown code; the message quotes it.
    """
    return _Parser(text, codebook).parse()


def codes_used(node: Node) -> tuple[str, ...]:
    """Return the codes a derivation rests on, without repetition, in order."""
    if isinstance(node, CodeNode):
        found: tuple[str, ...] = (node.code,)
    elif isinstance(node, LevelNode):
        found = (node.code,) if node.code else ()
    elif isinstance(node, NotNode):
        found = codes_used(node.part)
    else:
        found = tuple(code for part in node.parts for code in codes_used(part))
    return tuple(dict.fromkeys(found))


def evaluate(node: Node, resolver: Resolver) -> StatusCodes:
    """Compute a derivation for every unit.

    Parameters
    ----------
    node : Node
        A parsed derivation.
    resolver : Resolver
        Answers for single codes and levels, arrays of one length.

    Returns
    -------
    array of int8, shape (n_units,)
        Status codes.
    """
    if isinstance(node, CodeNode):
        return resolver.code(node.code)
    if isinstance(node, LevelNode):
        return resolver.level(node.how, node.code, node.levels)
    if isinstance(node, NotNode):
        return negate(evaluate(node.part, resolver))
    parts = np.stack([evaluate(part, resolver) for part in node.parts], axis=1)
    if node.how == "all":
        return combine_all(parts)
    return combine_any(parts) if node.how == "any" else combine_at_least(parts, node.k)
