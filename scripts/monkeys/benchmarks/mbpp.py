"""MBPP: 500 short functions to write from a sentence and three tests (Austin et al. 2021, arXiv 2108.07732): its test split, task ids 11 to 510."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, CrossCheck, Dataset, Problem, Row, chosen_examples, own_limits
from monkeys.errors import InputError
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

TEST_SPLIT = range(11, 511)

INSTRUCTION = "Write the whole program in one code block."

STOP = ["[DONE]"]

# The paper's three shots: task ids 2, 3 and 4 of the data set (CC BY 4.0), which its test split leaves out; line ends and white space at the end of a
# line made uniform.
EXAMPLES: list[Row] = [
    {
        "text": "Write a function to find the similar elements from the given two tuple lists.",
        "test_list": [
            "assert similar_elements((3, 4, 5, 6),(5, 7, 4, 10)) == (4, 5)",
            "assert similar_elements((1, 2, 3, 4),(5, 4, 3, 7)) == (3, 4)",
            "assert similar_elements((11, 12, 14, 13),(17, 15, 14, 13)) == (13, 14)",
        ],
        "code": "def similar_elements(test_tup1, test_tup2):\n  res = tuple(set(test_tup1) & set(test_tup2))\n  return (res)",
    },
    {
        "text": "Write a python function to identify non-prime numbers.",
        "test_list": [
            "assert is_not_prime(2) == False",
            "assert is_not_prime(10) == True",
            "assert is_not_prime(35) == True",
        ],
        "code": (
            "import math\n"
            "def is_not_prime(n):\n"
            "    result = False\n"
            "    for i in range(2,int(math.sqrt(n)) + 1):\n"
            "        if n % i == 0:\n"
            "            result = True\n"
            "    return result"
        ),
    },
    {
        "text": "Write a function to find the largest integers from a given list of numbers using heap queue algorithm.",
        "test_list": [
            "assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],3)==[85, 75, 65]",
            "assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],2)==[85, 75]",
            "assert heap_queue_largest( [25, 35, 22, 85, 14, 65, 75, 22, 58],5)==[85, 75, 65, 58, 35]",
        ],
        "code": ("import heapq as hq\ndef heap_queue_largest(nums,n):\n  largest_nums = hq.nlargest(n, nums)\n  return largest_nums"),
    },
]

# Limits of problems whose canonical solution takes more than 0.6 s in the sandbox: five times what it takes (in the comment). All others take less
# than 0.3 s, and none needs more than 128 MB.
CPU_SECONDS = {"Mbpp/123": 16}  # 3.1


def entry_point(code: str, tests: Sequence[str]) -> str:
    """The function that tests are about: the one that the canonical solution defines and the tests call.

    Raises:
        InputError: there is none, or more than one.
    """
    called = {name for test in tests for name in re.findall(r"\b(\w+) *\(", test)}
    found: list[str] = sorted(called.intersection(re.findall(r"^def (\w+)", code, re.MULTILINE)))
    if len(found) != 1:
        raise InputError(
            f"the tests of a row call {len(found)} functions of its solution ({', '.join(found)}), but must call one: {' '.join(tests)[:200]}"
        )
    return found[0]


def check_function(name: str, body: str) -> str:
    """Tests as HumanEval's ``check``. Its argument has the function's own name, which may be ``check`` itself, or a built-in function's."""
    return f"def check({name}):\n{textwrap.indent(body, '    ')}"


def _task(row: Row) -> str:
    tests = "\n".join(test.strip() for test in row["test_list"])
    return f"You are an expert Python programmer, and here is your task: {row['text']} Your code should pass these tests:\n\n{tests}"


def _question(row: Row) -> dict[str, str]:
    return {"role": "user", "content": f"{_task(row)}\n\n{INSTRUCTION}"}


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The test split as problems; the first ``examples`` of the paper's shots precede each, in its format."""
    examples = chosen_examples("mbpp", options, EXAMPLES)
    front = "".join(f"{_task(row)}\n[BEGIN]\n{row['code']}\n[DONE]\n\n" for row in examples)
    answers = [{"role": "assistant", "content": f"```python\n{row['code']}\n```"} for row in examples]
    turns = [message for row, answer in zip(examples, answers, strict=True) for message in (_question(row), answer)]
    for row in rows:
        # The released file has all 974 tasks, the hub's split these alone.
        if row["task_id"] not in TEST_SPLIT:
            continue
        name = f"Mbpp/{row['task_id']}"
        function = entry_point(row["code"], row["test_list"])
        test = check_function(function, "\n".join([*row["test_setup_code"].splitlines(), *row["test_list"]]))
        # No line break behind [BEGIN], as in HumanEval's prompts: the model begins the line itself.
        prompt = Prompt(name, f"{front}{_task(row)}\n[BEGIN]", [*turns, _question(row)], STOP)
        yield prompt, Reference(name, {"prompt": "", "test": test, "entry_point": function}, own_limits(name, CPU_SECONDS))


def gold(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The data set's own solutions."""
    for row in rows:
        yield f"Mbpp/{row['task_id']}", row["code"]


BENCHMARK = Benchmark(
    name="mbpp",
    title="MBPP",
    version=1,
    grader="python_tests",
    problems=problems,
    size=lambda _options: 500,
    dataset=Dataset(
        hub="google-research-datasets/mbpp",
        subset="full",
        split="test",
        revision="4bb6404fdc6cacfda99d4ac4205087b89d32030c",
        # Of rows 11 to 510 of the released mbpp.jsonl, which are the hub's: written as Parquet the way the hub's file was, they have that file's hash
        # (566fd530...).
        rows_sha256="632cfe86fd513fab6d66c6b212ec2670ac3023ea7511872a63809b39b48ffc19",
    ),
    options={"examples": 3},
    gold=gold,
    cross_check=CrossCheck("mbpp_plus"),
)
