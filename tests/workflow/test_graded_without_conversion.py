"""lm-eval's and NeMo-Skills' files are graded as they are: published solutions in these shapes, drawn and verified by the scripts of the chain, get the published flags."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import generate_samples
import verify_samples
from monkeys.benchmarks import gsm8k
from monkeys.files import read_jsonl
from monkeys.records.prompt import write_prompts
from monkeys.records.reference import write_references
from monkeys.records.verdict import read_verdicts

MODELS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


@pytest.fixture(autouse=True)
def same_signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def write_lm_eval(folder: Path, rows: list[dict[str, dict[str, object]]]) -> str:
    """A document a row, four repeats, and everything once more behind a second filter; documents are numbered, not named."""
    path = folder / "samples_gsm8k_2026-11-26T16-44-25.138571.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for name in ("strict-match", "flexible-extract"):
            for number, row in enumerate(rows):
                resps = [[row[model]["solution"] for model in MODELS]]
                file.write(json.dumps({"doc_id": number, "doc": {"question": row["question"]}, "resps": resps, "filter": name}) + "\n")
    return str(path)


def write_nemo_skills(folder: Path, rows: list[dict[str, dict[str, object]]]) -> str:
    """A file a seed, a row a problem, without names or numbers."""
    for seed, model in enumerate(MODELS):
        with (folder / f"output-rs{seed}.jsonl").open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(json.dumps({"problem": row["question"], "generation": row[model]["solution"], "num_generated_tokens": 9}) + "\n")
    return str(folder / "output-rs*.jsonl")


@pytest.mark.parametrize("write", [write_lm_eval, write_nemo_skills])
def test_published_flags_come_out(
    write: Callable[[Path, list[dict[str, dict[str, object]]]], str],
    shared_data: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = [row for name in ("train", "test") for _, row in read_jsonl(shared_data(f"gsm8k/{name}.jsonl"))]
    problems = list(gsm8k.BENCHMARK.problems(dataset, {**gsm8k.BENCHMARK.options, "grader": "robust", "wrong_key": True}))
    rows = [row for _, row in read_jsonl(shared_data("samples_gsm8k/example_model_solutions.jsonl"))]
    source = write(tmp_path, rows)
    write_prompts(tmp_path / "prompts.jsonl", (prompt for prompt, _ in problems))
    write_references(tmp_path / "references.jsonl", (reference for _, reference in problems))
    (tmp_path / "problems.txt").write_text("".join(f"{prompt.problem_id}\n" for prompt, _ in problems), encoding="utf-8")
    settings = {"source": "recorded", "engine": "recorded", "seed": 0, "samples": [0, len(MODELS)]}
    words = ["--prompts", tmp_path / "prompts.jsonl", "--source", source, "--problems", tmp_path / "problems.txt", "--settings", json.dumps(settings)]
    generate_samples.main([str(word) for word in [*words, "--log", tmp_path / "log", "--output", tmp_path / "samples.parquet"]])
    words = [
        "--samples",
        tmp_path / "samples.parquet",
        "--references",
        tmp_path / "references.jsonl",
        "--grader",
        gsm8k.BENCHMARK.grader,
        "--settings",
        "{}",
    ]
    words += ["--workers", "1", "--log", tmp_path / "log", "--output", tmp_path / "verdicts.parquet"]
    monkeypatch.setattr(sys, "argv", ["verify_samples.py", *map(str, words)])
    verify_samples.main()
    found = {(verdict.problem_id, verdict.sample_index): verdict.outcome == "passed" for verdict in read_verdicts(tmp_path / "verdicts.parquet")}
    expected = {(f"GSM8K/{number}", index): row[model]["is_correct"] for number, row in enumerate(rows) for index, model in enumerate(MODELS)}
    assert found == expected
