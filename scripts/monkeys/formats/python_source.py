"""Python programs as texts: whether they are any, what they define, and what they lack. Nothing is run."""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

LONGEST = 100_000
"""Characters of a program that is read; a longer one is taken as it is."""

_BUILT_IN = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__builtins__", "__annotations__", "__spec__", "__package__", "__loader__"}
_BAD = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""What Python raises where a text is no program: ValueError at null bytes and lone surrogates, others at what is nested too deep."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text that is Python: its statements, the names that it defines at the margin, and those that it uses and that nothing defines."""

    text: str
    tree: ast.Module
    bound: frozenset[str]
    missing: frozenset[str]


def _parse(text: str) -> ast.Module | None:
    if len(text) > LONGEST:
        return None
    try:
        # Escapes such as "\d" make warnings, which are the model's affair.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except _BAD:
        return None


def parses(text: str) -> bool:
    """Whether a text has the grammar of Python."""
    return _parse(text) is not None


@lru_cache(maxsize=64)
def read(text: str) -> Source | None:
    """A text as a program; None where Python would not compile it."""
    tree = _parse(text)
    # Python's grammar has no objection to a ``return`` at the margin, but its compiler has.
    if tree is None or any(isinstance(node, ast.Return) for node in _margin(tree.body)):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = symtable.symtable(text, "<answer>", "exec")
        bound: set[str] = set()
        used: set[str] = set()
        _collect(table, bound, used)
    except _BAD:
        return None
    imports_all = any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in tree.body)
    return Source(text, tree, frozenset(bound), frozenset() if imports_all else frozenset(used - bound - _BUILT_IN))


def _collect(table: symtable.SymbolTable, bound: set[str], used: set[str]) -> None:
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if is_module or symbol.is_global():
            if symbol.is_assigned() or symbol.is_imported() or (is_module and symbol.is_namespace()):
                bound.add(symbol.get_name())
            if symbol.is_referenced():
                used.add(symbol.get_name())
    for child in table.get_children():
        _collect(child, bound, used)


def defines(source: Source, name: str) -> int:
    """How a program defines a function: 2 by ``def``, ``class``, ``lambda`` or another name for one; 1 by a call, by an import (as tests of it do), or by a
    body that does nothing; 0 not."""
    return max((_defined(node, name) for node in _margin(source.tree.body)), default=0)


