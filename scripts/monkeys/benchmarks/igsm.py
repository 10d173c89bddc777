"""iGSM: word problems over a graph of quantities, made from a seed, of any number of operations, with steps known by construction (arXiv 2407.20311).

As many as wanted: problem i depends on the options and on i alone. Its number of operations goes through the option ``operations`` in turn and is in its
metadata as the difficulty. The defaults are small, so that a small model solves some; the paper's are in docs/benchmarks.md.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from monkeys.benchmarks import Benchmark, Row, chosen_option
from monkeys.benchmarks import Problem as Made
from monkeys.errors import InputError
from monkeys.formats.igsm.checking import key_of, written_key
from monkeys.formats.igsm.dependency import Problem, Settings, draw_problem
from monkeys.formats.igsm.solution import STYLES, question, solution
from monkeys.formats.igsm.structure import least_edges
from monkeys.formats.igsm.words import LAYERS
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

INSTRUCTION = "Solve this problem. All numbers are taken modulo {modulus}. Work out one quantity in each line, only those that are needed, then give the answer."
OPTIONS: Mapping[str, Any] = {
    "seed": 0,
    "operations": [1, 4],
    "layers": 3,
    "edges": 6,
    "modulus": 23,
    "distractors": 1,
    "largest": 9,
    "style": "plain",
    "examples": 2,
}
MOST_EXAMPLES = 8


def igsm_problem(seed: int | str, number: int, operations: tuple[int, int], settings: Settings) -> Problem:
    """Problem ``number`` of a seed, the numbers of operations in turn."""
    low, high = operations
    return draw_problem(random.Random(f"igsm {seed} {number}"), low + number % (high - low + 1), settings)


def prompt_of(problem_id: str, problem: Problem, examples: Sequence[Problem], style: str) -> Prompt:
    """What a model is asked: worked examples, then the problem."""
    instruction = INSTRUCTION.format(modulus=problem.modulus)
    turns = [
        {"role": role, "content": content}
        for example in examples
        for role, content in (("user", f"{instruction}\n\n{question(example)}"), ("assistant", solution(example, style)))
    ]
    front = "".join(f"Question: {question(example)}\nAnswer:\n{solution(example, style)}\n\n" for example in examples)
    messages = [*turns, {"role": "user", "content": f"{instruction}\n\n{question(problem)}"}]
    return Prompt(problem_id, f"{instruction}\n\n{front}Question: {question(problem)}\nAnswer:\n", messages, ["\n\n", "Question:"])


def worked_examples(number: int, operations: tuple[int, int], settings: Settings) -> list[Problem]:
    """Worked examples: problems of a seed that no study has, the larger numbers of operations first."""
    low, high = operations
    return [draw_problem(random.Random(f"igsm example {place}"), max(low, high - place), settings) for place in range(number)][::-1]


def problems(_rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Made]:
    """Endless problems of the options."""
    operations, settings = read_options(options)
    style = str(chosen_option("igsm", options, "style", STYLES))
    examples = worked_examples(_whole(options, "examples", 0, MOST_EXAMPLES), operations, settings)
    for number in count():
        problem = igsm_problem(options["seed"], number, operations, settings)
        problem_id = f"igsm/{options['seed']}/{number}"
        key = key_of(problem)
        reference = Reference(problem_id, {"answer": str(key.answer), "problem": written_key(key)}, metadata={"difficulty": problem.operations})
        yield prompt_of(problem_id, problem, examples, style), reference


def read_options(options: Mapping[str, Any]) -> tuple[tuple[int, int], Settings]:
    """The range of operations, and what problems are made of.

    Raises:
        InputError: an option is impossible.
    """
    given = options["operations"]
    wrong = not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2 or any(type(one) is not int for one in given)
    if wrong or not 1 <= given[0] <= given[1]:
        raise InputError(f"config key benchmarks.igsm.options.operations is {given!r}, but must be two whole numbers from 1, such as [1, 4]")
    layers = _whole(options, "layers", 2, LAYERS)
    distractors = None if options["distractors"] == "all" else _whole(options, "distractors", 0, None, " or all")
    settings = Settings(
        layers,
        _whole(options, "edges", least_edges(layers), None),
        _whole(options, "modulus", 2, None),
        distractors,
        _whole(options, "largest", 2, None),
    )
    return (given[0], given[1]), settings


def _whole(options: Mapping[str, Any], name: str, low: int, high: int | None, more: str = "") -> int:
    value = options[name]
    if type(value) is not int or value < low or (high is not None and value > high):
        bounds = f"from {low}" if high is None else f"from {low} to {high}"
        raise InputError(f"config key benchmarks.igsm.options.{name} is {value!r}, but must be a whole number {bounds}{more}")
    return int(value)


BENCHMARK = Benchmark(name="igsm", title="iGSM", version=1, grader="igsm_steps", problems=problems, options=OPTIONS)
