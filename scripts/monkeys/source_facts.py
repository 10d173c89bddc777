"""What a source file says of itself: what it imports and names, and a hash of what it does. Made with ``ast``, without importing anything.

Parsing the library takes longer than all else that planning a study does here, so what was found is remembered by a file's content, in the folder where
Python keeps its compiled modules. Whoever cannot write there only parses more often.
"""

import ast
import hashlib
import importlib.util
import json
import os
import re
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

MOST = 2000
"""Files that are remembered; with more, those of this process alone are kept."""
_FILE_NAME = re.compile(r"[a-z_][\w/]*(\.\w+)+")
_NOTES = Path(importlib.util.cache_from_source(__file__)).with_suffix(".json")


class Facts(NamedTuple):
    """Of a source file: ``imports`` as level, module and names; packages of which it loads modules by name (``__name__``: its own); texts in it that look like
    names of files; and a hash of its syntax tree, in which comments, docstrings and layout leave no trace."""

    imports: list[tuple[int, str, list[str]]]
    loaded: list[str]
    named: list[str]
    behaviour: str


@cache
def facts(path: Path) -> Facts:
    """The facts of a file of Python.

    Raises:
        OSError, SyntaxError: it cannot be read.
    """
    content = path.read_bytes()
    key = hashlib.sha256(content).hexdigest()
    if key not in _known():
        _known()[key] = _read(content, path)
        _new.add(key)
    _used.add(key)
    return _known()[key]


def behaviour(path: str | Path) -> str:
    """A hash of what a source file does."""
    return facts(Path(path)).behaviour


def remember() -> None:
    """Keep what was found since the last time, for other processes."""
    if not _new or sys.dont_write_bytecode:
        return
    _new.clear()
    kept = {**_remembered(), **_known()}
    if len(kept) > MOST:
        kept = {key: kept[key] for key in _used}
    part = _NOTES.with_name(f".{_NOTES.name}.part{os.getpid()}")
    try:
        _NOTES.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({"by": _own_hash(), "facts": kept}), encoding="utf-8")
        part.replace(_NOTES)
    except OSError:
        with suppress(OSError):
            part.unlink()


_new: set[str] = set()
_used: set[str] = set()


@cache
def _known() -> dict[str, Facts]:
    return _remembered()


def _remembered() -> dict[str, Facts]:
    """By the hash of a file's content; nothing where the notes are missing, damaged, or made by another version of this module."""
    try:
        notes = json.loads(_NOTES.read_text(encoding="utf-8"))
        return {key: Facts(*found) for key, found in notes["facts"].items()} if notes["by"] == _own_hash() else {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


@cache
def _own_hash() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _read(content: bytes, path: Path) -> Facts:
    tree = _without_docstrings(ast.parse(content, filename=str(path)))
    imports: list[tuple[int, str, list[str]]] = []
    loaded, named = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [(0, alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append((node.level, node.module or "", [alias.name for alias in node.names]))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _FILE_NAME.fullmatch(node.value):
            named.add(node.value)
        elif isinstance(node, ast.Call) and (package := _loaded(node)) is not None:
            loaded.add(package)
    return Facts(imports, sorted(loaded), sorted(named), hashlib.sha256(ast.dump(tree).encode()).hexdigest())


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            # A text that stands for itself is a docstring, also behind an attribute.
            node.body = [part for part in body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]  # type: ignore[attr-defined]
    return tree


def _loaded(call: ast.Call) -> str | None:
    """The package in ``import_module(f"monkeys.graders.{name}")``, empty where that too is known at run time only; ``__name__`` in
    ``import_module(f"{__name__}.{name}")``; None in other calls."""
    if getattr(call.func, "attr", getattr(call.func, "id", "")) != "import_module" or not call.args:
        return None
    first = call.args[0].values[0] if isinstance(call.args[0], ast.JoinedStr) and call.args[0].values else call.args[0]
    if isinstance(first, ast.Constant) and str(first.value).startswith(f"{__package__}."):
        return str(first.value).split(".")[1]
    own = isinstance(first, ast.FormattedValue) and isinstance(first.value, ast.Name) and first.value.id == "__name__"
    return "__name__" if own else None
