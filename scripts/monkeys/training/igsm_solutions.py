"""Solutions of iGSM on which a reward model is trained, right ones and spoilt ones, through the same three functions as ``solutions``.

Their problems are those of the benchmark's defaults, of one to ``steps`` operations.
"""

import random
from collections.abc import Sequence
from functools import cache

from monkeys.benchmarks.igsm import BENCHMARK, igsm_problem, prompt_of, read_options, worked_examples
from monkeys.formats.equations import steps as lines
from monkeys.formats.igsm.checking import is_right, key_of, step_labels
from monkeys.formats.igsm.dependency import Problem, Settings
from monkeys.formats.igsm.solution import solution, spoilt
from monkeys.graders.stated_number import robust_answer
from monkeys.records.prompt import Prompt
from monkeys.training.solutions import Solution

STYLE = "plain"


def training_problems(seed: int, first: int, stop: int, most_steps: int) -> list[tuple[Prompt, Problem]]:
    """Problems ``first`` to ``stop`` that no study has: a benchmark's seeds are numbers, and these have a seed that is none."""
    made = []
    for number in range(first, stop):
        problem = igsm_problem(f"training {seed}", number, (1, most_steps), _settings())
        made.append((prompt_of(f"training/{seed}/{number}", problem, _examples(most_steps), STYLE), problem))
    return made


def _settings() -> Settings:
    return read_options(BENCHMARK.options)[1]


@cache
def _examples(most_steps: int) -> tuple[Problem, ...]:
    return tuple(worked_examples(int(BENCHMARK.options["examples"]), (1, most_steps), _settings()))


def labelled(prompt: Prompt, problem: Problem, text: str, own: bool) -> Solution:
    """A solution with its labels, one a line, as a reward model reads it."""
    key, ends = key_of(problem), [end for _, end in lines(text)]
    found = step_labels(text, key, robust_answer)
    labels = [all(one.right for one in found if one.end <= end) for end in ends]
    answer = robust_answer(text)
    return Solution(prompt, text, tuple(ends), tuple(labels), answer, answer == str(key.answer), is_right(text, key, robust_answer), own)


def written(problems: Sequence[tuple[Prompt, Problem]], seed: int) -> list[Solution]:
    """Of each problem the right solution and a spoilt one."""
    rng = random.Random(f"spoilt {seed}")
    texts = [(prompt, problem, (solution(problem, STYLE), spoilt(problem, rng, STYLE))) for prompt, problem in problems]
    return [labelled(prompt, problem, text, own=False) for prompt, problem, of_problem in texts for text in of_problem]
