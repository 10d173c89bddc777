"""The alarm: each bug sets it off, honest samples never do."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from project import ROOT
from scipy.stats import binom
from study_fixtures import new_study

import count_tokens
from monkeys.errors import InputError
from monkeys.records.sample import Sample, write_samples
from monkeys.seeds import sample_seed
from monkeys.shards import Cut
from monkeys.tables.duplicates import check_duplicates, log_rarity

Texts = NDArray[np.uint64]
"""Texts of shape (problems, samples), as numbers."""
HOT = {"temperature": 0.8, "max_tokens": 512}


def study(texts: Texts, size: int, block: int = 64, tokens: int = 100) -> tuple[pd.DataFrame, list[Path]]:
    """Columns of samples cut into rounds of ``size``, and their files."""
    problems, samples = texts.shape
    rounds = -(-samples // size)
    problem, index = np.repeat(np.arange(problems), samples), np.tile(np.arange(samples), problems)
    names = pd.Index([f"p/{number}" for number in range(problems)])
    columns = {
        "problem_id": pd.Categorical.from_codes(problem, names),
        "file": problem // block * rounds + index // size,
        "sample_index": index,
        "seed": np.random.default_rng(0).permutation(problem.size),
        "output_tokens": tokens,
        "text": texts.ravel(),
    }
    return pd.DataFrame(columns), [Path(f"{a:04d}-{b:04d}.parquet") for a in range(-(-problems // block)) for b in range(rounds)]


def alarm(texts: Texts, size: int, sampling: dict[str, Any] | None = HOT, **how: int) -> str:
    """What the alarm says, nothing where it is silent."""
    try:
        check_duplicates(*study(texts, size, **how), sampling, "small on tasks")
    except InputError as error:
        return str(error)
    return ""


def distinct(problems: int, samples: int) -> Texts:
    return np.arange(problems * samples, dtype=np.uint64).reshape(problems, samples)


def repeating(kind: str, problems: int, samples: int, seed: int = 0) -> Texts:
    """Independent draws that repeat, as short answers do."""
    random = np.random.default_rng(seed)
    shape = (problems, samples)
    drawn = {
        "few answers": random.integers(0, 20, shape),
        "one answer is nine tenths": np.where(random.random(shape) < 0.9, 0, random.integers(1, 1000, shape)),
        "a long tail": np.minimum(random.zipf(1.3, shape), 10**9),
        "some problems are sure, some are not": np.minimum(random.zipf(np.linspace(1.05, 4, problems)[:, None], shape), 10**9),
        "as many texts as samples": random.integers(0, samples, shape),
    }
    return drawn[kind].astype(np.uint64)


KINDS = ("few answers", "one answer is nine tenths", "a long tail", "some problems are sure, some are not", "as many texts as samples")


def with_copy(texts: Texts, size: int, source: int, target: int, order: slice = slice(None)) -> Texts:
    """Round ``target`` holds the texts of round ``source``."""
    copied = texts.copy()
    copied[:, target * size : (target + 1) * size] = texts[:, source * size : (source + 1) * size][:, order]
    return copied


# Honest samples


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("problems", "samples", "size"), [(1, 20, 10), (3, 200, 100), (8, 16, 2), (20, 100, 10), (40, 40, 7), (164, 10, 5), (164, 4, 1)]
)
def test_repeating_answers_are_no_alarm(kind: str, problems: int, samples: int, size: int) -> None:
    for seed in range(3):
        assert not alarm(repeating(kind, problems, samples, seed), size)
        assert not alarm(repeating(kind, problems, samples, seed), size, sampling=None)


@pytest.mark.parametrize(
    "sampling", [{"temperature": 0}, {"temperature": 0.1}, {"temperature": 1, "top_k": 1}, {"temperature": 1, "top_p": 0.1}, None]
)
def test_greedy_samples_are_no_alarm(sampling: dict[str, Any] | None) -> None:
    assert not alarm(np.zeros((100, 20), dtype=np.uint64), 5, sampling)


def test_rounding_that_repeats_with_the_batch_is_no_alarm_at_temperature_0() -> None:
    texts = with_copy(np.where(np.arange(20) % 10 == 3, 1, 0).astype(np.uint64) * np.ones((100, 1), dtype=np.uint64), 10, 0, 1)
    assert not alarm(texts, 10, {"temperature": 0})


@pytest.mark.parametrize(
    ("texts", "size"), [(distinct(50, 1), 1), (distinct(50, 40), 100), (distinct(1, 2), 1), (np.zeros((100, 2), dtype=np.uint64), 1)]
)
def test_one_round_or_one_sample_a_round_is_no_alarm(texts: Texts, size: int) -> None:
    assert not alarm(texts, size, sampling=None)
    assert not alarm(texts, size, tokens=10)


def test_short_sure_answers_are_no_alarm() -> None:
    assert not alarm(np.zeros((100, 20), dtype=np.uint64), 5, tokens=8)


def test_a_round_that_begins_with_the_likeliest_text_is_no_alarm() -> None:
    texts = distinct(100, 40)
    texts[:, ::10] = texts[:, :1]
    assert not alarm(texts, 10)
    texts = distinct(100, 20)
    texts[:, 10] = texts[:, 0]
    assert not alarm(texts, 10)
    assert not alarm(texts, 20)


def test_sorted_samples_are_no_alarm() -> None:
    for kind in KINDS:
        texts = np.sort(repeating(kind, 50, 60), axis=1)
        assert not alarm(texts, 60, sampling=None)
        assert not alarm(texts, 20, sampling=None)


def test_a_tiny_overlap_is_no_alarm() -> None:
    texts = distinct(100, 40)
    texts[:3, 10:20] = texts[:3, :10]
    assert not alarm(texts, 10)


# Bugs


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
@pytest.mark.parametrize("kind", ["distinct", *KINDS])
def test_a_round_drawn_with_the_seeds_of_another(kind: str, order: slice) -> None:
    texts = distinct(130, 100) if kind == "distinct" else repeating(kind, 130, 100)
    assert not alarm(texts, 20)
    said = alarm(with_copy(texts, 20, 1, 3, order), 20)
    assert re.match(r"small on tasks: 000\d-0001\.parquet.* and 000\d-0003\.parquet.* hold the same samples: (\d+) of \1 stand in both", said)
    assert said.endswith("delete both and run again; if it comes again, the engine does not heed seeds")


def test_the_sentence_has_the_numbers() -> None:
    texts = with_copy(distinct(10, 60), 20, 0, 2)
    texts[:, 1] = texts[:, 0]
    texts[:, 21] = texts[:, 20]
    assert alarm(texts, 20) == (
        "small on tasks: 0000-0000.parquet and 0000-0002.parquet hold the same samples: 190 of 200 stand in both, and 200 pairs across the two have the same"
        " text, where about 11 were expected from how often texts repeat within each; delete both and run again; if it comes again, the engine does not"
        " heed seeds"
    )


def test_one_block_is_enough() -> None:
    texts = distinct(96, 40)
    texts[32:64, 30:] = texts[32:64, 10:20]
    assert "0001-0001.parquet and 0001-0003.parquet hold the same samples: 320 of 320" in alarm(texts, 10, block=32)


def test_many_small_blocks_count_together() -> None:
    texts = with_copy(distinct(164, 15), 5, 0, 2)
    assert "0000-0000.parquet with the files of its round and 0000-0002.parquet with the files of its round" in alarm(texts, 5, block=1)


def test_a_copy_may_differ_in_two_fifths() -> None:
    """Rounding in a batch makes long texts part ways though their seeds are the same."""
    texts = repeating("a long tail", 164, 100)
    copied = with_copy(texts, 20, 0, 3)
    kept = np.random.default_rng(0).random(texts.shape) < 0.4
    assert "0000-0000.parquet and 0000-0003.parquet" in alarm(np.where(kept, texts, copied), 20, block=164)


def test_a_round_cut_short_repeats_another() -> None:
    texts = distinct(40, 50)
    texts[:, 40:] = texts[:, 5:15]
    assert "hold the same samples: 400 of 400" in alarm(texts, 20)


def test_all_rounds_are_the_same() -> None:
    said = alarm(np.tile(distinct(40, 10), (1, 20)), 10)
    assert "hold the same samples (so do 189 more pairs): 400 of 400 stand in both" in said
    assert "delete the samples and run again" in said


@pytest.mark.parametrize("times", [2, 3])
def test_duplicate_recorded_samples_within_a_round(times: int) -> None:
    for texts in (distinct(20, 12), repeating("a long tail", 100, 100)):
        said = alarm(np.tile(texts, (1, times)), 1000, sampling=None)
        assert re.search(
            rf"{(times - 1) * texts.size} of {times * texts.size} samples have the same text as the sample {texts.shape[1]} places before", said
        )
        assert said.endswith("take the doubles out of the recorded samples")


def test_duplicated_part_of_recorded_samples_is_found_across_rounds() -> None:
    texts = distinct(50, 100)
    part = np.concatenate([texts, texts[:, :60]], axis=1)
    assert "3000 of 8000 samples have the same text as the sample 100 places before" in alarm(part, 1000, sampling=None)
    assert all(alarm(part, size, sampling=None) for size in (20, 33, 70, 150))


def test_a_seed_twice() -> None:
    samples, files = study(distinct(10, 20), 5)
    samples.loc[(samples["problem_id"] == "p/3") & (samples["sample_index"] == 17), "seed"] = samples["seed"].iloc[62]
    with pytest.raises(
        InputError, match=rf"2 of 200 samples have the same seed .* samples 2 and 17 of p/3 \(seed {samples['seed'].iloc[62]}\)"
    ) as caught:
        check_duplicates(samples, files, {"temperature": 0}, "small on tasks")
    assert str(caught.value).endswith("delete 0000-0000.parquet and 0000-0003.parquet and run again")


def test_seeds_of_another_problem_and_of_recorded_samples_may_be_the_same() -> None:
    samples, files = study(distinct(10, 20), 5)
    samples["seed"] = samples["sample_index"]
    check_duplicates(samples, files, HOT, "small on tasks")
    samples["seed"] = 42
    check_duplicates(samples, files, None, "small on tasks")
    samples["seed"] = -1
    check_duplicates(samples, files, HOT, "small on tasks")


def test_seeds_that_change_nothing() -> None:
    texts = np.zeros((20, 30), dtype=np.uint64)
    texts[3, 7] = 1
    said = alarm(texts, 10)
    assert re.search(
        r"at temperature 0\.8, on 20 problems whose samples have 50 tokens or more, 99\.\d % of the pairs of samples have the same text", said
    )
    assert not alarm(texts[:7], 10)
    assert not alarm(texts[:, :3], 10)
    assert not alarm(texts, 10, {"temperature": 0.3})
    texts[:4] = distinct(4, 30)
    assert not alarm(texts, 10)


# The bound


def test_the_bound_is_above_the_chance() -> None:
    hits = np.arange(21)
    for chance in (0.05, 0.5, 0.6, 0.9):
        assert (np.exp(-log_rarity(hits, 20, chance)) >= binom.sf(hits - 1, 20, chance)).all()
    assert log_rarity([0, 5, 5, 20], [0, 10, 5, 20], [0.5, 0.5, 1, 0.5]) == pytest.approx([0, 0, 0, 20 * np.log(2)])


# Real samples


def numbered(rows: list[list[str]]) -> Texts:
    codes, _ = pd.factorize(np.array(rows, dtype=object).ravel())
    return codes.astype(np.uint64).reshape(len(rows), -1)


def real(shared_data: Callable[[str], Path], name: str) -> Texts:
    path, key = {
        "humaneval": ("samples_humaneval/codegen16B_t0.8_n100.jsonl", "samples"),
        "math": ("samples_math/qwen_math_cot_100x8_with_rm_scores.jsonl", "code"),
        "gsm8k": ("samples_gsm8k/example_model_solutions.jsonl", None),
    }[name]
    rows = [json.loads(line) for line in shared_data(path).read_text().splitlines()]
    return numbered([row[key] if key else [model["solution"] for model in row.values() if isinstance(model, dict)] for row in rows])


@pytest.mark.parametrize(("name", "sizes"), [("humaneval", (1, 2, 3, 5, 10, 25, 50, 100)), ("math", (1, 2, 3, 4, 8)), ("gsm8k", (1, 2, 4))])
def test_real_samples_alarm_only_with_a_copied_round(shared_data: Callable[[str], Path], name: str, sizes: tuple[int, ...]) -> None:
    texts = real(shared_data, name)
    samples = texts.shape[1]
    for size in sizes:
        for block in (20, 64, 2000):
            assert not alarm(texts, size, block=block)
            assert not alarm(texts, size, None, block=block)
        if 2 < size <= samples // 2:
            for order in (slice(None), slice(None, None, -1)):
                assert "hold the same samples" in alarm(with_copy(texts, size, 0, samples // size - 1, order), size)
    assert "hold the same samples" in alarm(np.concatenate([texts, texts], axis=1), samples, None)
    assert f"the sample {samples} places before" in alarm(np.concatenate([texts, texts], axis=1), 2 * samples, None)


# From files


def write_study(folder: Path, texts: Texts, size: int) -> list[Path]:
    paths = []
    for first in range(0, texts.shape[1], size):
        paths.append(folder / "samples" / f"0000-{first // size:04d}.parquet")
        rows = [
            Sample(f"p/{problem}", index, sample_seed(0, f"p/{problem}", index), f"text {texts[problem, index]}", 10, 100, "stop")
            for problem in range(len(texts))
            for index in range(first, min(first + size, texts.shape[1]))
        ]
        write_samples(paths[-1], rows, {"engine": "vllm"})
    return paths


def count(paths: list[Path], output: Path) -> subprocess.CompletedProcess[str]:
    cut = Cut(20, 20, 10 * len(paths), 10).written()
    command = [sys.executable, ROOT / "scripts/count_tokens.py", "--sampling", json.dumps(HOT), "--label", "small on tasks", "--cut", cut]
    return subprocess.run(
        [*command, "--pair", paths[0].parents[1], "--output", output, "--by-problem", output.with_suffix(".csv")],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_stops_with_the_sentence_and_writes_nothing(tmp_path: Path) -> None:
    texts = distinct(20, 30)
    answer = count(write_study(tmp_path / "honest", texts, 10), tmp_path / "tokens.json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads((tmp_path / "tokens.json").read_text())["distinct"] == 600
    one, _, three = paths = write_study(tmp_path / "copied", with_copy(texts, 10, 0, 2), 10)
    answer = count(paths, tmp_path / "none.json")
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"error: small on tasks: {one} and {three} hold the same samples: 200 of 200") and answer.stderr.count("\n") == 1
    assert not (tmp_path / "none.json").exists()


@pytest.mark.parametrize(("sampling", "said"), [(HOT, "20 of 20 samples have the same seed as another of their problem"), (None, None)])
def test_the_script_compares_seeds_where_it_is_given_the_sampling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sampling: dict[str, Any] | None, said: str | None
) -> None:
    """Samples of nobody's have any seeds."""
    samples = [Sample(f"p/{problem}", index, problem, f"text {problem} {index}", 10, 100, "stop") for problem in range(2) for index in range(10)]
    write_samples(tmp_path / "samples" / "0000-0000.parquet", samples, {"engine": "some"})
    words = ["--pair", tmp_path, "--cut", Cut(2, 2, 10, 10).written(), "--sampling", json.dumps(sampling), "--label", "small on tasks"]
    words += ["--output", tmp_path / "tokens.json", "--by-problem", tmp_path / "tokens.csv"]
    monkeypatch.setattr(sys, "argv", ["count_tokens", *map(str, words)])
    if said is None:
        count_tokens.main()
        assert json.loads((tmp_path / "tokens.json").read_text())["provenance"] == [{"engine": "some"}]
        return
    with pytest.raises(InputError, match=f"^small on tasks: {said}"):
        count_tokens.main()


