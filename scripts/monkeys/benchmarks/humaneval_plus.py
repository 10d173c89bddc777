"""HumanEval+: HumanEval's problems with about 80 times as many tests (EvalPlus, Liu et al. 2023, arXiv 2305.01210; release 0.1.10)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, Dataset, Problem, Row, chosen_examples, humaneval, own_limits, patched_tests
from monkeys.formats.evalplus import compare_strictly
from monkeys.records.reference import Reference

# Text of a test and what takes its place. As released, no program can pass this one: it hands the polynomial and its zero over in the wrong order.
# Without abs() any x where the polynomial is far below zero would pass; EvalPlus's own evaluator has both right.
PATCHES = {"HumanEval/32": ("_poly(*candidate(*inp), inp)", "abs(_poly(*inp, candidate(*inp)))")}

# Limits of problems whose canonical solution takes more than 0.6 s in the sandbox: five times what it takes (in the comment). All others take less
# than 0.3 s, and none needs more than 128 MB.
CPU_SECONDS = {
    "HumanEval/15": 15,  # 2.9
    "HumanEval/36": 8,  # 1.5
    "HumanEval/59": 9,  # 1.7
    "HumanEval/83": 7,  # 1.3
    "HumanEval/94": 6,  # 1.2
    "HumanEval/130": 12,  # 2.3
    "HumanEval/139": 19,  # 3.7
}


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """HumanEval's way of asking; ``examples`` of its solved examples precede each problem."""
    chosen_examples("humaneval_plus", options, humaneval.EXAMPLES)
    for prompt, reference in humaneval.problems(rows, options):
        name, fields = reference.problem_id, reference.reference
        test = compare_strictly(name, patched_tests(name, fields["test"], PATCHES))
        yield prompt, Reference(name, {**fields, "test": test}, own_limits(name, CPU_SECONDS))


BENCHMARK = Benchmark(
    name="humaneval_plus",
    title="HumanEval+",
    version=2,
    grader="python_tests",
    problems=problems,
    size=lambda _options: 164,
    dataset=Dataset(
        hub="evalplus/humanevalplus",
        subset=None,
        split="test",
        revision="d32357cf319e50e9c8d8dab5ea876c72b0fd321b",
        # Of the release's HumanEvalPlus-OriginFmt.jsonl.gz, which has the hub's rows: written as Parquet the way the hub's file was, it has that
        # file's hash (4436f5c0...).
        rows_sha256="8778f6f31e78d1630709eb36e296fe4705466e6aa2b50dea7db67959ae0ef158",
    ),
    options={"examples": 0},
    gold=humaneval.gold,
)
