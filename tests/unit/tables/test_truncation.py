"""Samples that were cut off at their limit of tokens: counted with their verdicts, and never taken for none where it is not known."""

import json
from pathlib import Path
from typing import Any

import pytest

import count_truncated as script
import show_run
from monkeys.errors import InputError
from monkeys.records.sample import Sample, write_samples
from monkeys.records.verdict import Verdict, write_verdicts
from monkeys.shards import Cut
from monkeys.tables.truncation import count_truncated, truncation_in_words, truncation_warning

ENDS = ["length", "stop", "length", "length", "length", "length", None, "stop"]
OUTCOMES = [
    *(
        ("failed", "SyntaxError: '(' was never closed (<program>, line 3)"),
        ("failed", "SyntaxError: invalid syntax"),
        ("no_answer", "no code in the answer"),
    ),
    *(("passed", ""), ("failed", "IndentationError: expected an indented block"), ("failed", "AssertionError: ")),
    *(("failed", "SyntaxError: invalid syntax"), ("passed", "")),
]


def shard(folder: Path, name: str = "0000-0000", ends: list[str | None] | None = None) -> tuple[Path, Path]:
    samples, verdicts = folder / "samples" / f"{name}.parquet", folder / "verdicts" / f"{name}-0000.parquet"
    reasons = ENDS if ends is None else ends
    write_samples(samples, [Sample("p", index, None, "text", finish_reason=reason) for index, reason in enumerate(reasons)], {})
    write_verdicts(verdicts, [Verdict("p", index, outcome, None, detail) for index, (outcome, detail) in enumerate(OUTCOMES)])
    return samples, verdicts


FOUND = {
    "samples": 8,
    "known": 7,
    "truncated": 5,
    "outcomes": {"passed": 1, "failed": 3, "no_answer": 1},
    "syntax_errors": 2,
}


def test_truncated_samples_are_counted_with_outcomes(tmp_path: Path) -> None:
    samples, verdicts = shard(tmp_path)
    assert count_truncated([samples], [[verdicts]]) == FOUND


def test_shards_add_up(tmp_path: Path) -> None:
    files = [shard(tmp_path, f"0000-{number:04d}") for number in range(3)]
    total = count_truncated([file for file, _ in files], [[file] for _, file in files])
    assert (total["samples"], total["truncated"], total["syntax_errors"], total["outcomes"]["failed"]) == (24, 15, 6, 9)


def test_recorded_samples_have_unknown_truncation(tmp_path: Path) -> None:
    samples, verdicts = shard(tmp_path, ends=[None] * 8)
    found = count_truncated([samples], [[verdicts]])
    assert (found["known"], found["truncated"]) == (0, None)
    assert truncation_in_words(found) == "not known"
    assert truncation_warning(found, "m", "b", None) is None


def test_sample_without_verdict_raises(tmp_path: Path) -> None:
    samples, verdicts = shard(tmp_path)
    write_verdicts(verdicts, [Verdict("p", 0, "passed")])
    with pytest.raises(InputError, match=r"verdicts/0000-0000-0000\.parquet lacks verdicts on samples of .*samples/0000-0000\.parquet"):
        count_truncated([samples], [[verdicts]])


def test_sentence_names_number_of_known_samples() -> None:
    assert truncation_in_words(FOUND) == "5 of 7 (of 1 more it is not known)"
    assert truncation_in_words(FOUND | {"samples": 7}) == "5 of 7"
    assert truncation_in_words(FOUND | {"truncated": 0, "samples": 7}) == "0 of 7"


def test_warning_names_limit_and_outcomes() -> None:
    assert truncation_warning(FOUND, "small", "HumanEval", 160) == (
        "71.4% of the samples of small on HumanEval (5 of 7) were cut off at max_tokens: 160; of these 2 are syntax errors, 1 without an answer, 1 passed. "
        "Raise max_tokens to see whether the limit shapes the curve."
    )
    answers = FOUND | {"syntax_errors": 0, "outcomes": {"failed": 5}}
    assert "(5 of 7) were cut off at max_tokens: 160; of these 0 passed. Raise" in (truncation_warning(answers, "small", "Arithmetic", 160) or "")
    assert "cut off at their limit of tokens" in (truncation_warning(FOUND, "small", "HumanEval", None) or "")


