"""Answers of a file, as the samples of one round."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from monkeys.records.prompt import Prompt
from monkeys.records.sample import read_samples
from monkeys.sampling.job import ShardJob
from monkeys.sampling.votes import make_shard


def test_a_later_round_has_the_later_answers(tmp_path: Path) -> None:
    """Of five answers, the round of the samples 2 and 3 has the third and the fourth, under their own numbers."""
    path, output = tmp_path / "rows.jsonl", tmp_path / "0000.parquet"
    path.write_text(json.dumps({"name": "p", "answers": ["a", "b", "c", "d", "e"]}) + "\n", encoding="utf-8")
    settings = {"samples": [2, 4], "columns": {"problem": "name", "answers": "answers"}}
    job = SimpleNamespace(
        source=[path], settings=settings, prompts=[Prompt("p", "", [], [])], output=output, progress=SimpleNamespace(say=lambda _: None)
    )
    make_shard(cast(ShardJob, job))
    assert [(sample.sample_index, sample.text) for sample in read_samples(output)] == [(2, "c"), (3, "d")]
