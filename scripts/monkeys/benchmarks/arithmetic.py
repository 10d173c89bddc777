"""Word problems of one to eight steps, made from a seed, with answers known by construction.

As many as wanted: problem i depends on the seed and on i alone. Its number of steps is 1 + i mod 8 and stands in its metadata as the
difficulty. The reference knows the course of totals too, so that a right answer with wrong steps is seen as such. A small model's coverage climbs well on these, and this file with its rule file is the worked example of how a benchmark is added.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from monkeys.benchmarks import Benchmark, Problem, Row
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


def word_problem(seed: int, number: int) -> tuple[str, list[int]]:
    """Problem ``number``: its text, and the totals from the first to the answer, one more than it has steps."""
    rng = random.Random(f"arithmetic {seed} {number}")
    steps = 1 + number % STEPS
    name, thing = rng.choice(NAMES), rng.choice(THINGS)
    total = rng.randint(3, 20)
    totals = [total]
    sentences = [f"{name} has {total} {thing}."]
    for _ in range(steps):
        kind = rng.random()
        if kind < 0.1 and total <= 40:
            sentences.append(f"Then {name} doubles the number of {thing}.")
            total *= 2
        elif kind < 0.5 and total > 3:
            change = rng.randint(1, min(total - 1, 12))
            sentences.append(f"Then {name} {rng.choice(LOSSES).format(n=change)}.")
            total -= change
        else:
            change = rng.randint(2, 12)
            sentences.append(f"Then {name} {rng.choice(GAINS).format(n=change)}.")
            total += change
        totals.append(total)
    sentences.append(f"How many {thing} does {name} have now?")
    return " ".join(sentences), totals


def problems(_rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """Endless problems of the seed."""
    turns = [
        {"role": role, "content": content}
        for question, solution in EXAMPLES
        for role, content in (("user", f"{INSTRUCTION}\n\n{question}"), ("assistant", solution))
    ]
    front = "".join(f"Question: {question}\nAnswer: {solution}\n\n" for question, solution in EXAMPLES)
    for number in count():
        text, totals = word_problem(options["seed"], number)
        problem_id = f"arithmetic/{options['seed']}/{number}"
        messages = [*turns, {"role": "user", "content": f"{INSTRUCTION}\n\n{text}"}]
        prompt = Prompt(problem_id, f"{front}Question: {text}\nAnswer:", messages, ["\n\n", "Question:"])
        yield prompt, Reference(problem_id, {"answer": str(totals[-1]), "totals": totals}, metadata={"difficulty": len(totals) - 1})


BENCHMARK = Benchmark(name="arithmetic", title="Arithmetic", version=2, grader="numeric_answer", problems=problems, options={"seed": 0})
