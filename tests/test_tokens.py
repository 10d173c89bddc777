import json
from pathlib import Path

from monkeys.records import Sample, write_samples
from monkeys.tokens import count_tokens

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


def test_totals_count_each_prompt_once_and_texts_by_problem(tmp_path: Path) -> None:
    assert count_tokens(write(tmp_path, (SAMPLES, {"engine": "vllm"}))) == {
        "samples": 5,
        "prompt_tokens": 10 + 30,
        "output_tokens": 5 + 5 + 100 + 5 + 1,
        "truncated": 2,
        "distinct": 4,
        "provenance": [{"engine": "vllm"}],
    }


def test_shards_add_up_to_the_same(tmp_path: Path) -> None:
    account = {"engine": "vllm"}
    whole = count_tokens(write(tmp_path, (SAMPLES, account)))
    assert count_tokens(write(tmp_path, (SAMPLES[:2], account), (SAMPLES[2:4], account), (SAMPLES[4:], account))) == whole


def test_each_account_of_what_drew_stands_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    one, two = {"engine": "vllm", "device": "cpu"}, {"engine": "vllm", "device": "gpu"}
    paths = write(tmp_path, (SAMPLES[:1], one), (SAMPLES[1:2], two), (SAMPLES[2:], one))
    assert count_tokens(paths)["provenance"] == [one, two]


def test_tokens_of_recorded_samples_are_unknown(tmp_path: Path) -> None:
    recorded = [Sample("p/0", 0, None, "a"), Sample("p/0", 1, None, "b")]
    totals = count_tokens(write(tmp_path, (recorded, {"engine": "recorded"})))
    assert (totals["prompt_tokens"], totals["output_tokens"], totals["truncated"], totals["distinct"]) == (None, None, 0, 2)
    mixed = count_tokens(write(tmp_path, (recorded, {}), (SAMPLES, {})))
    assert (mixed["samples"], mixed["prompt_tokens"], mixed["output_tokens"]) == (7, None, None)


def test_totals_are_json(tmp_path: Path) -> None:
    totals = count_tokens(write(tmp_path, (SAMPLES, {"engine": "vllm"})))
    assert json.loads(json.dumps(totals)) == totals
