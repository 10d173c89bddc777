"""MBPP+: 378 problems of MBPP with about 35 times as many tests (EvalPlus, Liu et al. 2023, arXiv 2305.01210; release 0.2.0)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, Dataset, Problem, Row, own_limits, patched_tests
from monkeys.benchmarks.mbpp import check_function, entry_point, gold
from monkeys.formats.evalplus import compare_strictly
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

INSTRUCTION = "Write a Python function that solves the following problem and passes the test. Write the whole program in one code block."

STOP = ["\nif __name__", "\ndef main(", "\nprint(", "\nassert ", '\n"""', "\n```"]
"""What ends a continuation: a line at the margin that uses the function, or begins something else."""

# Text of a test and what takes its place. Three tests compute whether the result is right and never say so: whatever did not raise would pass.
# EvalPlus's own evaluator asserts it. (That evaluator also takes a second reading of tasks 558 and 581 for right; the data set's tests do not.)
_UNSAID = ("exact_match = exp == (out is not None)\n", "exact_match = exp == (out is not None)\n    assert exact_match\n")
PATCHES = {
    "Mbpp/737": _UNSAID,
    "Mbpp/787": _UNSAID,
    "Mbpp/794": _UNSAID,
    # One of 112 inputs has a result of 1.7 million tuples of 77 words, more than a gigabyte in the program and twice that in its test; the next
    # largest is a twentieth of it.
    "Mbpp/255": ("[['Dog', 'Cat', 'CatBird', 'Bird', 'Fish'], 77], ", ""),
}

# Limits of problems whose canonical solution takes more than 0.6 s in the sandbox: five times what it takes (in the comment). All others take less
# than 0.3 s, and none but Mbpp/255 (256 MB) needs more than 128 MB.
CPU_SECONDS = {
    "Mbpp/84": 7,  # 1.2
    "Mbpp/123": 13,  # 2.4
    "Mbpp/255": 10,  # 1.8
    "Mbpp/271": 16,  # 3.1
    "Mbpp/300": 5,  # 1.0
    "Mbpp/389": 7,  # 1.4
    "Mbpp/392": 19,  # 3.7
    "Mbpp/583": 6,  # 1.0
    "Mbpp/589": 7,  # 1.3
    "Mbpp/592": 13,  # 2.4
    "Mbpp/599": 74,  # 14.6
    "Mbpp/603": 12,  # 2.3
    "Mbpp/630": 4,  # 0.8
}


def problems(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[Problem]:
    """The data set's rows as problems, in its own order; each is asked as EvalPlus asks: the task and its first test as a docstring."""
    for row in rows:
        name = f"Mbpp/{row['task_id']}"
        function = entry_point(row["code"], row["test_list"])
        # Some tasks end in the address of a page that solves them; EvalPlus's prompts leave it out.
        task = re.sub(r"https?://\S+", "", row["prompt"])
        question = f'"""\n{task}\n{row["test_list"][0]}\n"""\n'
        messages = [{"role": "user", "content": f"{INSTRUCTION}\n\n```python\n{question}```"}]
        # No line break at the end, as in HumanEval's prompts: the model begins the line itself.
        prompt = Prompt(name, question.rstrip(), messages, STOP)
        test = check_function(function, compare_strictly(name, patched_tests(name, row["test"], PATCHES)))
        yield prompt, Reference(name, {"prompt": "", "test": test, "entry_point": function}, own_limits(name, CPU_SECONDS))


BENCHMARK = Benchmark(
    name="mbpp_plus",
    title="MBPP+",
    version=2,
    grader="python_tests",
    problems=problems,
    size=lambda _options: 378,
    dataset=Dataset(
        hub="evalplus/mbppplus",
        subset=None,
        split="test",
        revision="b2d74c91837c3f2a20c1299ae98133cbe7cfa077",
        # Of the release's MbppPlus-OriginFmt.jsonl.gz, which has the hub's rows: written as Parquet the way the hub's file was, it has that file's
        # hash (dc20030b...).
        rows_sha256="43dd5c25c4f976d6ca98f4475b08fcc2add43b6e480348a22a25d1a020fe5866",
    ),
    gold=gold,
)
