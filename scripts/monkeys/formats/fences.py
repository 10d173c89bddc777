"""Fenced blocks of a text in Markdown, as language models write it.

What CommonMark 0.31 says (section 4.5) holds: three or more backticks or tildes open a block, and at least as many of the same close it. Models also
indent fences in lists and quotations, put them behind a few words ("Answer:"), write code in the line of a fence, and leave the last block open. A fence
in a string of a Python program (a docstring with an example) closes nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from monkeys.formats.python_source import is_sentence, parses, unfenced

_RUN = re.compile(r"`{3,}|~{3,}")
_BEFORE = re.compile(r"[ \t]*(?:(?:[-*+•>]|[0-9]{1,3}[.)])[ \t]*)*")
"""What may precede a fence in its line: white space, and marks of lists and quotations."""
_QUOTED = re.compile(r"[ \t]*>[ \t]?")
_WORD = re.compile(r"[\w+#.-]+")
_PYTHON = re.compile(r"(?:i?python|py|sage)[0-9.]*|[\w.-]+\.py")
_CODE = re.compile(r"(?:import|from|def|class|for|while|if|with|try|print|async)\b|@|[^\s=(]+[ \t]*(?:=|\()|[\w, ]++=")
_ATTRIBUTE = re.compile(r"""[\w.-]+=["']""")

_MARKDOWN = frozenset({"", "markdown", "md"})

LOOK_AHEAD = 100_000
"""Characters that are parsed, in a whole text, to find the fences inside strings."""
_EACH = 200
"""What a parse costs beside its characters."""

_OTHER = """
ada asm awk bash bat batch brainfuck c c# c++ cc clj clojure cmake cmd cobol conf console coq cpp cs csharp css csv cxx d dart diff docker
dockerfile doctest elixir erlang error f90 fortran fsharp go golang gradle graphql groovy h haskell hpp hs html http ini input java javascript jl
js json json5 jsonl jsx julia kotlin kt latex lean lean4 less lisp log lua make makefile markdown math matlab md mermaid nim nix objc objective-c
ocaml octave out output pascal patch perl php pl plain plaintext powershell prolog ps1 pseudo pseudocode pycon pytb python-repl python-traceback
r racket rb result rs rst ruby rust sass sbt scala scheme scss sh sh-session shell solidity sql stderr stdin stdout svg swift tcl terminal tex
text toml traceback ts tsx txt typescript vb verilog vhdl vim vue wasm xml yaml yml zig zsh
"""
OTHER_LANGUAGES = frozenset(_OTHER.split())
"""What a fence says of a block that holds no Python: another language, or what a program reads or writes."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    ``language``: what its fence names, in lower case, ``python`` for all names of Python, empty for none; ``text``: what it holds, without the
    indentation of its first line; ``body``: the same, only without the indentation of its fence; ``first`` and ``last``: its lines in the text, from 0,
    fences included.
    """

    language: str
    text: str
    body: str
    first: int
    last: int

    @property
    def is_other(self) -> bool:
        """Whether it is said to hold something else than Python."""
        return self.language in OTHER_LANGUAGES


