"""Answers per second of the grader of mathematics beside others', on 800 real answers to MATH, in turns, on one core.

Beside it: the boxed text compared without white space, the simplest way; Minerva's normal form and then sympy, and math-verify, both on the boxed answer and
each answer anew, as their users call them. Counted is CPU time, in which ours includes the process that compares. That process is started before, which
takes a second of CPU time in a job, once. How many verdicts are those recorded, and how many of ours are math-verify's, is printed too.
"""

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

from monkeys.files import read_jsonl
from monkeys.formats.latex import last_boxed
from monkeys.graders import Settings
from monkeys.graders.math_answer import grade
from monkeys.graders.math_judge import same_by_math_verify, same_by_sympy
from monkeys.graders.minerva import minerva_normal
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample

TURNS = 5
REPEATS = 10
"""Times in a turn, for the kernel tells another process's time in hundredths of a second."""
QUIET = Progress("benchmark", interval=1e9)


def cpu_seconds() -> float:
    """CPU time of this process and of all that it has started, but of what has ended."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def main() -> None:
    rows = [row for _, row in read_jsonl(Path(sys.argv[1]))]
    pairs = [(row["answer"], text) for row in rows for text in row["code"]]
    flags = [flag for row in rows for flag in row["score"]]
    samples = [Sample(str(row["idx"]), number, None, text) for row in rows for number, text in enumerate(row["code"])]
    references = {str(row["idx"]): Reference(str(row["idx"]), {"answer": row["answer"], "grader": "verify"}) for row in rows}

    def ours() -> list[bool]:
        return [verdict.outcome == "passed" for verdict in grade(samples, references, Settings(1), QUIET)]

    def as_text() -> list[bool]:
        return ["".join((last_boxed(text) or "").split()) == "".join(key.split()) for key, text in pairs]

    def minerva() -> list[bool]:
        forms = [(minerva_normal(key), minerva_normal(last_boxed(text) or "")) for key, text in pairs]
        return [key == answer or same_by_sympy(key, answer) for key, answer in forms]

    def math_verify() -> list[bool]:
        return [same_by_math_verify(key, last_boxed(text) or "") for key, text in pairs]

    ways: dict[str, Callable[[], list[bool]]] = {"ours": ours, "text": as_text, "Minerva, sympy": minerva, "math-verify": math_verify}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    verdicts = {name: way() for name, way in ways.items()}
    for _ in range(TURNS):
        for name, way in ways.items():
            repeats = REPEATS if name in ("ours", "text") else 1
            start = cpu_seconds()
            for _ in range(repeats):
                way()
            seconds[name].append((cpu_seconds() - start) / repeats)
    print(f"grading of {len(samples)} answers to MATH, {TURNS} turns each, medians of CPU time, one core")
    for name, found in verdicts.items():
        rate = len(samples) / max(statistics.median(seconds[name]), 1e-3)
        kept = sum(map(bool.__eq__, found, flags))
        print(
            f"  {name:16} {rate:10,.0f} answers/s, {kept} verdicts as recorded, {sum(map(bool.__ne__, found, verdicts['math-verify']))} not math-verify's"
        )


if __name__ == "__main__":
    main()
