"""Solutions compared with the problem, a step at a time: whether each defines a parameter that the question needs, from parameters defined before, rightly.

A step is a line, or a sentence that begins with "Define". It is right if it defines a parameter that is needed and not yet defined, out of operands that
are defined, with the operands that the question says, and computes rightly modulo the modulus. Nothing is right again behind a wrong step. An answer is
right if the parameter that is asked for is defined and has this value. Steps that a reader would have to make in his head are missing, and what needs them
is wrong: so the paper's evaluator has it.

Numbers stand for operands: an operand that happens to have the value of the right one is taken for it.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monkeys.formats.equations import AnswerOf, Step
from monkeys.formats.equations import steps as lines
from monkeys.formats.igsm.dependency import Problem

_SENTENCE = re.compile(r"(?<=\.)[^\S\n]+(?=define\b)", re.IGNORECASE)
_DEFINE = re.compile(r"^define\s+(?P<name>.+?)\s+as\s+(?P<letter>[A-Za-z][0-9]*)\s*[;,]\s*(?P<rest>.+)$", re.IGNORECASE)
_PLAIN = re.compile(r"^(?:the number of\s+)?(?P<name>[^=]*?'s\s[^=]*?)\s*=\s*(?P<rest>.+)$", re.IGNORECASE)
_MODULUS = re.compile(r"\(?\s*(?:mod|modulo)\s+([0-9]{1,9})\s*\)?\s*$", re.IGNORECASE)
_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u00d7": "*", "\u00b7": "*", "\u2019": "'", "$": " ", "\\": " "})
LONGEST = 300
"""Characters of an expression that is read; none that anybody needs is longer."""
LONGEST_STEP = 2000
"""And of a step: matching takes the square of its length."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a checker knows of a problem.

    Args:
        modulus: of all arithmetic.
        query: the parameter that is asked for.
        needs: of each parameter that is needed, the parameters that it is computed from.
        constants: of each, the numbers beside them.
        values: of each, what it comes to.
    """

    modulus: int
    query: str
    needs: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, tuple[int, ...]]
    values: Mapping[str, int]

    @property
    def answer(self) -> int:
        """The value that is asked for."""
        return self.values[self.query]


def key_of(problem: Problem) -> Key:
    """What a checker needs of a problem."""
    values = problem.values
    return Key(
        problem.modulus,
        problem.query,
        {one.name: one.needs for one in problem.needed},
        {one.name: () if one.constant is None else (one.constant,) for one in problem.needed},
        {one.name: values[one.name] for one in problem.needed},
    )


def written_key(key: Key) -> dict[str, Any]:
    """A key as JSON has it."""
    return {
        "modulus": key.modulus,
        "query": key.query,
        "parameters": [[name, list(needs), list(key.constants[name]), key.values[name]] for name, needs in key.needs.items()],
    }


def read_key(value: Mapping[str, Any]) -> Key:
    """What ``written_key`` wrote.

    Raises:
        ValueError, TypeError, KeyError: it is none, or a parameter is computed from one that does not stand before it.
    """
    rows = [(str(name), tuple(map(str, needs)), tuple(constants), number) for name, needs, constants, number in value["parameters"]]
    seen: set[str] = set()
    for name, needs, constants, number in rows:
        if not seen.issuperset(needs) or name in seen or any(type(one) is not int for one in (*constants, number)):
            raise ValueError(f"{name} cannot be computed from what stands before it")
        seen.add(name)
    modulus, query = value["modulus"], value["query"]
    if type(modulus) is not int or modulus < 2 or query not in seen:
        raise ValueError("a modulus of at least 2, and a query that is a parameter, are needed")
    return Key(
        modulus,
        query,
        {name: needs for name, needs, _, _ in rows},
        {name: constants for name, _, constants, _ in rows},
        {name: number for name, _, _, number in rows},
    )


@dataclass
class _State:
    """What a solution has defined so far: parameters, and letters with their values and the operands that they stand for."""

    key: Key
    defined: set[str] = field(default_factory=set)
    letters: dict[str, tuple[int, list[str | int]]] = field(default_factory=dict)


def step_labels(text: str, key: Key, answer_of: AnswerOf) -> list[Step]:
    """Of each step where it ends and whether all is right up to there.

    Args:
        text: a solution, or its beginning.
        key: of the problem.
        answer_of: reads the answer that a line states; None where it states none.
    """
    return _labels(text, key, answer_of)[0]


def is_right(text: str, key: Key, answer_of: AnswerOf) -> bool:
    """Whether a solution defines the parameter that is asked for, and everything in it is right and needed."""
    labels, state = _labels(text, key, answer_of)
    return bool(labels) and labels[-1].right and key.query in state.defined


def prefix_value(text: str, key: Key, answer_of: AnswerOf) -> float:
    """The true value of the beginning of a solution: 1 where all steps so far are right and needed, so that the right solution may follow, else 0."""
    labels = step_labels(text, key, answer_of)
    return float(not labels or labels[-1].right)


def _labels(text: str, key: Key, answer_of: AnswerOf) -> tuple[list[Step], _State]:
    state, right, labels = _State(key), True, []
    for start, end in _steps(text):
        raw = text[start:end]
        if right:
            right = _follows(raw.translate(_SIGNS).strip(), raw, state, answer_of)
        labels.append(Step(end, right))
    return labels, state


def _steps(text: str) -> Iterator[tuple[int, int]]:
    """Where the steps of a text stand: lines that are not blank, cut before each sentence that begins with "Define"."""
    for first, last in lines(text):
        cuts = [(found.start(), found.end()) for found in _SENTENCE.finditer(text, first, last)]
        yield from zip([first, *(end for _, end in cuts)], [*(start for start, _ in cuts), last], strict=True)


def _follows(line: str, raw: str, state: _State, answer_of: AnswerOf) -> bool:
    """Whether a step is right, by what was defined before."""
    if len(line) > LONGEST_STEP:
        return False
    bare = re.sub(r"^(?:[-*•]|[0-9]{1,3}[.)])\s+", "", line).rstrip(". ")
    if found := _DEFINE.match(bare):
        return _defines(found["name"], found["letter"], re.split(r"\s*;\s*", found["rest"]), state)
    if found := _PLAIN.match(bare):
        return _defines(found["name"], None, [f"= {found['rest']}"], state)
    if "=" in bare:
        return False
    stated = answer_of(raw)
    if stated is not None:
        return state.key.query in state.defined and stated == str(state.key.answer)
    return True


def _defines(said: str, letter: str | None, segments: Sequence[str], state: _State) -> bool:
    key = state.key
    name = _known(said, key)
    if name is None or name in state.defined or not state.defined.issuperset(key.needs[name]):
        return False
    for place, segment in enumerate(segments):
        target, *expressions = re.sub(r"^so\s+", "", segment.strip(), flags=re.IGNORECASE).split("=")
        last = place == len(segments) - 1
        if not expressions or (letter is not None and last and target.strip() != letter):
            return False
        found = _chain(expressions, state)
        if found is None:
            return False
        value, operands = found
        if last:
            if value != key.values[name] or not _same(operands, name, state):
                return False
            state.defined.add(name)
            if letter is not None:
                state.letters[letter] = (value, [name])
        elif not re.fullmatch(r"[A-Za-z][0-9]*", target.strip()):
            return False
        else:
            state.letters[target.strip()] = (value, operands)
    return True


def _known(said: str, key: Key) -> str | None:
    """The needed parameter of a name; None where there is none."""
    plain = " ".join(re.sub(r"\b(each|the number of)\b", " ", said, flags=re.IGNORECASE).split()).casefold()
    return next((name for name in key.needs if name.casefold() == plain), None)


def _chain(expressions: Sequence[str], state: _State) -> tuple[int, list[str | int]] | None:
    """The common value of expressions, and the operands of the first; None where they differ, or one cannot be read, or the last is no reduced number."""
    modulus, found = state.key.modulus, []
    for text in expressions:
        stated = _MODULUS.search(text)
        if stated and int(stated[1]) != modulus:
            return None
        one = _evaluate(_MODULUS.sub("", text).strip(" ,"), state)
        if one is None:
            return None
        found.append(one)
    if len({value % modulus for value, _ in found}) > 1 or not re.fullmatch(r"[0-9]{1,9}", _MODULUS.sub("", expressions[-1]).strip(" ,")):
        return None
    return (found[-1][0], found[0][1]) if 0 <= found[-1][0] < modulus else None


def _same(operands: Sequence[str | int], name: str, state: _State) -> bool:
    """Whether operands are those of a parameter's definition: named ones by name, numbers by value."""
    key = state.key
    if any(isinstance(one, str) and one not in key.needs[name] for one in operands):
        return False
    wanted = Counter([key.values[one] for one in key.needs[name]] + [one % key.modulus for one in key.constants[name]])
    return wanted == Counter(key.values[one] if isinstance(one, str) else one % key.modulus for one in operands)


def _evaluate(text: str, state: _State) -> tuple[int, list[str | int]] | None:
    """Value and operands of an expression of numbers, letters, + - * and brackets; None where it is none."""
    if len(text) > LONGEST or not re.fullmatch(r"[A-Za-z0-9+\-*() ]+", text) or re.search(r"[0-9]{10}|\*\s*\*", text):
        return None
    try:
        return _value(ast.parse(text, mode="eval").body, state)
    except (SyntaxError, ValueError, KeyError, RecursionError, MemoryError):
        return None


def _value(node: ast.expr, state: _State) -> tuple[int, list[str | int]]:
    match node:
        case ast.Constant(value=int() as number) if type(number) is int:
            return number, [number]
        case ast.Name(id=letter):
            value, operands = state.letters[letter]
            return value, list(operands)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)) if type(number) is int:
            return -number, [-number]
        case ast.BinOp(left=left, op=op, right=right):
            (one, first), (two, second) = _value(left, state), _value(right, state)
            match op:
                case ast.Add():
                    return one + two, first + second
                case ast.Sub():
                    return one - two, first + second
                case ast.Mult():
                    return one * two, first + second
    raise ValueError("no expression of a solution")
