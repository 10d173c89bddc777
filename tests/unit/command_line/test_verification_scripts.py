"""Scripts that verify hand on what they are asked: settings, repeats, the cross-check; and tables hold what the judge said."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import audit_gold
import audit_samples
import reproduce_run
import summarise_audit
import verify_samples
from monkeys.benchmarks import load_benchmark
from monkeys.benchmarks.gsm8k import TEST_ROWS, TRAIN_ROWS
from monkeys.command_line.verification_arguments import read_settings
from monkeys.files import write_json, write_jsonl
from monkeys.graders import Settings
from monkeys.records.reference import Reference, write_references
from monkeys.records.sample import Sample, write_samples
from monkeys.records.verdict import Verdict, read_verdicts, write_verdicts
from monkeys.reporting.manifest import FORMAT
from monkeys.shards import Cut


def call(module: Any, monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, words)])
    module.main()


Asked = list[tuple[str, list[str], Settings]]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Asked]:
    """What a script asks of ``verify``: the grader, the texts, the settings."""

    def watch(module: Any) -> Asked:
        asked: Asked = []
        real = module.verify

        def judge(grader: str, samples: Sequence[Sample], references: Any, settings: Settings, progress: Any) -> list[Verdict]:
            asked.append((grader, [sample.text for sample in samples], settings))
            found: list[Verdict] = real(grader, samples, references, settings, progress)
            return found

        monkeypatch.setattr(module, "verify", judge)
        return asked

    return watch


def files(folder: Path) -> list[object]:
    return ["--log", folder / "log", "--output", folder / "output"]


def test_settings_of_a_grader_lie_over_its_defaults() -> None:
    given = {"cpu_seconds": 7, "memory_mb": 300, "response_format": "chat", "options": {"repeats": 4}}
    arguments = argparse.Namespace(grader="repository_patch", settings=given, workers=5, sandbox="apptainer", image=Path("i.sif"))
    found = read_settings(arguments)
    assert (found.workers, found.cpu_seconds, found.memory_mb, found.response_format, found.sandbox) == (5, 7, 300, "chat", "apptainer")
    assert found.image == Path("i.sif") and (found.options["repeats"], found.options["flaky_repeats"]) == (4, 11)
    assert read_settings(arguments, "numeric_answer", response_format="completion").options == {"repeats": 4}
    assert read_settings(arguments, response_format="completion").response_format == "completion" and given["response_format"] == "chat"


def test_samples_are_verified_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: Callable[[Any], Asked]) -> None:
    samples = [Sample("p", 0, None, "The answer is 5."), Sample("p", 1, None, "The answer is 6."), Sample("q", 0, None, "nothing")]
    write_samples(tmp_path / "s.parquet", samples, {})
    write_references(tmp_path / "r.jsonl", [Reference("p", {"answer": "5"}), Reference("q", {"answer": "6"})])
    asked = watched(verify_samples)
    words = ["--samples", tmp_path / "s.parquet", "--references", tmp_path / "r.jsonl", "--grader", "numeric_answer", "--workers", 4]
    settings = {"cpu_seconds": 7, "memory_mb": 300, "response_format": "chat"}
    call(verify_samples, monkeypatch, *words, "--settings", json.dumps(settings), "--sandbox", "none", "--image", "i.sif", *files(tmp_path))
    assert asked == [("numeric_answer", [sample.text for sample in samples], Settings(4, 7, 300, "chat", sandbox="none", image=Path("i.sif")))]
    found = [(verdict.problem_id, verdict.sample_index, verdict.outcome) for verdict in read_verdicts(tmp_path / "output")]
    assert found == [("p", 0, "passed"), ("p", 1, "failed"), ("q", 0, "no_answer")]


def test_the_first_samples_are_put_to_both_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: Callable[[Any], Asked]) -> None:
    """The paper's reading of GSM8K's answers wants ####, the robust one does not."""
    rows = [{"question": f"q{number}", "answer": "So.\n#### 5"} for number in range(TRAIN_ROWS + TEST_ROWS)]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    benchmark = load_benchmark("gsm8k")
    references = [reference for _, reference in islice(benchmark.problems(rows, {**benchmark.options}), 2)]
    write_references(tmp_path / "r.jsonl", references)
    names = [reference.problem_id for reference in references]
    said = {0: "#### 5", 1: "The answer is 5.", 2: "#### 6"}
    for shard, indices in (("0000-0000", (0, 1)), ("0000-0001", (2, 3))):
        samples = [Sample(name, index, None, said.get(index, "beyond")) for name in names for index in indices]
        write_samples(tmp_path / f"samples/{shard}.parquet", samples, {})
        write_verdicts(tmp_path / f"verdicts/{shard}-0000.parquet", [Verdict(one.problem_id, one.sample_index, "timeout") for one in samples])
    asked = watched(audit_samples)
    other = {"benchmark": "gsm8k", "options": {"grader": "robust"}, "settings": {"cpu_seconds": 9, "response_format": "chat"}}
    words = ["--pair", tmp_path, "--references", tmp_path / "r.jsonl", "--cut", Cut(2, 2, 4, 2).written(), "--first", 3]
    words += ["--repeats", 2, "--other", json.dumps(other)]
    words += ["--other-dataset", tmp_path / "rows.jsonl", "--grader", "gsm8k_answer", "--settings", '{"cpu_seconds": 7}', "--workers", 3]
    call(audit_samples, monkeypatch, *words, *files(tmp_path))
    assert [(len(texts), settings.cpu_seconds, settings.response_format) for _, texts, settings in asked] == [(6, 7, "completion")] * 2 + [
        (6, 9, "chat")
    ]
    assert all(settings.workers == 3 for _, _, settings in asked)
    table = pd.read_csv(tmp_path / "output")
    outcomes = {0: ("passed", "passed"), 1: ("no_answer", "passed"), 2: ("failed", "failed")}
    expected = [
        (name, index, "timeout", outcomes[index][0], outcomes[index][0], outcomes[index][1])
        for first in ((0, 1), (2,))
        for name in names
        for index in first
    ]
    assert list(table.itertuples(index=False, name=None)) == expected
    assert list(table.columns) == ["problem_id", "sample_index", "recorded", "again_1", "again_2", "other"]


