"""Word problems of one to eight steps, made from a seed, with answers and steps known by construction.

As many as wanted: problem i depends on the seed and on i alone. Its number of steps is 1 + i mod 8 (the option ``steps``) and stands in its metadata as
the difficulty. The reference has the right course of steps beside the answer, by which ``formats/equations.py`` tells right solutions from right numbers. A small model's coverage climbs well on these, and this file with its rule file is the worked example of how a benchmark is added.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from monkeys.benchmarks import Benchmark, Problem, Row
from monkeys.errors import InputError
from monkeys.formats.equations import Change
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

STEPS = 8
NAMES = ["Ada", "Ben", "Chloe", "David", "Emma", "Felix", "Grace", "Hugo", "Iris", "Jonas", "Lena", "Milo"]
THINGS = ["apples", "books", "cards", "coins", "marbles", "pencils", "shells", "stamps", "stickers", "tickets"]
GAINS = ["finds {n} more", "buys {n} more", "gets {n} more from a friend", "wins {n} more"]
LOSSES = ["loses {n} of them", "gives {n} of them away", "sells {n} of them"]
INSTRUCTION = "Solve this problem. Write one short equation a step, then the answer."

# Worked examples that stand in front of each problem: without them a small model rambles, and half of its answers end before the answer.
EXAMPLES = [
    (
        "Kim has 7 pens. Then Kim buys 5 more. Then Kim gives 3 of them away. How many pens does Kim have now?",
        "7 + 5 = 12\n12 - 3 = 9\nThe answer is 9.",
    ),
    (
        "Omar has 12 plums. Then Omar loses 4 of them. Then Omar doubles the number of plums. Then Omar finds 6 more. How many plums does Omar have now?",
        "12 - 4 = 8\n8 * 2 = 16\n16 + 6 = 22\nThe answer is 22.",
    ),
]


@dataclass(frozen=True, slots=True)
class WordProblem:
    """A problem: its text, the number that it begins with, and its steps."""

    text: str
    start: int
    changes: tuple[Change, ...]

    @property
    def answer(self) -> int:
        """What the steps come to."""
        value = self.start
        for change in self.changes:
            value = change.of(value)
        return value

    @property
    def solution(self) -> str:
        """The right solution, as the worked examples write theirs."""
        value, lines = self.start, []
        for change in self.changes:
            lines.append(f"{value} {change.sign} {change.number} = {change.of(value)}")
            value = change.of(value)
        return "\n".join([*lines, f"The answer is {value}."])


def word_problem(seed: int | str, number: int, most_steps: int = STEPS) -> WordProblem:
    """Problem ``number`` of a seed, of 1 to ``most_steps`` steps in turn."""
    rng = random.Random(f"arithmetic {seed} {number}")
    name, thing = rng.choice(NAMES), rng.choice(THINGS)
    start = total = rng.randint(3, 20)
    sentences, changes = [f"{name} has {total} {thing}."], []
    for _ in range(1 + number % most_steps):
        kind = rng.random()
        if kind < 0.1 and total <= 40:
            sentences.append(f"Then {name} doubles the number of {thing}.")
            change = Change("*", 2)
        elif kind < 0.5 and total > 3:
            change = Change("-", rng.randint(1, min(total - 1, 12)))
            sentences.append(f"Then {name} {rng.choice(LOSSES).format(n=change.number)}.")
        else:
            change = Change("+", rng.randint(2, 12))
            sentences.append(f"Then {name} {rng.choice(GAINS).format(n=change.number)}.")
        total = change.of(total)
        changes.append(change)
    sentences.append(f"How many {thing} does {name} have now?")
    return WordProblem(" ".join(sentences), start, tuple(changes))


def problems(_rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """Endless problems of the seed."""
    turns = [
        {"role": role, "content": content}
        for question, solution in EXAMPLES
        for role, content in (("user", f"{INSTRUCTION}\n\n{question}"), ("assistant", solution))
    ]
    front = "".join(f"Question: {question}\nAnswer: {solution}\n\n" for question, solution in EXAMPLES)
    steps = options.get("steps", STEPS)
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise InputError(f"config key benchmarks.arithmetic.options.steps is {steps!r}, but must be a whole number from 1")
    for number in count():
        problem = word_problem(options["seed"], number, steps)
        problem_id = f"arithmetic/{options['seed']}/{number}"
        messages = [*turns, {"role": "user", "content": f"{INSTRUCTION}\n\n{problem.text}"}]
        prompt = Prompt(problem_id, f"{front}Question: {problem.text}\nAnswer:", messages, ["\n\n", "Question:"])
        course = {"start": problem.start, "changes": [[change.sign, change.number] for change in problem.changes]}
        yield prompt, Reference(problem_id, {"answer": str(problem.answer), "course": course}, metadata={"difficulty": len(problem.changes)})


BENCHMARK = Benchmark(
    name="arithmetic",
    title="Arithmetic",
    version=1,
    grader="numeric_answer",
    problems=problems,
    options={"seed": 0, "steps": STEPS},
)
