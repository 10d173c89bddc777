"""How a study is laid out: pairs with strategies, and the cut of their samples and verdicts into jobs."""

from pathlib import Path
from typing import Any

import pytest

from monkeys.extensions import VARIABLE
from monkeys.shards import Cut
from monkeys.study.catalogue import RESULTS, files, manifest_files
from monkeys.study.layout import Layout, Pair


def config(**changes: Any) -> dict[str, Any]:
    models = {
        "small": {"engine": "vllm", "draws_per_job": None, "family": "greek"},
        "large": {"engine": "vllm", "draws_per_job": 8},
        "old": {"engine": "counts", "draws_per_job": None, "family": "greek"},
    }
    pairs = [("small", "one", "repeated"), ("small", "one", "hot"), ("large", "one", "repeated"), ("old", "two", "repeated")]
    return {
        "models": models,
        "benchmarks": {
            "one": {"problems": 10, "samples": 9, "shard": {"problems": 4, "samples": 5}},
            "two": {"problems": 3, "samples": "all", "shard": {"problems": 4, "samples": 5}},
        },
        "pairs": [{"model": model, "benchmark": benchmark, "strategy": strategy} for model, benchmark, strategy in pairs],
        "verification": {"samples_per_job": None} | changes,
    }


def test_shards_are_named_by_block_and_round() -> None:
    cut = Cut(problems=10, block=4, samples=9, round=5)
    assert cut.blocks() == ["0000", "0001", "0002"] and cut.rounds() == ["0000", "0001"]
    assert cut.shards() == [f"{block}-{round}" for block in cut.blocks() for round in cut.rounds()]
    assert [cut.sample_range(round) for round in cut.rounds()] == [(0, 5), (5, 9)]
    assert cut.rounds(first=5) == ["0000"] and cut.rounds(first=6) == cut.rounds(first=99) == cut.rounds()


def test_parts_cover_each_row_of_a_shard_once() -> None:
    cut = Cut(problems=10, block=4, samples=9, round=5, part=7)
    for block, problems in (("0000", 4), ("0002", 2)):
        for round, samples in (("0000", 5), ("0001", 4)):
            rows = list(range(problems * samples))
            assert [row for part in cut.parts_of(block, round) for row in rows[cut.rows(part)]] == rows
    assert list(cut.parts())[:4] == ["0000-0000-0000", "0000-0000-0001", "0000-0000-0002", "0000-0001-0000"]


def test_samples_without_a_number_are_one_round_and_one_part() -> None:
    cut = Cut(problems=10, block=4)
    assert cut.shards() == ["0000-0000", "0001-0000", "0002-0000"] and cut.sample_range("0000") == (0, None)
    assert list(cut.parts()) == [f"{shard}-0000" for shard in cut.shards()] and cut.rows("0000") == slice(None)


def test_a_cut_is_read_as_it_was_written() -> None:
    for cut in (Cut(10, 4), Cut(10, 4, 9, 5, 7)):
        assert Cut.read(cut.written()) == cut


def test_draws_per_job_of_a_model_set_its_rounds() -> None:
    layout = Layout(config())
    small, _, large, old = layout.pairs
    assert layout.cut(small) == Cut(10, 4, 9, 5) and layout.cut(large) == Cut(10, 4, 9, 2) and layout.cut(old) == Cut(3, 4)


@pytest.mark.parametrize(("size", "part"), [(None, None), (6, 6)])
def test_verification_jobs_have_a_size_of_their_own(size: int | None, part: int | None) -> None:
    layout = Layout(config(samples_per_job=size))
    assert {layout.cut(pair).part for pair in layout.pairs_of(sampled=True)} == {part}
    drawn = files(layout, "samples", "one")
    assert drawn == files(Layout(config()), "samples", "one")
    assert len(files(layout, "verdicts", "one")) == (len(drawn) if size is None else 18 + 18 + 23)


def test_a_strategy_is_part_of_paths_and_of_labels_that_are_not_usual() -> None:
    layout = Layout(config())
    assert layout.labels("one") == ["small", "small (hot)", "large"]
    assert files(layout, "counts", "one") == [f"one/{name}/counts.csv" for name in ("small/repeated", "small/hot", "large/repeated")]