@pytest.mark.parametrize(("truncated", "warned"), [(0, False), (9, False), (10, True), (1000, True)])
def test_few_truncated_samples_give_no_warning(truncated: int, warned: bool) -> None:
    found = FOUND | {"samples": 1000, "known": 1000, "truncated": truncated}
    assert (truncation_warning(found, "m", "b", 9) is not None) == warned


def test_script_writes_truncation(tmp_path: Path) -> None:
    shard(tmp_path)
    cut = Cut(1, 1, 8, 8).written()
    words = ["--pair", tmp_path, "--cut", cut, "--output", tmp_path / "truncated.json"]
    script.main([str(word) for word in words])
    assert json.loads((tmp_path / "truncated.json").read_text(encoding="utf-8")) == FOUND


def test_script_pairs_shards_with_their_verdicts(tmp_path: Path) -> None:
    shard(tmp_path)
    shard(tmp_path, "0000-0001")
    others = [Verdict("p", index, "memory", None, "") for index in range(8)]
    write_verdicts(tmp_path / "verdicts" / "0000-0001-0000.parquet", others)
    cut = Cut(1, 1, 16, 8).written()
    words = ["--pair", tmp_path, "--cut", cut, "--output", tmp_path / "truncated.json"]
    script.main([str(word) for word in words])
    found = json.loads((tmp_path / "truncated.json").read_text(encoding="utf-8"))
    assert (found["samples"], found["truncated"], found["outcomes"]) == (16, 10, FOUND["outcomes"] | {"memory": 5})  # type: ignore[operator]


def test_the_end_of_a_run_has_the_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import report_cases
    import report_pages

    monkeypatch.chdir(tmp_path)
    models = ("large", "small")
    config: dict[str, Any] = report_pages.CONFIG | {
        "run": "demo",
        "scorers": {},
        "selection": {"selectors": []},
        "pairs": [{"benchmark": "humaneval", "model": name, "strategy": "repeated"} for name in models],
    }
    for one in (report_pages.of_its_own()[0], report_cases.pair()):
        folder = tmp_path / "results" / "demo" / "humaneval" / one.model / "repeated"
        folder.mkdir(parents=True)
        one.coverage.to_csv(folder / "coverage.csv", index=False)
        one.counts.to_csv(folder / "counts.csv", index=False)
        unknown = dict.fromkeys(("prompt_tokens", "output_tokens", "flops", "gpu_seconds", "dollars"), float("nan"))
        one.coverage[["k", "pass_at_k", "lower", "upper"]].assign(**unknown).to_csv(folder / "cost.csv", index=False)
        for name in ("tokens", "forecasts", "diversity", "truncated"):
            (folder / f"{name}.json").write_text(json.dumps(getattr(one, name)), encoding="utf-8")
        (folder / "scaling_laws.json").write_text(json.dumps(one.laws), encoding="utf-8")
    for path in (tmp_path / "study.yaml", tmp_path / "results" / "demo" / "config.yaml"):
        path.write_text(json.dumps(config), encoding="utf-8")
    show_run.main(["--configfile", "study.yaml"])
    said = capsys.readouterr().out.splitlines()
    rows = [line.split() for line in said if line.startswith("HumanEval ")]
    assert [row[:4] for row in rows] == [["HumanEval", "large", "3", "35"], ["HumanEval", "small", "3", "30"]]
    laws = [line for line in said if line.startswith("  HumanEval, ")]
    for line, model, law, forecast in zip(laws, models, ("a = -2.250", "a = -7.599"), ("pass@70", "pass@300"), strict=True):
        assert line.startswith(f"  HumanEval, {model}") and law in line and forecast in line and " points at k = " in line
    assert said[-3:] == ["report   results/demo/report.html", "summary  results/demo/summary.csv", "figures  results/demo/figures/"]
    assert len(said) <= 40
    last = next(line for line in said if line.startswith("warning: "))
    assert last.startswith("warning: 7.8% of the samples of small on HumanEval (7 of 90) were cut off at max_tokens: 99")
