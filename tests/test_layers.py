"""The package keeps its shape: imports point down, modules and functions stay small."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "analysis" / "relatum"

ORDER = (
    "errors",
    "workers",
    "schema",
    "study",
    "results",
    "samples",
    "inference",
    "models",
    "release",
)
DRAWING = ("tables", "figures")
DRAWING_USES = {"errors", "schema", "results", "release", *DRAWING}
TOP = ("reports", "pipeline", "cli")
ENTRY = ("__init__", "__main__")
NOT_IN_INFERENCE = {"pandas"}
MODULE_LINES = 400
FUNCTION_LINES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported name: the module it comes from, and the name within it ("" for the module)."""

    module: str
    name: str
    line: int

    @property
    def layer(self) -> str | None:
        parts = (*self.module.split("."), *([self.name] if self.name else []))
        return parts[1] if parts[0] == "relatum" and len(parts) > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A parsed source file; `where` is its path from the root of the repository."""

    where: str
    layer: str
    dotted: str
    source: str
    tree: ast.Module

    def imports(self) -> Iterator[Import]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(module=alias.name, name="", line=node.lineno)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield Import(module=self.absolute(node), name=alias.name, line=node.lineno)

    def absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parents = self.dotted.split(".")[: -node.level]
        return ".".join([*parents, *([node.module] if node.module else [])])

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def parse(relative: Path, source: str) -> Module:
    """Parse the module at a path below the package."""
    # `__init__` keeps its own name as last part, so that a relative import resolves in its package
    dotted = ".".join(("relatum", *relative.with_suffix("").parts))
    return Module(
        where=f"analysis/relatum/{relative.as_posix()}",
        layer=relative.with_suffix("").parts[0],
        dotted=dotted,
        source=source,
        tree=ast.parse(source),
    )


def wrong_layers(module: Module) -> list[str]:
    found = []
    for item in module.imports():
        target = item.layer
        if target is None or target == module.layer or module.layer in (*TOP, *ENTRY):
            continue
        if target == "__version__":
            continue
        place = f"{module.where}:{item.line}"
        if module.layer in DRAWING:
            if target not in DRAWING_USES:
                found.append(f"{place} {module.layer} only draws; it must not import {target}")
        elif target not in ORDER or ORDER.index(target) > ORDER.index(module.layer):
            found.append(f"{place} {module.layer} must not import {target}")
    return found


def unknown_layer(module: Module) -> list[str]:
    known = module.layer in (*ORDER, *DRAWING, *TOP, *ENTRY)
    return [] if known else [f"{module.where}:1 '{module.layer}' has no place in the layers"]


def heavy_inference(module: Module) -> list[str]:
    if module.layer != "inference":
        return []
    return [
        f"{module.where}:{item.line} inference takes arrays; it must not import {item.module}"
        for item in module.imports()
        if item.module.split(".")[0] in NOT_IN_INFERENCE
    ]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_imports(module: Module) -> list[str]:
    """A private module may be used by its own package; a private name only where it is made."""
    package = module.dotted.rpartition(".")[0]
    found = []
    for item in module.imports():
        own_module = item.module == package
        path = item.module.removeprefix(f"{package}.").split(".")
        inside = item.module.startswith(f"{package}.") and len(path) == 1
        if is_private(item.name) and not own_module:
            found.append(f"{module.where}:{item.line} imports private {item.module}.{item.name}")
        elif any(map(is_private, path)) and not inside:
            found.append(f"{module.where}:{item.line} imports from private {item.module}")
    return found + private_attributes(module)


def private_attributes(module: Module) -> list[str]:
    modules = {
        alias.asname or alias.name.split(".")[0]
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return [
        f"{module.where}:{node.lineno} uses private {node.value.id}.{node.attr}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
        and is_private(node.attr)
    ]


def long_module(module: Module) -> list[str]:
    lines = len(module.source.splitlines())
    return [] if lines <= MODULE_LINES else [f"{module.where}:{lines} more than {MODULE_LINES}"]


def long_functions(module: Module) -> list[str]:
    """Docstrings are not counted: they may teach at length."""
    found = []
    for node in module.functions():
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            lines -= (text.end_lineno or text.lineno) - text.lineno + 1
        if lines > FUNCTION_LINES:
            found.append(f"{module.where}:{node.lineno} {node.name} has {lines} lines")
    return found


def open_keywords(module: Module) -> list[str]:
    return [
        f"{module.where}:{node.lineno} {node.name} takes **{node.args.kwarg.arg}"
        for node in module.functions()
        if node.args.kwarg is not None
        and not is_private(node.name)
        and not passes_on(node.args.kwarg)
    ]


def passes_on(argument: ast.arg) -> bool:
    """Whether a wrapper hands on exactly what the wrapped function takes."""
    return isinstance(argument.annotation, ast.Attribute) and argument.annotation.attr == "kwargs"


def melting_dataclasses(module: Module) -> list[str]:
    """Whatever a function hands out is frozen; a private class may be a builder."""
    found = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ClassDef) or is_private(node.name):
            continue
        for mark in node.decorator_list:
            call = mark.func if isinstance(mark, ast.Call) else mark
            if getattr(call, "id", getattr(call, "attr", "")) != "dataclass":
                continue
            words = {word.arg: word.value for word in getattr(mark, "keywords", [])}
            frozen = words.get("frozen")
            if not (isinstance(frozen, ast.Constant) and frozen.value is True):
                found.append(f"{module.where}:{node.lineno} {node.name} is not frozen")
    return found


RULES = (
    unknown_layer,
    wrong_layers,
    heavy_inference,
    private_imports,
    long_module,
    long_functions,
    open_keywords,
    melting_dataclasses,
)


@cache
def all_modules() -> tuple[Module, ...]:
    paths = sorted(PACKAGE.rglob("*.py"))
    assert len(paths) > 5
    return tuple(
        parse(path.relative_to(PACKAGE), path.read_text(encoding="utf-8")) for path in paths
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_follows(rule):
    found = [line for module in all_modules() for line in rule(module)]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("rule", "path", "source", "message"),
    [
        (unknown_layer, "helpers/a.py", "", "helpers/a.py:1 'helpers' has no place"),
        (wrong_layers, "schema/a.py", "from relatum.samples import Sample", "import samples"),
        (wrong_layers, "schema/a.py", "x = 1\nimport relatum.models.audit", ":2 schema must not"),
        (wrong_layers, "inference/a.py", "from relatum import models", "import models"),
        (wrong_layers, "inference/a.py", "from ..models import audit", "import models"),
        (wrong_layers, "samples/__init__.py", "from ..models import audit", "import models"),
        (wrong_layers, "tables/a.py", "from relatum.samples import Sample", "only draws"),
        (wrong_layers, "release/a.py", "from relatum.reports import render", "import reports"),
        (heavy_inference, "inference/a.py", "import pandas as pd", "must not import pandas"),
        (private_imports, "models/a.py", "from relatum.schema.b import _c", "schema.b._c"),
        (private_imports, "models/a.py", "from relatum.schema._b import c", "schema._b"),
        (private_imports, "models/a.py", "import json\njson._default_encoder", ":2 uses private"),
        (long_module, "study.py", "\n" * 401, "more than 400"),
        (long_functions, "study.py", "def f():\n" + "    x = 1\n" * 60, "f has 61 lines"),
        (open_keywords, "study.py", "class A:\n  def f(self, **rest): ...", ":2 f takes **rest"),
        (melting_dataclasses, "study.py", "@dataclass(slots=True)\nclass A: ...", "A is not"),
        (melting_dataclasses, "study.py", "@dataclasses.dataclass\nclass A: ...", "A is not"),
    ],
)
def test_each_rule_finds_its_fault(rule, path, source, message):
    found = rule(parse(Path(path), source))
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (wrong_layers, "models/a.py", "from relatum.inference import wild\nimport relatum.errors"),
        (wrong_layers, "models/a.py", "from relatum import __version__"),
        (wrong_layers, "cli/a.py", "from relatum.reports import render"),
        (wrong_layers, "tables/a.py", "from relatum.results import Unavailable"),
        (heavy_inference, "models/a.py", "import pandas"),
        (private_imports, "models/a.py", "from relatum.models import _statsmodels"),
        (private_imports, "models/a.py", "from relatum.models._statsmodels import fit"),
        (private_imports, "models/a.py", "from __future__ import annotations\nx = self._y"),
        (long_module, "study.py", "\n" * 400),
        (long_functions, "study.py", 'def f():\n    """' + "\n" * 70 + '"""\n    return 1'),
        (open_keywords, "study.py", "def _f(**rest): ..."),
        (melting_dataclasses, "study.py", "@dataclass(frozen=True)\nclass A: ..."),
        (melting_dataclasses, "study.py", "@dataclass\nclass _A: ..."),
    ],
)
def test_each_rule_leaves_the_rest_alone(rule, path, source):
    assert rule(parse(Path(path), source)) == []
