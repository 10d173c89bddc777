"""Joins a program and the modules of the library that it imports into one text, for where the library is not: inside a sandbox."""

import ast
from functools import cache
from pathlib import Path

from monkeys.closure import PACKAGE

LIBRARY = Path(__file__).parents[2]


@cache
def self_contained(path: Path, library: Path = LIBRARY) -> str:
    """The text of a program in which each module of the library stands in the place of its first import, and further imports of it are gone.

    All names are in one namespace then, so modules must import names as they are (``from monkeys.clock import TICK``), at their top level, and no two
    may define the same name. A ``__future__`` would change the meaning of all of them, and of programs that they compile.

    Args:
        path: the program.
        library: the folder that holds the package ``monkeys``.

    Raises:
        ValueError: an import cannot be resolved this way, or a name is defined twice; the message says where.
    """
    return _Joiner(library).joined(path)


class _Joiner:
    def __init__(self, library: Path) -> None:
        self._library = library
        self._defined: dict[str, dict[str, None]] = {}
        """The names that each module defines, by the module's name."""
        self._owners: dict[str, str] = {}
        """The module that defines a name."""

    def joined(self, path: Path) -> str:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, str(path))
        # By bytes of UTF-8, as columns are counted.
        lines = text.encode().splitlines(keepends=True)
        own = [node for node in tree.body if isinstance(node, ast.ImportFrom) and _is_own(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and _is_own(node) and node not in own:
                raise ValueError(f"{path}:{node.lineno}: write `from {PACKAGE}.… import name`, at the top level, in what is joined into one text")
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                raise ValueError(f"{path}:{node.lineno}: leave out __future__ in what is joined into one text")
        pieces: list[str] = []
        before = 0
        for node in own:
            pieces.append(b"".join(lines[before : node.lineno - 1]).decode())
            pieces.append(self._imported(node, path))
            assert node.end_lineno is not None
            before = node.end_lineno
        pieces.append(b"".join(lines[before:]).decode())
        self._define(path, tree)
        return "".join(pieces)

    def _imported(self, node: ast.ImportFrom, path: Path) -> str:
        """What stands in the place of an import."""
        module = node.module or ""
        file = self._library.joinpath(*module.split(".")).with_suffix(".py")
        if node.level or not file.is_file():
            raise ValueError(f"{path}:{node.lineno}: {'.' * node.level}{module} is no module of one file, which alone can be joined into one text")
        text = ""
        if str(file) not in self._defined:
            self._defined[str(file)] = {}
            text = self.joined(file)
        for alias in node.names:
            if alias.asname is not None or alias.name not in self._defined[str(file)]:
                raise ValueError(f"{path}:{node.lineno}: {module} defines no {alias.name}, or it is renamed, in what is joined into one text")
        return text

    def _define(self, path: Path, tree: ast.Module) -> None:
        names = dict.fromkeys(_defined_names(tree))
        for name in names:
            if name in self._owners:
                raise ValueError(f"{path} and {self._owners[name]} both define {name}, but are joined into one text")
            self._owners[name] = str(path)
        self._defined[str(path)] = names


def _is_own(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether it imports from the library."""
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == PACKAGE for alias in node.names)
    return bool(node.level) or (node.module or "").split(".")[0] == PACKAGE


def _defined_names(tree: ast.Module) -> list[str]:
    """Names that a module's top level defines itself: functions, classes and variables, not imports."""
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node.name)
        else:
            found += [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]
    return found
