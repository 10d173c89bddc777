"""Modules of the user's own beside the library's: benchmarks, graders, scorers and selectors in a folder that the configuration names under ``extensions``.

The folder has folders of the same names as the library's rooms. Their modules become modules of these packages, and everything that finds a module by its
name finds them. Scripts of jobs learn of the folder by an environment variable that the workflow sets, whatever it was before.
"""

import ast
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOMS = ("benchmarks", "graders", "scorers", "selectors")
"""Packages of the library whose modules are found by name, and that may have modules elsewhere."""
VARIABLE = "MONKEYS_EXTENSIONS"
_used: list[str] = []


def use(folder: str | None) -> None:
    """Take a study's folder of extensions for this process and those that it starts; None: the study has none.

    A process that reads several studies, as modules of one workflow, has the folders of all.
    """
    if folder is not None and (path := str(Path(folder).absolute())) not in _used:
        _used.append(path)
    os.environ.pop(VARIABLE, None)
    if _used:
        os.environ[VARIABLE] = os.pathsep.join(_used)
    for room in ROOMS:
        package = sys.modules.get(f"{__package__}.{room}")
        if package is not None:
            # Without what somebody else's variable said while it was loaded.
            package.__path__[:] = [package.__path__[0], *places(room)]


def folders() -> list[Path]:
    """The folders of extensions that this process has."""
    return [Path(folder) for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]


def places(room: str) -> list[str]:
    """Where modules of a package may lie beside the library's own folder."""
    return [str(folder / room) for folder in folders() if (folder / room).is_dir()]


def modules_with(path: Iterable[str], name: str) -> list[str]:
    """Modules of a package that define a name, such as a function that makes them what they are.

    By their text: no module is imported that is not asked for.

    Args:
        path: the package's ``__path__``.
        name: defined, assigned or imported, but not within a function or class.

    Returns:
        The modules' names, sorted.
    """
    files = (file for folder in path for file in Path(folder).glob("[a-z]*.py"))
    return sorted(file.stem for file in files if {name, "*"} & _defined(file.read_text(encoding="utf-8")))


@cache
def _defined(text: str) -> frozenset[str]:
    """The names that a module defines, ``*`` where it imports all of another; none where its text is no Python, which its import will say."""
    try:
        return frozenset(_names(ast.parse(text)))
    except (SyntaxError, ValueError):
        return frozenset()


def _names(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.alias):
            yield child.asname or child.name
        elif isinstance(child, ast.Name):
            if isinstance(child.ctx, ast.Store):
                yield child.id
        else:
            yield from _names(child)


def inside(path: Path, base: Path) -> Path:
    """A file's place below ``base``, the folder of scripts; of a module of an extension the place that it would have."""
    for folder in folders():
        if path.is_absolute() and path.is_relative_to(folder):
            return Path(__package__) / path.relative_to(folder)
    return path.relative_to(base)


def candidates(parts: tuple[str, ...], base: Path) -> list[Path]:
    """Where a module of the library may lie, by the parts of its name: without an ending, as it may be a package."""
    return [base.joinpath(*parts), *(folder.joinpath(*parts[1:]) for folder in folders() if parts[1:2] and parts[1] in ROOMS)]