def test_wrong_answers_are_read_as_they_are_meant_and_right_ones_are_no_holes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, watched: Callable[[Any], Asked]
) -> None:
    benchmark = load_benchmark("arithmetic")
    problems = [(prompt, reference) for prompt, reference in islice(benchmark.problems([], {"seed": 5}), 2)]
    # The key of the first is a constant that is tried.
    references = [Reference(problems[0][1].problem_id, {"answer": "0"}), problems[1][1]]
    write_references(tmp_path / "r.jsonl", references)
    asked = watched(audit_gold)
    words = ["--benchmark", "arithmetic", "--options", '{"seed": 5}', "--dataset", "--references", tmp_path / "r.jsonl", "--repeats", 2]
    words += ["--grader", "numeric_answer", "--settings", '{"cpu_seconds": 7}', "--workers", 3]
    call(audit_gold, monkeypatch, *words, *files(tmp_path))
    # No solutions are known; then the wrong answers, completions and chats apart.
    assert [settings.response_format for _, _, settings in asked] == ["completion"] * 4 + ["chat"]
    assert {settings.cpu_seconds for _, _, settings in asked} == {7}
    completions, chats = asked[3][1], asked[4][1]
    assert "The answer is 0." in completions and problems[1][0].prompt in completions
    examples = [message["content"] for message in problems[0][0].messages if message["role"] == "assistant"]
    assert chats == examples * 2
    table = pd.read_csv(tmp_path / "output", keep_default_na=False)
    assert len(table) == len(completions) + len(chats) - 1 and not (table["outcome"] == "passed").any()
    assert ("0" in table.loc[table["problem_id"] == references[1].problem_id, "wrong"].tolist()) and (
        "0" not in table.loc[table["problem_id"] == references[0].problem_id, "wrong"].tolist()
    )


def test_audits_are_summed_up_benchmark_by_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = pd.DataFrame({"problem_id": ["1"], "solution": ["0"], "wrong": [""], "repeat": [0], "outcome": ["failed"], "detail": [""]})
    for benchmark, number in (("one", 2), ("two", 3)):
        (tmp_path / benchmark / "m").mkdir(parents=True)
        gold.to_csv(tmp_path / benchmark / "audit_gold.csv", index=False)
        rows = {"problem_id": ["1"] * number, "sample_index": range(number), "recorded": "passed", "again_1": "failed", "other": ""}
        pd.DataFrame(rows).to_csv(tmp_path / benchmark / "m" / "audit.csv", index=False)
    benchmarks = {"one": {"pairs": {"m": "one/m"}, "cross_check": "Another"}, "two": {"pairs": {"m": "two/m"}, "cross_check": None}}
    call(summarise_audit, monkeypatch, "--results", tmp_path, "--benchmarks", json.dumps(benchmarks), "--output", tmp_path / "audit.json")
    found = json.loads((tmp_path / "audit.json").read_text())
    assert {name: (part["cross_check"], part["models"]["m"]["samples"], part["models"]["m"]["changed"]) for name, part in found.items()} == {
        "one": ("Another", 2, 2),
        "two": (None, 3, 3),
    }
    assert found["one"]["gold"]["failing"] == 1 and found["one"]["gold"]["unsolved_problems"] == ["1"]


def test_reproduction_draws_again_under_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    config = {"run": "old", "reuse_samples": True, "seed": 7}
    write_json(tmp_path / "manifest.json", {"format": FORMAT, "config": config, "inputs": {"files": {}}, "code": {"commit": None, "files": {}}})
    for words, name in (((), "old-reproduced"), (("--run", "mine"), "mine")):
        call(reproduce_run, monkeypatch, "--manifest", tmp_path / "manifest.json", *words)
        assert capsys.readouterr().out.strip() == f"results/{name}.yaml"
        text = (tmp_path / f"results/{name}.yaml").read_text(encoding="utf-8")
        assert text == f"run: {name}\nreuse_samples: false\nseed: 7\n"