@dataclass(frozen=True, slots=True)
class _Opening:
    fence: str
    indent: int
    is_quoted: bool
    language: str
    code: str | None
    """Code in the line of the fence."""
    is_whole: bool = False
    """Whether the block ends in its first line."""


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text with line feeds alone, in order. One that nothing closes goes to the end. Of a block in Markdown those in it.

    Takes time linear in the text's length.
    """
    if "```" not in text and "~~~" not in text:
        return []
    found: list[Block] = []
    for block in _blocks(text):
        # As a whole answer between longer fences.
        inner = _blocks(block.text) if block.language in _MARKDOWN and ("```" in block.text or "~~~" in block.text) else []
        found += [replace(one, first=block.first, last=block.last) for one in inner] if inner and not parses(block.text) else [block]
    return found


def _blocks(text: str) -> list[Block]:
    lines = text.split("\n")
    found: list[Block] = []
    budget = LOOK_AHEAD
    number = 0
    while number < len(lines):
        opening = _opening(lines[number])
        if opening is None:
            number += 1
            continue
        code = [] if opening.code is None else [opening.code]
        if opening.is_whole:
            found.append(_block(opening, code, number, number))
            number += 1
            continue
        if number + 1 < len(lines) and not code and lines[number + 1].strip() == opening.fence:
            found.append(Block(opening.language, "", "", number, number + 1))
            number += 2
            continue
        last, code, budget = _close(lines, number, opening, code, budget)
        found.append(_block(opening, code, number, last))
        # A fence that names a language closes a block and opens the next.
        number = last if last < len(lines) and last > number and _reopens(lines[last]) else last + 1
    return found


def outside(text: str, found: list[Block]) -> str:
    """A text without its blocks; an empty line replaces each."""
    if not found:
        return text
    lines = text.split("\n")
    kept: list[str] = []
    place = 0
    for block in found:
        kept += [*lines[place : block.first], ""]
        place = block.last + 1
    return "\n".join([*kept, *lines[place:]])


def dedent(lines: list[str]) -> str:
    """Lines as a text, without empty ones in front and without the first one's indentation where they have it."""
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    lines = lines[start:] if start else lines
    first = lines[0] if lines else ""
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join(line.removeprefix(margin) for line in lines) if margin else "\n".join(lines)


def _block(opening: _Opening, lines: list[str], first: int, last: int) -> Block:
    if opening.is_quoted:
        lines = [_QUOTED.sub("", line, count=1) for line in lines]
    language = opening.language
    if lines and not language and opening.code is None and _language(lines[0].strip()) == "python":
        # The name of the language stands below the fence.
        language, lines = "python", lines[1:]
    # Code in the line of the fence has no indentation to tell.
    body = lines if not opening.indent else [_without(line, opening.indent) for line in lines]
    return Block(language, dedent(lines), "\n".join(body), first, last)


def _without(line: str, width: int) -> str:
    """A line without up to ``width`` leading blanks or tabs."""
    return line[min(width, len(line) - len(line.lstrip(" \t"))) :]


@lru_cache(maxsize=128)
def _opening(line: str) -> _Opening | None:
    """The block that a line opens, outside of blocks."""
    if "```" not in line and "~~~" not in line:
        return None
    run = _RUN.search(line)
    assert run is not None
    start, stop, fence = run.start(), run.end(), run[0]
    before = _BEFORE.match(line)
    if before is None or before.end() != start:
        words = line[:start].rstrip()
        # Behind words: code between words is no block, and a fence that is glued to a word opens none but of Python.
        name = line[stop:].strip()
        is_python = _language(name) == "python"
        if fence[0] == "~" or not (is_python or line[start - 1].isspace() or words.endswith(":")):
            return None
        if not words.endswith(":") and ("```" in line[stop:] or (name and not _WORD.fullmatch(name))):
            return None
        indent, is_quoted = 0, False
    else:
        indent, is_quoted = start, ">" in before[0]
    second = line.find(fence, stop)
    if second >= 0:
        language, code = _named(line[stop:second], is_whole=True)
        return _Opening(fence, indent, is_quoted, language, code, is_whole=True)
    language, code = _named(line[stop:], is_whole=False)
    return _Opening(fence, indent, is_quoted, language, code)


def _named(rest: str, is_whole: bool) -> tuple[str, str | None]:
    """The language named after a fence, and the code after it if there is any."""
    rest = rest.rstrip()
    given = rest.strip()
    if given.startswith("{"):
        given = given.strip("{}. \t")
        word = _WORD.match(given)
        return _language(word[0]) if word else "", None
    word = _WORD.match(given)
    if word is None:
        return "", rest if given else None
    language, more = _language(word[0]), given[word.end() :]
    if language == "python" and not more.startswith(("(", "=", "[")):
        more = more.strip()
        return "python", more if more and _CODE.match(more) and not _ATTRIBUTE.match(more) else None
    if not more:
        return ("", rest) if is_whole else (language, None)
    if language in OTHER_LANGUAGES and more[0].isspace() and not more.lstrip().startswith("="):
        return language, None
    return "", rest if is_whole or _CODE.match(given) else None


