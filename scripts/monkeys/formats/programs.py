"""Which part of a chat answer is its Python program (docs/benchmarks.md, "How a program is found").

Of several complete programs the last counts, as in LiveCodeBench (Jain et al. 2024, arXiv 2403.07974). Complete is what has the grammar of Python and
does what is asked: it defines the function, or it reads and writes. What a program lacks (imports, helpers) is taken from the answer's other blocks.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from monkeys.formats.fences import Block, blocks, dedent, outside
from monkeys.formats.other_code import html_code, inline_code, session_statements
from monkeys.formats.python_source import Source, acts, defines, definitions, does_something, future_first, read, unfenced

MOST = 100
"""Blocks of an answer that are looked at: its last ones."""

_READS = re.compile(r"\b(?:input|stdin|fileinput|raw_input)\b|\bopen\(0|\bos\.read\b")
_FEEDS = re.compile(r"\bstdin[ \t]*=(?!=)|\bStringIO\b")
_WRITES = re.compile(r"\bprint\b|\bstdout\b|\bos\.write\b")
_FROM_HERE = re.compile(r"^(?:def |class |import |from \w+ import |@)", re.MULTILINE)
_RUN = re.compile(r"(?:`{3,}|~{3,})[ \t]*([\w+#.-]*)")


@dataclass(frozen=True)
class _Piece:
    """A block of an answer, or code in it without fences, and what it is as Python, which is found out when it matters."""

    text: str
    is_labelled: bool

    @cached_property
    def source(self) -> Source | None:
        return read(self.text)


def _pieces(found: Sequence[Block]) -> list[_Piece]:
    return [_Piece(block.text, block.language == "python") for block in found]


def _bare(text: str) -> list[_Piece]:
    return [_Piece(piece, False) for piece in unfenced(text)[-MOST:]]


@dataclass(frozen=True)
class _Way:
    """One way to find pieces of an answer, and the least rank (``_script``) at which it gives a program of standard input."""

    pieces: list[_Piece]
    least: int = 2


def _ways(text: str, found: list[Block], is_complete: Callable[[Source], bool]) -> Iterator[_Way]:
    """Where the program of an answer may be, the likelier places first: its blocks, HTML and text around them, an interactive session, code within a line,
    blocks that are said to hold something else, and the text as if it had no blocks."""
    filled = [block for block in found if block.text.strip()][-MOST:]
    python = [block for block in filled if not block.is_other]
    yield _Way(_pieces(python), 1)
    around = outside(text, found)
    yield _Way(_unlabelled(map(_unindented, html_code(around))) if "<" in around else [])
    yield _Way(_bare(around))
    yield _Way(_unlabelled(session_statements(text)) if ">>>" in text else [])
    # Beside a block of Python, which may have been cut off, it is a part of the explanation.
    # What is not complete in one line, such as a function's header, is named and not handed in.
    inline = [] if python or "`" not in around else _unlabelled(inline_code(around))
    yield _Way([piece for piece in inline if piece.source is not None and is_complete(piece.source)])
    yield _Way(_pieces(filled) if len(python) < len(filled) else [])
    yield _Way(_bare(text) if found else [])


def _unindented(text: str) -> str:
    """A text without the indentation of its first line."""
    return dedent(text.split("\n"))


def _unlabelled(texts: Iterable[str]) -> list[_Piece]:
    return [_Piece(text, False) for text in texts][-MOST:]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")


# Functions


def function_code(text: str, entry_point: str, given: Collection[str] = ()) -> str | None:
    """The code in a chat answer that defines a function, or the indented lines of its body alone; None where there is neither.

    Args:
        text: the answer.
        entry_point: the function's name.
        given: names that the prompt defines, which the code may use.
    """
    text = _lines(text)
    found = blocks(text)
    for way in _ways(text, found, lambda source: defines(source, entry_point) == 2):
        code = _function(way.pieces, entry_point, given)
        if code is not None:
            return code
    words = outside(text, found)
    if defined := _header(entry_point).search(words):
        # No part of it is Python: it may have been cut off.
        start = _FROM_HERE.search(words)
        return words[min(defined.start(), start.start() if start else len(words)) :]
    for block in reversed(found):
        if not block.is_other and _is_indented(block.body):
            return block.body
    return text if not found and _is_indented(text) else None


def _header(entry_point: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:async[ \t]+)?def[ \t]+{re.escape(entry_point)}\b", re.MULTILINE)


def _is_indented(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(line[0] in " \t" for line in lines)


def _function(pieces: Sequence[_Piece], entry_point: str, given: Collection[str]) -> str | None:
    """The last piece that defines a function best, with what it lacks; None if none does."""
    header = _header(entry_point)

    def rank(piece: _Piece) -> int:
        if piece.source is not None:
            return 1 + defines(piece.source, entry_point) if defines(piece.source, entry_point) else 0
        return int(header.search(piece.text) is not None)

    if not any(entry_point in piece.text for piece in pieces):
        return None
    if len(pieces) == 1 and header.search(pieces[0].text):
        return pieces[0].text  # Nothing to choose from, as in most answers.
    ranks = [rank(piece) for piece in pieces]
    best = max(ranks)
    if best == 0:
        return None
    chosen = len(ranks) - 1 - ranks[::-1].index(best)
    return _with_help(pieces, chosen, lambda number: ranks[number] > 0, given)


def _with_help(pieces: Sequence[_Piece], chosen: int, is_rival: Callable[[int], bool], given: Collection[str]) -> str:
    """A piece behind those that define what it lacks.

    A piece before it is taken whole, so that what it does to its names is done. Of a rival, which does what is asked as well, and of a piece behind it,
    which may show its use, definitions alone are taken.
    """
    source = pieces[chosen].source
    if source is None or len(pieces) == 1:
        return pieces[chosen].text
    order = [*range(chosen - 1, -1, -1), *range(chosen + 1, len(pieces))]
    names: dict[int, set[str]] = {}
    known = set(given) | source.bound
    wanted = sorted(source.missing - known)
    while wanted:
        name = wanted.pop()
        if name in known:
            continue
        known.add(name)
        # The nearest that defines it itself, else the nearest that has it some other way.
        having = [number for number in order if (other := pieces[number].source) and name in other.bound]
        for number in sorted(having, key=lambda number: defines(cast(Source, pieces[number].source), name) < 2)[:1]:
            names.setdefault(number, set()).add(name)
            wanted += sorted(cast(Source, pieces[number].source).missing - known)
    parts = []
    for number in sorted(names, key=lambda number: (number > chosen, number)):
        is_partly = number > chosen or is_rival(number)
        parts.append(definitions(cast(Source, pieces[number].source), names[number]) if is_partly else pieces[number].text)
    return future_first("", "\n".join([*parts, pieces[chosen].text]))


# Programs that read standard input and write standard output


def script(text: str) -> str | None:
    """The program in a chat answer; None where none exists."""
    text = _lines(text)
    found = blocks(text)
    for way in _ways(text, found, lambda source: _rank(source) >= 2):
        rank, program = _script(way.pieces)
        if rank >= way.least:
            return program
    python = [block for block in found if not block.is_other and block.text.strip()]
    # Nothing of it is a program in Python: it fails, for what it is said to be.
    last = next((block for block in reversed(python) if block.language == "python"), python[-1] if python else None)
    return last.text.strip("\n").rstrip() if last else None


def _script(pieces: Sequence[_Piece]) -> tuple[int, str | None]:
    """The last piece that does best what a program must, with what it lacks, and its rank: 3 for one that reads and writes, 2 for one that writes, 1 for
    code that does neither or lacks something, 0 for none."""
    if len(pieces) == 1 and pieces[0].is_labelled and _WRITES.search(pieces[0].text) and not pieces[0].text.startswith(">>>"):
        return 2, pieces[0].text.strip("\n").rstrip()  # Nothing to choose from, as in most answers.
    alone = [_rank(piece.source) for piece in pieces]
    best: tuple[int, bool] = (0, False)
    program = None
    for number in range(len(pieces) - 1, -1, -1):
        source = pieces[number].source
        if source is None or not does_something(source):
            continue
        whole = pieces[number].text
        rank = alone[number]
        if source.missing and len(pieces) > 1:
            whole = _with_help(pieces, number, lambda other: alone[other] == 3, ())
            rank = _rank(read(whole))
            # What needs a whole program beside it shows that one's use, unless it reads as well, and not from a text.
            own = pieces[number].text
            if rank == 3 and 3 in alone and (not _READS.search(own) or _FEEDS.search(own)):
                rank = 2
        if (rank, pieces[number].is_labelled) > best:
            best, program = (rank, pieces[number].is_labelled), whole.strip("\n").rstrip()
    return best[0], program


def _rank(source: Source | None) -> int:
    if source is None or not does_something(source):
        return 0
    if source.missing or not acts(source) or not _WRITES.search(source.text):
        return 1
    return 3 if _READS.search(source.text) else 2


def first_script(text: str) -> str | None:
    """The program in a completion: its first block, as what follows may be the next task's. Without fences all of it; before a single bare fence, which
    closes what the prompt opened, what stands there. None where there is nothing."""
    text = _lines(text)
    runs = list(_RUN.finditer(text))
    if len(runs) == 1 and not runs[0][1] and text[: runs[0].start()].strip():
        program = text[: runs[0].start()]
    else:
        found = blocks(text)
        program = found[0].text if found else text
    return program.strip("\n").rstrip() or None
