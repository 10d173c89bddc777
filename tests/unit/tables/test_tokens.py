import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from project import ROOT

from monkeys.records.sample import Sample, write_samples
from monkeys.shards import Cut
from monkeys.tables.tokens import count_tokens, read_accounts, read_columns, tokens_by_problem

SAMPLES = [
    Sample("p/0", 0, 1, "same", 10, 5, "stop"),
    Sample("p/0", 1, 2, "same", 10, 5, "stop"),
    Sample("p/0", 2, 3, "other", 10, 100, "length"),
    Sample("p/1", 0, 4, "same", 30, 5, "stop"),
    Sample("p/1", 1, 5, "", 30, 1, "length"),
]


def write(folder: Path, *shards: tuple[list[Sample], dict[str, str]]) -> list[Path]:
    paths = [folder / f"{number}.parquet" for number in range(len(shards))]
    for path, (samples, provenance) in zip(paths, shards, strict=True):
        write_samples(path, samples, provenance)
    return paths


def totals_of(paths: list[Path]) -> dict[str, Any]:
    return count_tokens(read_columns(paths))


def test_totals_count_each_prompt_once_and_texts_by_problem(tmp_path: Path) -> None:
    assert totals_of(write(tmp_path, (SAMPLES, {"engine": "vllm"}))) == {
        "samples": 5,
        "prompt_tokens": 10 + 30,
        "output_tokens": 5 + 5 + 100 + 5 + 1,
        "truncated": 2,
        "distinct": 4,
    }


def test_shards_add_up_to_the_same(tmp_path: Path) -> None:
    whole = totals_of(write(tmp_path, (SAMPLES, {})))
    assert totals_of(write(tmp_path, (SAMPLES[:2], {}), (SAMPLES[2:4], {}), (SAMPLES[4:], {}))) == whole


def test_provenance_is_listed_once_in_file_order(tmp_path: Path) -> None:
    one, two = {"engine": "vllm", "device": "cpu"}, {"engine": "vllm", "device": "gpu"}
    paths = write(tmp_path, (SAMPLES[:1], one), (SAMPLES[1:2], two), (SAMPLES[2:], one))
    assert read_accounts(paths) == [one, two]


def test_tokens_of_recorded_samples_are_unknown(tmp_path: Path) -> None:
    recorded = [Sample("p/0", 0, None, "a"), Sample("p/0", 1, None, "b")]
    totals = totals_of(write(tmp_path, (recorded, {"engine": "recorded"})))
    assert (totals["prompt_tokens"], totals["output_tokens"], totals["truncated"], totals["distinct"]) == (None, None, None, 2)
    mixed = totals_of(write(tmp_path, (recorded, {}), (SAMPLES, {})))
    assert (mixed["samples"], mixed["prompt_tokens"], mixed["output_tokens"], mixed["truncated"]) == (7, None, None, 2)


def test_unrecorded_prompt_tokens_are_not_zero(tmp_path: Path) -> None:
    def totals(*samples: Sample) -> tuple[int | None, int | None]:
        found = totals_of(write(tmp_path, (list(samples), {"engine": "recorded"})))
        return found["prompt_tokens"], found["output_tokens"]

    assert totals(Sample("p/0", 0, None, "a", None, 5)) == (None, 5)
    assert totals(Sample("p/0", 0, None, "a", 7, None)) == (None, None)
    # Of a problem one sample's word on the prompt is enough; a problem without any leaves the sum unknown.
    assert totals(Sample("p/0", 0, None, "a", None, 5), Sample("p/0", 1, None, "b", 7, 6)) == (7, 11)
    assert totals(Sample("p/0", 0, None, "a", 7, 5), Sample("p/1", 0, None, "b", None, 6)) == (None, 11)


def test_totals_are_json(tmp_path: Path) -> None:
    totals = totals_of(write(tmp_path, (SAMPLES, {"engine": "vllm"})))
    assert json.loads(json.dumps(totals)) == totals