def _margin(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    """Statements outside of functions and classes, also under ``if``, ``for``, ``try`` and ``with``."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.For | ast.While | ast.Try | ast.With):
            for field in ("body", "orelse", "finalbody"):
                yield from _margin(getattr(node, field, []))


def _defined(node: ast.stmt, name: str) -> int:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return 0 if node.name != name else 1 if all(_does_nothing(inner) for inner in node.body) else 2
    if isinstance(node, ast.ClassDef):
        return 2 * (node.name == name)
    if isinstance(node, ast.ImportFrom | ast.Import):
        return int(any((alias.asname or alias.name) == name for alias in node.names))
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            if isinstance(node.value, ast.Lambda | ast.Name | ast.Attribute):
                return 2
            return int(
                isinstance(node.value, ast.Call) and not any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node.value.func))
            )
    return 0


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        return any(isinstance(part, ast.Name) and part.id == "NotImplementedError" for part in ast.walk(node))
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def does_something(source: Source) -> bool:
    """Whether a program is more than a value: an example of what a program reads or writes may be Python, too (``5``, ``[1, 2]``, ``YES``)."""
    return any(not isinstance(node, ast.Expr) or any(isinstance(part, ast.Call) for part in ast.walk(node)) for node in source.tree.body)


def acts(source: Source) -> bool:
    """Whether a program does more than to define names."""
    return any(
        any(isinstance(part, ast.Call) for part in ast.walk(node))
        for node in source.tree.body
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
    )


def definitions(source: Source, names: Iterable[str]) -> str:
    """The statements of a program that define some names, with those of it that these need in turn, in order."""
    statements = [(_segment(source, node), node) for node in source.tree.body]
    by_name: dict[str, list[int]] = {}
    read_ones = [read(text) for text, _ in statements]
    for number, one in enumerate(read_ones):
        for name in one.bound if one else ():
            by_name.setdefault(name, []).append(number)
    wanted, seen, chosen = list(names), set[str](), set[int]()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        for number in by_name.get(name, ()):
            chosen.add(number)
            if one := read_ones[number]:
                wanted += one.missing
    return "\n".join(statements[number][0] for number in sorted(chosen))


def _segment(source: Source, node: ast.stmt) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return "\n".join(source.text.split("\n")[first - 1 : node.end_lineno])


def future_first(front: str, code: str) -> str:
    """A program of two parts. The second one's imports from ``__future__`` come first of all, as Python wants them."""
    tree = _parse(code) if "__future__" in code else None
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"] if tree else []
    if not nodes:
        return front + code
    lines = code.split("\n")
    for node in nodes:
        start, stop = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        behind = lines[stop].encode()[node.end_col_offset or 0 :].decode()
        lines[start : stop + 1] = [lines[start].encode()[: node.col_offset].decode() + "pass" + behind, *[""] * (stop - start)]
    names = sorted({alias.name for node in nodes for alias in node.names})
    return f"from __future__ import {', '.join(names)}\n{front}" + "\n".join(lines)


_STATEMENT = re.compile(
    r"[ \t]*(?:(?:async[ \t]+)?def[ \t]+\w+[ \t]*\(|class[ \t]+\w+[ \t]*[(:]|import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import\b|@\w"
    r"|(?:if|for|while|with|try)\b[^\n]*:|[\w\[\], .]++(?:[-+*/%&|^@]|//|\*\*|>>|<<)?=(?!=)|[\w.]++\()"
)
_SENTENCE = re.compile(
    r"(?:[-*•>][ \t]*)?(?!(?:and|as|assert|async|await|class|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|case|nonlocal|not|or"
    r"|raise|return|try|type|while|with|yield)\b)[A-Za-z]\w*[,'’]?\w*[ \t]+[A-Za-z]"
)
"""The beginning of a sentence. Python has no two names beside each other."""
_ITEM = re.compile(r"(?:[0-9]{1,3}[.)][ \t]+|\*\*)[A-Za-z]")
_BUDGET = 300_000
"""Characters that are parsed to find the programs in a text."""


def is_sentence(line: str) -> bool:
    """Whether a line at the margin is words, and cannot be a part of a program."""
    return line[:1].strip() != "" and (_SENTENCE.match(line) or _ITEM.match(line)) is not None and not parses(line.strip())


def unfenced(text: str) -> list[str]:
    """The pieces of a text without fences that are Python, as long as each can be, without their indentation; words may surround them."""
    lines = text.split("\n")
    found = []
    budget = _BUDGET if len(text) <= LONGEST else 0
    number = 0
    while number < len(lines) and budget > 0:
        if _STATEMENT.match(lines[number]) is None:
            number += 1
            continue
        piece, stop, spent = _longest(lines, number)
        budget -= spent
        if piece:
            found.append(piece)
        number = stop
    return found


def _longest(lines: list[str], start: int) -> tuple[str, int, int]:
    """The longest program that begins in a line, the line behind it, and how many characters were parsed."""
    margin = lines[start][: len(lines[start]) - len(lines[start].lstrip(" \t"))]
    part: list[str] = []
    in_text = is_open = False
    for line in lines[start:]:
        if line.strip() and not in_text and not is_open and (not line.startswith(margin) or _SENTENCE.match(line, len(margin))):
            break
        part.append(line.removeprefix(margin))
        # Neither in a text of several lines nor where a bracket or a comma awaits the next line.
        in_text ^= (line.count('"""') + line.count("'''")) % 2 == 1
        is_open = line.rstrip().endswith(("(", "[", "{", ",", "\\"))
    spent = 0
    while part:
        text = "\n".join(part)
        spent += 2 * len(text)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
            break
        except SyntaxError as error:
            cut = min(max((error.lineno or 1) - 1, 0), len(part) - 1)
        except _BAD:
            return "", start + 1, spent
        # The statement with the error begins at the margin.
        while cut and (not part[cut].strip() or part[cut][0] in " \t"):
            cut -= 1
        part = part[:cut]
        if spent > LONGEST:
            return "", start + 1, spent
    cut = _words(part)
    part = part[:cut]
    return "\n".join(part).strip("\n"), start + max(cut, 1), spent


def _words(lines: list[str]) -> int:
    """Where words begin that happen to be Python ("Done", "Time: linear"): a value of names that nothing defines."""
    source = read("\n".join(lines)) if lines else None
    if source is None:
        return len(lines)
    for node in source.tree.body:
        is_value = (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call | ast.Await)) or (
            isinstance(node, ast.AnnAssign) and node.value is None
        )
        if is_value and any(isinstance(part, ast.Name) and part.id in source.missing for part in ast.walk(node)):
            return node.lineno - 1
    return len(lines)
