"""The script that scores a shard: what it writes, refuses, and takes over from a run that was killed."""

import json
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import score_samples
from monkeys.files import write_json, write_text
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.sample import Sample, write_samples
from monkeys.records.score import Score, read_scores
from monkeys.scorers import Settings, Task, length

calls: list[list[str]] = []


class Shard:
    """A shard of samples, and what ``score_samples`` needs for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "scores" / "0000-0000.parquet"
        self.prompts = [Prompt(f"p{number}", f"What is {number}?", [], []) for number in range(6)]
        self.samples = [
            Sample(f"p{number}", index, 7, "x" * (number + index), output_tokens=10 * number + index) for index in range(40) for number in range(6)
        ]

    def run(self, kind: str = "length", *words: str, settings: dict[str, Any] | None = None, **options: Any) -> list[Score]:
        write_prompts(self.folder / "prompts.jsonl", self.prompts)
        write_samples(self.folder / "samples.parquet", self.samples, {"engine": "recorded"})
        given = {"scorer": {"kind": kind, **options}, "response_format": "chat", **(settings or {})}
        paths = {"prompts": "prompts.jsonl", "samples": "samples.parquet", "log": "log.txt"}
        arguments = [word for name, path in paths.items() for word in (f"--{name}", str(self.folder / path))]
        score_samples.main(["--name", "mine", *arguments, "--settings", json.dumps(given), "--output", str(self.output), *words])
        return read_scores(self.output)

    def said(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8")


@pytest.fixture
def shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shard]:
    """With the scorer ``counting``, which is ``length`` and notes what it is asked; it ends as if killed at the problem ``FATAL``."""
    module = ModuleType("monkeys.scorers.counting")
    module.__file__ = length.__file__

    class Counting(length.Length):
        def score(self, tasks: Sequence[Task]) -> list[Score]:
            calls.append([task.prompt.problem_id for task in tasks])
            if any(task.prompt.prompt == "FATAL" for task in tasks):
                raise KeyboardInterrupt
            return super().score(tasks)

    vars(module).update(OPTIONS=length.OPTIONS, NEEDS="", check=length.check, open_scorer=lambda settings, _: Counting(settings))
    monkeypatch.setitem(sys.modules, "monkeys.scorers.counting", module)
    monkeypatch.setattr("monkeys.scorers.scorer_names", lambda: ["counting", "length", "log_likelihood", "recorded"])
    before = signal.getsignal(signal.SIGTERM)
    calls.clear()
    yield Shard(tmp_path)
    signal.signal(signal.SIGTERM, before)


def test_scores_stand_problem_by_problem_in_the_order_of_the_samples(shard: Shard) -> None:
    scores = shard.run()
    assert [(one.problem_id, one.sample_index) for one in scores] == [(f"p{number}", index) for number in range(6) for index in range(40)]
    assert all(one.score == -(10 * int(one.problem_id[1:]) + one.sample_index) for one in scores)
    assert "240 samples scored, 0 without a score" in shard.said()
    assert sorted(path.name for path in shard.output.parent.iterdir()) == [".0000-0000.parquet.sha256", "0000-0000.parquet"]


def test_same_inputs_give_the_same_bytes(shard: Shard) -> None:
    shard.run()
    first = shard.output.read_bytes()
    shard.run()
    assert shard.output.read_bytes() == first


def test_killed_run_goes_on_with_the_batches_that_are_missing(shard: Shard) -> None:
    right = shard.prompts
    shard.prompts = [*right[:4], Prompt("p4", "FATAL", [], []), right[5]]
    with pytest.raises(KeyboardInterrupt):
        shard.run("counting")
    assert calls == [["p0", "p1"], ["p2", "p3"], ["p4", "p5"]] and not shard.output.exists()
    calls.clear()
    # The prompt that was fatal is another one now: its problem's scores would be of no use, the others' hold.
    shard.prompts = right
    scores = shard.run("counting")
    assert calls == [["p4", "p5"]] and "going on after 160 scores of an interrupted run" in shard.said()
    assert scores == shard.run()


@pytest.mark.parametrize("change", ["samples", "options"])
def test_journal_of_other_samples_or_options_is_of_no_use(shard: Shard, change: str) -> None:
    right = shard.prompts
    shard.prompts = [*right[:4], Prompt("p4", "FATAL", [], []), right[5]]
    with pytest.raises(KeyboardInterrupt):
        shard.run("counting")
    calls.clear()
    shard.prompts = right
    options = {}
    if change == "samples":
        shard.samples[0] = Sample("p0", 0, 7, "another text", output_tokens=99)
    else:
        options = {"unit": "characters"}
    scores = shard.run("counting", **options)
    assert calls == ([["p0", "p1"], ["p4", "p5"]] if change == "samples" else [["p0", "p1"], ["p2", "p3"], ["p4", "p5"]])
    assert scores == shard.run(**options)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("lenght", {}, "config key scorers.mine.kind: there is no scorer of the kind 'lenght'"),
        ("log_likelihood", {}, "sample 0 of p0 has no cumulative_logprob, which the scorer log_likelihood needs"),
    ],
)
def test_error_is_one_sentence_and_nothing_is_written(
    shard: Shard, capsys: pytest.CaptureFixture[str], kind: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SystemExit):
        shard.run(kind, **options)
    error = capsys.readouterr().err.strip().splitlines()
    assert message in error[-1] and error[-1].count("error:") == 1 and not shard.output.exists()


def test_samples_of_other_problems_are_refused(shard: Shard, capsys: pytest.CaptureFixture[str]) -> None:
    shard.samples.append(Sample("q", 0, 7, "x"))
    with pytest.raises(SystemExit):
        shard.run()
    assert "has a sample of 'q', which is not among the prompts" in capsys.readouterr().err


def test_recorded_scores_are_checked_against_the_study(shard: Shard, capsys: pytest.CaptureFixture[str]) -> None:
    path, problems = shard.folder / "scores.jsonl", shard.folder / "problems.txt"
    rows = [{"problem_id": one.problem_id, "sample_index": one.sample_index, "score": 0.5} for one in shard.samples]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    write_text(problems, "".join(f"p{number}\n" for number in range(6)))
    options = {"files": {"some": {"model": str(path)}}}
    words = ("--file", str(path), "--problems", str(problems))
    assert {one.score for one in shard.run("recorded", *words, settings={"total": 40}, **options)} == {0.5}
    with pytest.raises(SystemExit):
        shard.run("recorded", *words, settings={"total": 39}, **options)
    assert "has a score of sample 39 of p0, but the study has samples 0 to 38 of each problem" in capsys.readouterr().err


def test_damaged_weights_of_a_scorer_are_refused_before_its_model_is_loaded(
    shard: Shard, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = shard.folder / "weights"
    weights.mkdir()
    for name in ("config.json", "model.safetensors"):
        (weights / name).write_bytes(b"{}")
    manifest = shard.folder / "weights.json"
    write_json(manifest, {"source": "folder:x", "folder": str(weights), "files": {"config.json": "0" * 64, "model.safetensors": "0" * 64}})
    monkeypatch.setattr("monkeys.scorers.scorer_names", lambda: ["yes_no"])
    with pytest.raises(SystemExit):
        shard.run("yes_no", "--weights", str(manifest), weights=str(weights))
    assert f"the weights file {weights / 'config.json'} is not what it was when {manifest} was written" in capsys.readouterr().err


def test_settings_hold_no_reference(shard: Shard) -> None:
    """What a scorer is given has no field for one."""
    assert not {name for name in (*Settings.__dataclass_fields__, *Task.__dataclass_fields__) if "reference" in name or "verdict" in name}


def test_scores_of_other_weights_or_of_another_file_are_not_gone_on_with(tmp_path: Path) -> None:
    """All that decides on a score has a part in the name under which an interrupted run's scores are found."""

    def key(weights: str, content: str, **answers: str) -> str:
        file = tmp_path / "scores.jsonl"
        file.write_text(content, encoding="utf-8")
        settings = Settings({}, manifest={"files": {"model.safetensors": weights}}, answers=answers)
        return score_samples.recipe_key(settings, str(length.__file__), Namespace(file=file))

    keys = [key("a", "one"), key("b", "one"), key("a", "two"), key("a", "one", problem="name")]
    assert len(set(keys)) == 4 and keys[0] == key("a", "one")