def test_study_of_duplicate_recorded_samples_stops(tmp_path: Path) -> None:
    project = new_study(tmp_path / "project")
    lines = [json.dumps({"task_id": f"HumanEval/{problem}", "completion": f"    return {index}\n"}) for problem in range(4) for index in range(20)]
    (project.folder / "samples.jsonl").write_text("\n".join(lines + lines) + "\n")

    def change(config: dict[str, Any]) -> None:
        config["models"] = {"old": {"engine": "recorded", "samples": {"humaneval": "samples.jsonl"}}}
        del config["benchmarks"]["arithmetic"]
        config["benchmarks"]["humaneval"].update(samples=40, shard={"problems": 4, "samples": 20})

    project.configure(change)
    answer = project.snakemake("results/study/humaneval/old/repeated/tokens.json")
    assert answer.returncode != 0
    assert re.search(
        r"error: old on humaneval: \S+/0000-0000\.parquet and \S+/0000-0001\.parquet hold the same samples: 80 of 80", answer.stdout + answer.stderr
    )
    project.configure(lambda config: config["benchmarks"]["humaneval"].update(samples=20))
    project.run("results/study/humaneval/old/repeated/tokens.json")
    assert json.loads((project.folder / "results/study/humaneval/old/repeated/tokens.json").read_text())["distinct"] == 80
