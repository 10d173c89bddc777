"""Joins a program and the modules of the library that it imports into one text, for where the library is not: inside a sandbox."""

import ast
from functools import cache
from pathlib import Path

from monkeys.closure import PACKAGE

LIBRARY = Path(__file__).parents[2]


@cache
def self_contained(path: Path, library: Path = LIBRARY) -> str:
    """The text of a program in which each module of the library stands in the place of its first import, and further imports of it are gone.

    Docstrings, comments and annotations of functions are left out. All names are in one namespace, so modules must import names as they are (``from monkeys.clock import TICK``), at their top level, and no two
    may define the same name. A ``__future__`` would change the meaning of all of them, and of programs that they compile.

    Args:
        path: the program.
        library: the folder that holds the package ``monkeys``.

    Raises:
        ValueError: an import cannot be resolved this way, or a name is defined twice; the message says where.
    """
    return ast.unparse(ast.Module(_Joiner(library).joined(path), type_ignores=[])) + "\n"


class _Joiner:
    def __init__(self, library: Path) -> None:
        self._library = library
        self._defined: dict[str, dict[str, None]] = {}
        """The names that each module defines, by the module's name."""
        self._owners: dict[str, str] = {}
        """The module that defines a name."""

    def joined(self, path: Path) -> list[ast.stmt]:
        """The statements of a module, with those of each module that it imports in the place of the first import."""
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and _is_own(node) and node not in tree.body:
                raise ValueError(f"{path}:{node.lineno}: write `from {PACKAGE}.… import name`, at the top level, in what is joined into one text")
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                raise ValueError(f"{path}:{node.lineno}: leave out __future__ in what is joined into one text")
            _strip(node)
        statements: list[ast.stmt] = []
        for part in tree.body:
            statements += self._imported(part, path) if isinstance(part, ast.Import | ast.ImportFrom) and _is_own(part) else [part]
        self._define(path, tree)
        return statements

    def _imported(self, node: ast.Import | ast.ImportFrom, path: Path) -> list[ast.stmt]:
        """What stands in the place of an import."""
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        file = self._library.joinpath(*module.split(".")).with_suffix(".py")
        if isinstance(node, ast.Import) or node.level or not file.is_file():
            raise ValueError(
                f"{path}:{node.lineno}: write `from {PACKAGE}.… import name`, from a module of one file, in what is joined into one text"
            )
        statements: list[ast.stmt] = []
        if str(file) not in self._defined:
            self._defined[str(file)] = {}
            statements = self.joined(file)
        for alias in node.names:
            if alias.asname is not None or alias.name not in self._defined[str(file)]:
                raise ValueError(f"{path}:{node.lineno}: {module} defines no {alias.name}, or it is renamed, in what is joined into one text")
        return statements

    def _define(self, path: Path, tree: ast.Module) -> None:
        names = dict.fromkeys(_defined_names(tree))
        for name in names:
            if name in self._owners:
                raise ValueError(f"{path} and {self._owners[name]} both define {name}, but are joined into one text")
            self._owners[name] = str(path)
        self._defined[str(path)] = names


def _strip(node: ast.AST) -> None:
    """Remove docstrings and annotations of functions: a fork takes the longer, the more memory a process has."""
    body = getattr(node, "body", None)
    if isinstance(body, list):
        kept = [part for part in body if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
        node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        node.returns = None
    elif isinstance(node, ast.arg):
        node.annotation = None


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