def test_strategies_of_one_model_are_relatives_of_its_family() -> None:
    layout = Layout(config())
    assert layout.related("one") == {Pair("one", "small", "repeated"): "greek", Pair("one", "small", "hot"): "greek"} and layout.related("two") == {}


def test_counts_alone_have_neither_prompts_nor_samples() -> None:
    layout = Layout(config())
    assert layout.sampled_benchmarks == ["one"] and layout.benchmarks == ["one", "two"]
    for name in ("prompts", "samples", "verdicts", "tokens", "diversity"):
        assert files(layout, name, "one") and not files(layout, name, "two")


def test_each_result_of_a_study_has_a_path_of_its_own() -> None:
    layout = Layout(config())
    paths = [path for name in RESULTS for path in files(layout, name)]
    assert len(paths) == len(set(paths)) and set(manifest_files(layout)) < set(paths)


def test_selectors_are_those_whose_scorer_rates_the_samples() -> None:
    study = config()
    study["models"]["small"]["engine"] = "recorded"
    study["scorers"] = {
        "likelihood": {"kind": "log_likelihood", "benchmarks": None},
        "given": {"kind": "recorded", "benchmarks": None, "files": {"one": {"small": "s.csv"}}},
        "elsewhere": {"kind": "length", "benchmarks": ["two"]},
    }
    study["selection"] = {"selectors": [{"best_of": "given"}, {"best_of": "elsewhere"}]}
    layout = Layout(study)
    small, _, large, old = layout.pairs
    assert layout.scorers(small) == ["likelihood", "given"] and layout.scorers(large) == ["likelihood"] and layout.scorers(old) == []
    assert layout.selectors(small) == [{"best_of": "given"}] and layout.selectors(large) == layout.selectors(old) == []
    # Nothing is chosen for a pair without a selector, and a figure that shows all pairs does not exist.
    assert [path for path in files(layout, "selection", "one") if "large" in path] == [] and layout.facts("one").selectors == 0
    study["selection"] = {"selectors": ["majority", {"best_of": "given"}]}
    assert Layout(study).facts("one").selectors == 1 and files(Layout(study), "selection", "two") == []


def test_scorer_stands_behind_a_selector_of_an_extension_wherever_that_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "selectors").mkdir()
    (tmp_path / "selectors" / "own.py").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    study = config()
    study["scorers"] = {"likelihood": {"kind": "log_likelihood", "benchmarks": None}}
    study["selection"] = {"selectors": [{"aggregate": "last", "own": "likelihood"}, {"aggregate": "last", "own": "elsewhere"}]}
    layout = Layout(study)
    assert layout.selectors(layout.pairs[0]) == [{"aggregate": "last", "own": "likelihood"}]


def test_strategies_are_compared_where_there_is_a_choice_and_the_usual_one_judges() -> None:
    study = config()
    study["selection"] = {"selectors": ["majority"]}
    # The usual strategy is not the first of the configuration.
    study["pairs"] = [study["pairs"][1], study["pairs"][0], *study["pairs"][2:]]
    small, hot, large = (Pair("one", *names) for names in (("small", "repeated"), ("small", "hot"), ("large", "repeated")))
    layout = Layout(study)
    assert layout.compared("one") == {"small": [small, hot]} and layout.compared("two") == {}
    assert [layout.judges(pair) for pair in (small, hot, large)] == [True, False, False]
    study["selection"]["selectors"] = ["majority", {"best_of": "likelihood"}]
    study["scorers"] = {"likelihood": {"kind": "log_likelihood", "benchmarks": None}}
    assert Layout(study).compared("one") == {"small": [small, hot], "large": [large]}


def test_a_model_draws_as_much_in_a_job_as_there_are_problems() -> None:
    study = config()
    study["benchmarks"]["one"]["problems"] = 2
    assert Layout(study).cut(Pair("one", "large", "repeated")) == Cut(2, 4, 9, 4), "eight draws are four of each of two problems"
