"""CodeT's published samples and generated tests (arXiv 2207.10397, CodeGen-Mono-16B on HumanEval), scored as the workflow scores."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from monkeys.files import read_jsonl
from monkeys.graders import Settings as GraderSettings
from monkeys.graders import load_grader
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.scorers import Settings, Task, batches, complete, load_scorer
from monkeys.statistics.selection import best_of_k

STOP = re.compile(r"\n(?=\S)")
"""A completion ends where its function does: at the first line that is not indented."""


def accuracies(shared_data: Callable[[str], Path], folder: Path, problems: Sequence[int], samples: int) -> dict[str, float]:
    """The chance that a sample is right, and that the best by CodeT's score is, in per cent."""
    # Solutions and tests are in CodeT's own order, problems in HumanEval's.
    origins = {row["prompt"]: row for _, row in read_jsonl(shared_data("codet_humaneval") / "HumanEval_for_test_case_generation.jsonl")}
    solutions = [row for _, row in read_jsonl(shared_data("samples_humaneval") / "codegen16B_t0.8_n100.jsonl")]
    written = [row for _, row in read_jsonl(shared_data("codet_humaneval") / "codegen16B_t0.8_n100_generated_tests.jsonl")]
    tasks, references = [], {}
    lines = []
    for number in problems:
        origin, prompt = origins[written[number]["prompt"]], solutions[number]["prompt"]
        name = origin["task_id"]
        assert f"def {origin['entry_point']}(" in prompt
        texts = [STOP.split(text, maxsplit=1)[0] for text in solutions[number]["samples"][:samples]]
        tasks.append(Task(Prompt(name, prompt, []), [Sample(name, index, None, text) for index, text in enumerate(texts)]))
        fields = {"prompt": prompt, "test": origin["test"], "entry_point": origin["entry_point"]}
        references[name] = Reference(name, fields)
        lines.append(json.dumps({"problem_id": name, "tests": [f"assert {text}" for text in written[number]["samples"]]}))
    path = folder / "tests.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    entry = complete("codet", {"kind": "generated_tests", "tests": str(path)})
    scorer = load_scorer("generated_tests").open_scorer(Settings(entry, file=path, workers=2, cpu_seconds=1), Progress("test"))
    scores = [score for batch in batches(tasks) for score in scorer.score(batch)]
    flat = [sample for task in tasks for sample in task.samples]
    verdicts = load_grader("python_tests").grade(flat, references, GraderSettings(2), Progress("test"))
    found: dict[str, list[float]] = {"random": [], "codet": []}
    for task in tasks:
        right = [verdict.outcome == "passed" for verdict in verdicts if verdict.problem_id == task.prompt.problem_id]
        values = [-1.0 if score.score is None else score.score for score in scores if score.problem_id == task.prompt.problem_id]
        found["random"].append(sum(right) / len(right))
        found["codet"].append(float(best_of_k(values, right, len(values))[0]))
    return {name: 100 * sum(values) / len(values) for name, values in found.items()}