def _language(word: str) -> str:
    word = word.strip(".").lower()
    return "python" if _PYTHON.fullmatch(word) else word


def _close(lines: list[str], first: int, opening: _Opening, code: list[str], budget: int) -> tuple[int, list[str], int]:
    """The last line of a block, its lines without the fences, and what is left of the budget."""
    tried = None
    taken = first + 1
    code = list(code)
    for number, rest in _closings(lines, first + 1, opening):
        part = [*code, *lines[first + 1 : number], *([] if rest is None else [rest])]
        taken = number
        if tried is None:
            tried = number, part
            if opening.language in OTHER_LANGUAGES or budget <= 0 or not _may_be_in_text(part):
                return number, part, budget
        program = dedent(part)
        budget -= len(program) + _EACH
        if parses(program):
            return number, part, budget
        if budget <= 0:
            break
    if tried is None:
        return _open_end(lines, first, opening, code, budget)
    if taken > tried[0] and budget > 0:
        # Nor does the rest of the text, as a block that is never closed.
        part = code + lines[first + 1 :]
        program = dedent(part)
        budget -= len(program) + _EACH
        if parses(program):
            return len(lines), part, budget
    return *tried, budget


def _open_end(lines: list[str], first: int, opening: _Opening, code: list[str], budget: int) -> tuple[int, list[str], int]:
    """The same of a block that nothing closes: to the end of the text, or, where that is no Python, to the words behind the program in it."""
    part = [*code, *lines[first + 1 :]]
    if opening.language not in ("", "python") or budget <= 0 or opening.is_quoted or not any(map(is_sentence, part)):
        return len(lines), part, budget
    program = dedent(part)
    budget -= len(program) + _EACH
    if parses(program):
        return len(lines), part, budget
    found = unfenced(program)
    kept = found[0].count("\n") + 1 if found and program.startswith(found[0]) else 0
    if not kept or not is_sentence(next((line for line in program.split("\n")[kept:] if line.strip()), "")):
        return len(lines), part, budget
    skipped = len(part) - len(program.split("\n"))
    kept += skipped - len(code)
    return first + kept, [*code, *lines[first + 1 : first + 1 + kept]], budget


def _may_be_in_text(lines: list[str]) -> bool:
    """Whether a text of several lines may have begun in some lines of Python and not ended."""
    return any(sum(line.count(quotes) for line in lines) % 2 for quotes in ('"""', "'''"))


def _closings(lines: list[str], start: int, opening: _Opening) -> Iterator[tuple[int, str | None]]:
    """Lines that may close a block, with the code before the fence in them."""
    for number in range(start, len(lines)):
        line = lines[number]
        place = line.find(opening.fence)
        if place < 0:
            continue
        before = line[:place]
        if not (_QUOTED.sub("", before, count=1) if opening.is_quoted else before).strip():
            yield number, None
            continue
        # Behind code in its line: not in a comment or a string, and only in front of words.
        after = line[place:].lstrip(opening.fence[0])
        if "#" not in before and before.count('"') % 2 == 0 and before.count("'") % 2 == 0 and (not after or after[0].isspace() or after[0] == "<"):
            yield number, before


@lru_cache(maxsize=128)
def _reopens(line: str) -> bool:
    """Whether a line that closes a block opens another one: it names a language."""
    run = _RUN.search(line)
    if run is None or line[: run.start()].strip(" \t>"):
        return False
    name = line[run.end() :].strip().lower()
    return bool(name) and (name in OTHER_LANGUAGES or _language(name) == "python")
