"""Recorded answers of a chat model that reasons, through the whole chain."""

import csv
import json
from pathlib import Path

import pytest
from study_fixtures import humaneval_rows, recorded_study

from monkeys.records.verdict import read_verdicts

F = "`" * 3


def answers(right: str, wrong: str) -> list[str]:
    """Twelve right answers to a problem, and a text for each way in which reasoning may not end."""
    good, bad = f"{F}python\n{right}{F}\n", f"{F}python\n{wrong}{F}\n"
    draft = f"Try:\n{bad}No.\n"
    return [
        good,
        f"<think>\n{draft}</think>\n{good}",
        f"{draft}</think>\n{good}",
        f"<THINK>\n{draft}</THINK>\n{good}",
        f"[THINK]{draft}[/THINK]{good}",
        f"<think>\n{draft}</think>\n{bad}<think>\n{draft}</think>\n{good}",
        f"<|channel|>analysis<|message|>{draft}<|end|><|start|>assistant<|channel|>final<|message|>{good}<|return|>",
        f"◁think▷{draft}◁/think▷{good}",
        f"{bad}\nThat is wrong. Corrected:\n\n{good}",
        "".join(f"   {line}\n" for line in f"1. Do this:\n{good}".splitlines()).lstrip(),
        f"<think>\n{draft}</think>\nSure:\n\n{right}\nIt's done.\n",
        f"<think>\n{draft}</think>\nAnswer: {F}python\nfrom __future__ import annotations\n{right}{F}",
    ]


@pytest.mark.full
def test_right_answers_behind_drafts_count_twelve_of_twelve(tmp_path: Path) -> None:
    project = recorded_study(tmp_path / "project")
    row = humaneval_rows()[0]
    right = f"{row['prompt']}{row['canonical_solution']}"
    wrong = f"{row['prompt']}    return None\n"
    texts = {row["task_id"]: answers(right, wrong)}
    texts[humaneval_rows()[1]["task_id"]] = [f"<think>\n{F}python\n{right}{F}\n"] * 6 + [f"<think>\n{wrong}</think>\n \n"] * 6
    lines = [json.dumps({"task_id": name, "completion": text}) for name, of_problem in texts.items() for text in of_problem]
    (project.folder / "samples.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def change(config: dict) -> None:
        config["models"]["canonical"]["response_format"] = "chat"
        config["benchmarks"]["humaneval"].update(problems=2, samples=12, shard={"problems": 2, "samples": 12})

    project.configure(change)
    folder = project.folder / "results/study/humaneval/canonical/repeated"
    project.run("results/study/humaneval/canonical/repeated/coverage.csv")
    verdicts = read_verdicts(folder / "verdicts/0000-0000-0000.parquet")
    assert [verdict.outcome for verdict in verdicts] == ["passed"] * 12 + ["no_answer"] * 12
    with (folder / "coverage.csv").open(encoding="utf-8") as handle:
        assert {float(line["pass_at_k"]) for line in csv.DictReader(handle)} == {0.5}

    # What opens and ends reasoning is the model's; with marks of another one, drafts are part of the answer.
    project.configure(lambda config: config["models"]["canonical"].update(reasoning_marks=[["<plan>", "</plan>"]]))
    project.run("results/study/humaneval/canonical/repeated/coverage.csv")
    assert read_verdicts(folder / "verdicts/0000-0000-0000.parquet") != verdicts
