"""What a reward model for word problems is trained on: solutions with labels for each step, known by construction.

The model's own solutions of other problems must be among them, since its mistakes are not those that anybody would write: trained on written solutions
alone, a head tells SmolLM2's steps apart hardly better than chance (docs/scoring.md).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from monkeys.benchmarks.arithmetic import EXAMPLES, INSTRUCTION, WordProblem, word_problem
from monkeys.formats.equations import Change, is_right, step_labels
from monkeys.graders.stated_number import robust_answer
from monkeys.records.prompt import Prompt


@dataclass(frozen=True, slots=True)
class Solution:
    """A solution of a training problem.

    ``ends`` and ``labels``: where each step ends, and whether all is right up to there. ``answer``: what it states; ``right_answer``: whether that is right, whatever the steps
    are. ``right_course``: whether all steps are. ``own``: whether the model wrote it.
    """

    prompt: Prompt
    text: str
    ends: tuple[int, ...]
    labels: tuple[bool, ...]
    answer: str | None
    right_answer: bool
    right_course: bool
    own: bool


def training_problems(seed: int, first: int, stop: int, most_steps: int) -> list[tuple[Prompt, WordProblem]]:
    """Problems ``first`` to ``stop`` that no study has: a benchmark's seeds are numbers, and these have a seed that is none."""
    turns = [
        {"role": role, "content": content}
        for question, solution in EXAMPLES
        for role, content in (("user", f"{INSTRUCTION}\n\n{question}"), ("assistant", solution))
    ]
    made = []
    for number in range(first, stop):
        problem = word_problem(f"training {seed}", number, most_steps)
        messages = [*turns, {"role": "user", "content": f"{INSTRUCTION}\n\n{problem.text}"}]
        made.append((Prompt(f"training/{seed}/{number}", "", messages), problem))
    return made


def labelled(prompt: Prompt, problem: WordProblem, text: str, own: bool) -> Solution:
    """A solution with its labels."""
    labels = step_labels(text, problem.start, problem.changes, robust_answer)
    answer = robust_answer(text)
    course = is_right(text, problem.start, problem.changes, robust_answer)
    return Solution(
        prompt, text, tuple(one.end for one in labels), tuple(one.right for one in labels), answer, answer == str(problem.answer), course, own
    )


def spoilt(problem: WordProblem, rng: random.Random) -> str:
    """A solution with one mistake at a random step, right before it and consistent after it: a wrong sum, a wrong number, a wrong sign, or a step left out."""
    place = rng.randrange(len(problem.changes))
    value, lines = problem.start, []
    kinds = ["sum", "number", "sign"] + ["omission"] * (len(problem.changes) > 1)
    kind = rng.choice(kinds)
    for number, right in enumerate(problem.changes):
        change, result = right, right.of(value)
        if number == place:
            if kind == "omission":
                continue
            if kind == "number":
                change = Change(right.sign, right.number + rng.choice([-2, -1, 1, 2, 3]))
            elif kind == "sign":
                change = Change(rng.choice([sign for sign in "+-*" if sign != right.sign]), right.number)
            result = change.of(value)
            if kind == "sum":
                result += rng.choice([-10, -3, -2, -1, 1, 2, 3, 10])
        lines.append(f"{value} {change.sign} {change.number} = {result}")
        value = result
    return "\n".join([*lines, f"The answer is {value}."])


def written(problems: Sequence[tuple[Prompt, WordProblem]], seed: int) -> list[Solution]:
    """Of each problem the right solution and a spoilt one."""
    rng = random.Random(f"spoilt {seed}")
    solutions = []
    for prompt, problem in problems:
        for text in (problem.solution, spoilt(problem, rng)):
            solutions.append(labelled(prompt, problem, text, own=False))
    return solutions
