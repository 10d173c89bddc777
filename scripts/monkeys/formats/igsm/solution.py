"""Questions and solutions as texts: right ones, and ones with a mistake at a known step."""

import random
from collections.abc import Iterator, Sequence
from itertools import count

from monkeys.formats.igsm.dependency import Definition, Problem
from monkeys.formats.igsm.words import LETTERS

STYLES = ("plain", "letters")
"""``plain``: a line a parameter, with numbers; ``letters``: the paper's, where each parameter gets a letter and each operation is written apart."""
MISTAKES = ("value", "operand", "omission", "unneeded")


def question(problem: Problem) -> str:
    """The question: what is stated, in an order that says nothing, and what is asked for."""
    by_name = {one.name: one for one in (*problem.needed, *problem.others)}
    sentences = [f"The number of each {name} equals {_words(by_name[name])}." for name in problem.stated]
    thing, other = problem.query.split("'s ")
    return " ".join([*sentences, f"How many {other} does each {thing} have?"])


def _words(definition: Definition) -> str:
    names = [f"each {name}" for name in definition.needs]
    if not names:
        return str(definition.constant)
    if len(names) == 1:
        inner = names[0]
    elif definition.difference:
        inner = f"the difference of {names[0]} and {names[1]}"
    else:
        inner = f"the sum of {', '.join(names[:-1])} and {names[-1]}"
    if definition.constant is None:
        return inner
    return f"{definition.constant} more than {inner}" if definition.sign == "+" else f"{definition.constant} times as much as {inner}"


def solution(problem: Problem, style: str) -> str:
    """The right solution: each parameter that is needed, once, behind all that it needs."""
    return _written(problem, [(one, None) for one in problem.needed], style)


def spoilt(problem: Problem, rng: random.Random, style: str) -> str:
    """A solution with one mistake at a random step, right before it and consistent after it: a wrong value, a wrong operand, a step left out, or a step that
    nothing needs.
    """
    kinds = [kind for kind in MISTAKES if _possible(kind, problem)]
    kind = rng.choice(kinds)
    lines: list[tuple[Definition, int | None]] = [(one, None) for one in problem.needed]
    if kind == "unneeded":
        other = rng.choice([one for one in problem.others if set(one.needs) <= {two.name for two in problem.needed}])
        names = [one.name for one in problem.needed]
        first = max((names.index(name) + 1 for name in other.needs), default=0)
        lines.insert(rng.randint(first, len(lines)), (other, None))
    elif kind == "omission":
        del lines[rng.randrange(len(lines) - 1)]
    else:
        places = [place for place, one in enumerate(problem.needed) if (_operands(one) > 1 if kind == "value" else one.constant is not None)]
        place = rng.choice(places)
        definition = problem.needed[place]
        if kind == "operand":
            wrong = (definition.constant or 0) + rng.choice([1, 2, 3])
            changed = Definition(definition.name, definition.terms, definition.difference, wrong, definition.sign)
            lines[place] = (changed, None)
        else:
            lines[place] = (definition, rng.choice([-2, -1, 1, 2, 3]))
    return _written(problem, lines, style)


def _possible(kind: str, problem: Problem) -> bool:
    if kind == "omission":
        return len(problem.needed) > 1
    if kind == "unneeded":
        return any(set(one.needs) <= {two.name for two in problem.needed} for one in problem.others)
    if kind == "value":
        return any(_operands(one) > 1 for one in problem.needed)
    return any(one.constant is not None for one in problem.needed)


def _operands(definition: Definition) -> int:
    return len(definition.needs) + (definition.constant is not None)


def _written(problem: Problem, lines: Sequence[tuple[Definition, int | None]], style: str) -> str:
    """Definitions as lines, each with how far its result is off; what follows goes on with the wrong result."""
    # What was left out is used all the same, as somebody would who had it in mind.
    values, letters = dict(problem.values), _letters()
    used: dict[str, str] = {}
    found = []
    for definition, off in lines:
        right = definition.value(values, problem.modulus)
        value = (right + (off or 0)) % problem.modulus
        if style == "plain":
            found.append(f"{definition.name} = {_plain(definition, values, off or 0, problem.modulus)}")
        else:
            found.append(_lettered(definition, values, value, used, letters, problem.modulus))
        values[definition.name] = value
    return "\n".join([*found, f"The answer is {values[problem.query]}."])


def _letters() -> Iterator[str]:
    yield from LETTERS
    for number in count(1):
        yield from (f"{letter}{number}" for letter in LETTERS)


def _plain(definition: Definition, values: dict[str, int], off: int, modulus: int) -> str:
    text = _expression(definition, {name: str(values[name]) for name in definition.needs})
    # Without a modulus, so that large and negative results are seen before they are reduced.
    exact = definition.value(values, 10**12)
    exact = (exact - 10**12 if exact > 10**11 else exact) + off
    if 0 <= exact < modulus:
        return text if text == str(exact) else f"{text} = {exact}"
    return f"{text} = {exact} = {exact % modulus} mod {modulus}"


def _expression(definition: Definition, shown: dict[str, str]) -> str:
    terms = [" * ".join(shown[name] for name in term) for term in definition.terms]
    inner = (" - " if definition.difference else " + ").join(terms)
    if definition.constant is None:
        return inner
    if not terms:
        return str(definition.constant)
    return f"{definition.constant} {definition.sign} {inner}" if len(terms) == 1 or definition.sign == "+" else f"{definition.constant} * ({inner})"


def _lettered(definition: Definition, values: dict[str, int], value: int, used: dict[str, str], letters: Iterator[str], modulus: int) -> str:
    """The paper's way: an operation at a time, with letters for what lies between."""
    own = next(letters)
    parts: list[tuple[str, int]] = []
    said: list[str] = []

    def combine(one: tuple[str, int], two: tuple[str, int], sign: str, last: bool) -> tuple[str, int]:
        result = (one[1] + two[1] if sign == "+" else one[1] - two[1] if sign == "-" else one[1] * two[1]) % modulus
        name = own if last else next(letters)
        symbols, numbers = f"{one[0]} {sign} {two[0]}", f"{one[1]} {sign} {two[1]}"
        shown = numbers if symbols == numbers else f"{symbols} = {numbers}"
        said.append(f"{'so ' if last else ''}{name} = {shown} = {value if last else result}")
        return name, result

    def operand(name: str) -> tuple[str, int]:
        return used.get(name, str(values[name])), values[name]

    left = len(definition.needs) + (definition.constant is not None) - 1
    for term in definition.terms:
        part = operand(term[0])
        for name in term[1:]:
            left -= 1
            part = combine(part, operand(name), "*", left == 0)
        parts.append(part)
    whole = parts[0] if parts else (str(definition.constant), definition.constant or 0)
    for part in parts[1:]:
        left -= 1
        whole = combine(whole, part, "-" if definition.difference else "+", left == 0)
    if definition.constant is not None and parts:
        left -= 1
        whole = combine((str(definition.constant), definition.constant), whole, definition.sign, left == 0)
    if not said:
        shown = whole[0] if whole[0] == str(value) else f"{whole[0]} = {value}"
        said.append(f"so {own} = {shown}")
    used[definition.name] = own
    return f"Define {definition.name} as {own}; {'; '.join(said)}."