def test_columns_are_read_unchanged(tmp_path: Path) -> None:
    # More digits than a float has, beside a gap.
    recorded = [Sample("p/1", 7, None, "same"), Sample("p/2", 0, 2**63 - 1, "ünï", 3, 4, "length")]
    columns = read_columns(write(tmp_path, (SAMPLES, {}), (recorded, {})))
    assert columns["problem_id"].tolist() == ["p/0", "p/0", "p/0", "p/1", "p/1", "p/1", "p/2"]
    assert columns["file"].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert columns["sample_index"].tolist() == [0, 1, 2, 0, 1, 7, 0]
    assert columns["seed"].tolist() == [1, 2, 3, 4, 5, -1, 2**63 - 1]
    assert columns["prompt_tokens"].tolist() == [10, 10, 10, 30, 30, -1, 3]
    assert columns["output_tokens"].tolist() == [5, 5, 100, 5, 1, -1, 4]
    assert columns["truncated"].tolist() == [False, False, True, False, True, False, True]
    assert columns["finish_known"].tolist() == [True] * 5 + [False, True]
    texts = columns["text"].tolist()
    assert texts[0] == texts[1] == texts[3] == texts[5] and len(set(texts)) == 4


def test_a_million_samples_take_fifty_bytes_each(tmp_path: Path) -> None:
    samples = [Sample("p/0", index, index, f"text {index}" * 20, 10, 5, "stop") for index in range(20_000)]
    columns = read_columns(write(tmp_path, (samples, {})))
    assert columns.memory_usage(deep=True).sum() < 50 * len(samples)
    assert count_tokens(columns)["distinct"] == 20_000


def test_tokens_of_each_problem_are_summed_with_their_squares(tmp_path: Path) -> None:
    table = tokens_by_problem(read_columns(write(tmp_path, (SAMPLES[3:], {}), (SAMPLES[:3], {}))))
    assert table.to_dict("list") == {
        "problem_id": ["p/1", "p/0"],
        "samples": [2, 3],
        "prompt_tokens": [30, 10],
        "output_tokens": [5 + 1, 5 + 5 + 100],
        "output_tokens_squared": [25 + 1, 25 + 25 + 10_000],
    }


def test_sums_of_squares_are_exact_beyond_the_digits_of_a_float(tmp_path: Path) -> None:
    samples = [Sample("p/0", 0, 1, "a", 1, 2**28 + 1, "stop"), Sample("p/0", 1, 2, "b", 1, 0, "stop")]
    table = tokens_by_problem(read_columns(write(tmp_path, (samples, {}))))
    assert table["output_tokens_squared"].tolist() == [2**56 + 2**29 + 1]


def test_a_problem_with_an_unrecorded_output_has_no_sum_and_the_others_have(tmp_path: Path) -> None:
    silent = [Sample("p/0", 3, None, "x"), Sample("p/2", 0, None, "y"), Sample("p/3", 0, None, "z", None, 0)]
    table = tokens_by_problem(read_columns(write(tmp_path, (SAMPLES, {}), (silent, {}))))
    assert table["samples"].tolist() == [4, 2, 1, 1]
    assert table["prompt_tokens"].tolist() == [10, 30, pd.NA, pd.NA]
    assert table["output_tokens"].tolist() == [pd.NA, 6, pd.NA, 0]
    assert table["output_tokens_squared"].tolist() == [pd.NA, 26, pd.NA, 0]


def test_the_script_writes_the_totals_and_each_problem(tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    silent = [Sample("p/2", 0, None, "x"), Sample("p/2", 1, None, "y")]
    write_samples(folder / "0000-0000.parquet", [*SAMPLES[:2], *SAMPLES[3:], *silent], {"engine": "recorded"})
    cut = Cut(3, 3, 2, 2).written()
    command = [sys.executable, ROOT / "scripts/count_tokens.py", "--pair", tmp_path, "--cut", cut, "--sampling", "null", "--label", "old on tasks"]
    answer = subprocess.run([*command, "--output", tmp_path / "tokens.json"], capture_output=True, text=True, check=False)
    assert answer.returncode == 2 and "--by-problem" in answer.stderr
    subprocess.run([*command, "--output", tmp_path / "tokens.json", "--by-problem", tmp_path / "tokens.csv"], check=True)
    assert json.loads((tmp_path / "tokens.json").read_text())["samples"] == 6
    assert (tmp_path / "tokens.csv").read_text().splitlines() == [
        "problem_id,samples,prompt_tokens,output_tokens,output_tokens_squared",
        "p/0,2,10,10,50",
        "p/1,2,30,6,26",
        "p/2,2,,,",
    ]
