"""From verdicts and scores in files to the tables and the figure of selection."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import forecast_votes
import select_answers
from monkeys.errors import InputError
from monkeys.figures import FORMATS, Style
from monkeys.figures.selection import TEXT, draw_selection
from monkeys.figures.votes import draw_votes
from monkeys.records.verdict import Verdict, write_verdicts
from monkeys.statistics.coverage import pass_at_k
from monkeys.statistics.selection import best_of_k, majority_vote

PROBLEMS, SAMPLES = 12, 10
SELECTORS: list[Any] = ["majority", {"best_of": "prm"}, {"weighted": "prm", "link": "sigmoid"}]
STYLE = Style(["#0072B2", "#D55E00", "#009E73"], 4.8, 3.4)


def drawn(process: bool = True, samples: int = SAMPLES) -> list[Verdict]:
    random = np.random.default_rng(0)
    found = []
    for number in range(PROBLEMS):
        for index in range(samples):
            answer = random.choice(["7", "8", "9", ""], p=[0.45, 0.25, 0.2, 0.1])
            right = answer == ("7" if number % 3 else "8")
            outcome = "passed" if right else "failed" if answer else "no_answer"
            steps = bool(right and random.random() < 0.6) if process else None
            found.append(Verdict(f"p/{number}", index, outcome, answer or None, "", answer or None, steps))
    return found


def write_scores(path: Path, rows: list[tuple[str, int, float | None]], tokens: int = 5) -> None:
    names, indices, scores = zip(*rows, strict=True)
    columns = {"problem_id": names, "sample_index": indices, "score": pa.array(scores, pa.float64()), "scored_tokens": [tokens] * len(rows)}
    pq.write_table(pa.table(columns), path)


def scored(verdicts: list[Verdict]) -> list[tuple[str, int, float | None]]:
    random = np.random.default_rng(1)
    return [(one.problem_id, one.sample_index, float(random.normal(one.outcome == "passed"))) for one in verdicts]


def run(
    tmp_path: Path, selectors: list[Any], *more: Any, shards: int = 2, verdicts: list[Verdict] | None = None, scores: Any = None
) -> dict[str, pd.DataFrame]:
    """Select in a study whose verdicts lie in some files; tables by name."""
    verdicts = drawn() if verdicts is None else verdicts
    paths = []
    for shard in range(shards):
        paths.append(tmp_path / f"v{shard}.parquet")
        write_verdicts(paths[-1], [one for one in verdicts if one.sample_index % shards == shard])
    write_scores(tmp_path / "prm.parquet", scored(verdicts) if scores is None else scores)
    outputs = [word for name in ("selection", "differences", "selected") for word in (f"--output-{name}", tmp_path / f"{name}.csv")]
    words = ["--verdicts", *paths, "--scores", json.dumps({"prm": [str(tmp_path / "prm.parquet")]}), "--selectors", json.dumps(selectors)]
    words += ["--bootstrap", 100, "--confidence", 0.95, "--seed", 1, "--method", "dirichlet", *outputs, *more]
    select_answers.main([str(word) for word in words])
    return {
        name: pd.read_csv(tmp_path / f"{name}.csv", dtype=dict.fromkeys(["answer", *TEXT], str)) for name in ("selection", "differences", "selected")
    }


def curve(table: pd.DataFrame, selector: str, label: str = "outcome") -> pd.DataFrame:
    return table[(table["selector"] == selector) & (table["label"] == label)].reset_index(drop=True)


def test_curves_are_means_over_problems_of_the_exact_ones(tmp_path: Path) -> None:
    table = run(tmp_path, SELECTORS)["selection"]
    verdicts = drawn()
    score = {(name, index): value for name, index, value in scored(verdicts)}
    ks = np.arange(1, SAMPLES + 1)
    votes, best, solved, steps = [], [], [], []
    for number in range(PROBLEMS):
        own = [one for one in verdicts if one.problem_id == f"p/{number}"]
        classes = np.array([["7", "8", "9"].index(one.answer) if one.answer else -1 for one in own])
        right = np.array([one.outcome == "passed" for one in own], dtype=float)
        votes.append(majority_vote(classes, right, ks))
        ranks = [score[one.problem_id, one.sample_index] if one.answer else -np.inf for one in own]
        best.append(best_of_k(ranks, right, ks))
        solved.append(pass_at_k([SAMPLES], [int(right.sum())], ks)[0])
        steps.append(pass_at_k([SAMPLES], [sum(bool(one.process) for one in own)], ks)[0])
    for selector, expected in (("majority", votes), ("best_of", best), ("oracle", solved)):
        found = curve(table, selector)
        assert found["k"].tolist() == ks.tolist()
        assert found["accuracy"].to_numpy() == pytest.approx(np.mean(expected, axis=0), abs=1e-12)
        assert (found["subsets"] == 0).all() and (found["monte_carlo_error"] == 0).all()
        assert (found["lower"] <= found["accuracy"]).all() and (found["accuracy"] <= found["upper"]).all()
        assert found["coverage"].to_numpy() == pytest.approx(np.mean(solved, axis=0))
    assert curve(table, "oracle", "process")["accuracy"].to_numpy() == pytest.approx(np.mean(steps, axis=0), abs=1e-12)
    assert curve(table, "best_of")["scored_tokens"].tolist() == (5 * PROBLEMS * ks).tolist()
    assert (curve(table, "majority")["scored_tokens"] == 0).all()


def test_the_cut_into_files_changes_nothing(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    for shards, folder in ((1, "one"), (5, "two")):
        run(tmp_path / folder, SELECTORS, shards=shards)
    for name in ("selection", "differences", "selected"):
        assert (tmp_path / "one" / f"{name}.csv").read_bytes() == (tmp_path / "two" / f"{name}.csv").read_bytes()


def test_paired_differences_are_narrower_than_two_intervals(tmp_path: Path) -> None:
    tables = run(tmp_path, SELECTORS)
    row = tables["differences"].query("first == 'majority' and second == 'best of (prm)' and label == 'outcome' and k == 10").iloc[0]
    one, two = (curve(tables["selection"], name).iloc[-1] for name in ("majority", "best_of"))
    assert row["difference"] == pytest.approx(two["accuracy"] - one["accuracy"])
    assert row["upper"] - row["lower"] < (one["upper"] - one["lower"]) + (two["upper"] - two["lower"])
    assert 0 < row["p_value"] <= 1


def test_the_chosen_answer_has_votes_margin_and_ties(tmp_path: Path) -> None:
    verdicts = [Verdict("p", index, "failed", answer, "", answer) for index, answer in enumerate("7778899")]
    verdicts += [Verdict("q", index, "passed", answer, "", answer) for index, answer in enumerate("1122")]
    table = run(tmp_path, ["majority"], verdicts=verdicts)["selected"].set_index("problem_id")
    assert table.loc["p", ["answer", "votes", "margin", "ties", "sample_index"]].tolist() == ["7", 3, 1, 1, 0]
    assert table.loc["q", ["answer", "votes", "margin", "ties", "sample_index"]].tolist() == ["1", 2, 0, 2, 0]
    assert table["passed"].tolist() == [False, True]


def test_problems_without_a_reference_get_an_answer_and_no_accuracy(tmp_path: Path) -> None:
    known = [one for one in drawn(process=False) if one.problem_id in ("p/0", "p/1")]
    unknown = [Verdict("u", index, "unverified", answer, "", answer) for index, answer in enumerate("4454")] + [Verdict("u", 4, "no_answer")]
    tables = run(tmp_path, ["majority"], verdicts=known + unknown)
    assert (tables["selection"]["problems"] == 2).all()
    row = tables["selected"].set_index("problem_id").loc["u"]
    assert (row["answer"], row["votes"]) == ("4", 3) and np.isnan(row["passed"])
    only = run(tmp_path, ["majority"], verdicts=unknown)
    assert only["selection"].empty and only["selected"]["answer"].tolist() == ["4"]


def test_curves_end_at_the_smallest_number_of_samples_and_choices_use_all(tmp_path: Path) -> None:
    verdicts = [one for one in drawn() if one.problem_id != "p/3" or one.sample_index < 4]
    tables = run(tmp_path, ["majority"], verdicts=verdicts)
    assert curve(tables["selection"], "majority")["k"].max() == 4
    assert sorted(tables["selected"]["samples"].unique()) == [4, SAMPLES]


def test_classes_of_several_files_are_joined_by_the_graders_equality(tmp_path: Path) -> None:
    verdicts = [Verdict("p", index, "failed", answer, "", answer) for index, answer in enumerate(["x+1", "1+x", "2", "2"])]
    verdicts += [Verdict("p", 4, "failed", "1+x", "", "1+x")]
    apart = run(tmp_path, ["majority"], verdicts=verdicts)["selected"].iloc[0]
    assert apart["ties"] == 2
    together = run(tmp_path, ["majority"], "--equality", "verify", verdicts=verdicts)["selected"].iloc[0]
    assert (together["answer"], together["votes"], together["ties"]) == ("1+x", 3, 1)


def test_recorded_comparisons_come_from_a_table(tmp_path: Path) -> None:
    verdicts = [Verdict("p", index, "passed" if index == 2 else "failed", str(index), "", str(index)) for index in range(3)]
    calls = [("p", first, second, 0.9 if first == 2 else 0.1) for first in range(3) for second in range(3) if first != second]
    pd.DataFrame(calls, columns=["problem_id", "first", "second", "first_better"]).to_csv(tmp_path / "calls.csv", index=False)
    scores = json.dumps({"judge": [str(tmp_path / "calls.csv")]})
    table = run(tmp_path, [{"pairwise": "judge"}], "--scores", scores, verdicts=verdicts)["selection"]
    assert curve(table, "pairwise")["accuracy"].tolist() == pytest.approx([1 / 3, 2 / 3, 1])


def test_programs_vote_by_the_behaviour_that_a_scorer_found(tmp_path: Path) -> None:
    verdicts = [Verdict("p", index, "passed" if index < 2 else "failed", None, "", f"text {index}") for index in range(4)]
    columns = {"problem_id": ["p"] * 4, "sample_index": range(4), "score": [1.0] * 4, "answer_class": ["same", "same", "other", None]}
    pq.write_table(pa.table(columns), tmp_path / "tests.parquet")
    scores = json.dumps({"tests": [str(tmp_path / "tests.parquet")]})
    assert run(tmp_path, ["majority"], verdicts=verdicts)["selected"]["ties"].tolist() == [4]
    row = run(tmp_path, ["majority"], "--scores", scores, "--classes", "tests", verdicts=verdicts)["selected"].iloc[0]
    assert (row["answer"], row["votes"], row["passed"]) == ("same", 2, True)
    with pytest.raises(InputError, match=r"did you mean 'tests'\?"):
        run(tmp_path, ["majority"], "--scores", scores, "--classes", "test", verdicts=verdicts)


def bad_scores(change: str) -> list[tuple[str, int, float | None]]:
    rows = scored(drawn())
    if change == "nan":
        return [(*rows[0][:2], float("nan")), *rows[1:]]
    if change == "unknown sample":
        return [*rows, ("p/0", 99, 1.0)]
    if change == "unknown problem":
        return [*rows, ("other", 0, 1.0)]
    if change == "another study":
        return [(f"x{name}", index, score) for name, index, score in rows]
    if change == "missing":
        return rows[:-1]
    return [*rows, rows[0]]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("nan", "has the score nan for sample 0 of p/0, which cannot be ordered; write null"),
        ("unknown sample", "has a score of sample 99 of p/0, on which there is no verdict"),
        ("unknown problem", "has a score of problem other, which the study does not have"),
        ("another study", "scores none of the study's problems (it begins with xp/0, the study with p/0); it belongs to another study"),
        ("missing", "the scorer prm has no score of sample 9 of p/11"),
        ("twice", "has a second score of sample 0 of p/0"),
    ],
)
def test_impossible_scores_are_one_sentence(tmp_path: Path, change: str, sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        run(tmp_path, SELECTORS, scores=bad_scores(change))
    assert sentence in str(raised.value)


def test_a_null_score_is_no_nan(tmp_path: Path) -> None:
    rows = scored(drawn())
    table = run(tmp_path, SELECTORS, scores=[(*rows[0][:2], None), *rows[1:]])["selection"]
    assert curve(table, "best_of")["accuracy"].notna().all()


def test_verdicts_without_classes_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "old.parquet"
    pq.write_table(pa.table({"problem_id": ["p"], "sample_index": [0], "outcome": ["passed"]}), path)
    with pytest.raises(InputError, match="lacks the column 'answer_class'"):
        select_answers.read_problems([path])


def test_costs_of_sampling_and_scoring_are_added(tmp_path: Path) -> None:
    tokens = pd.DataFrame({"problem_id": [f"p/{number}" for number in range(PROBLEMS)], "samples": SAMPLES, "prompt_tokens": 20})
    tokens["output_tokens"], tokens["output_tokens_squared"] = 100 * SAMPLES, 10_000 * SAMPLES
    tokens.to_csv(tmp_path / "tokens.csv", index=False)
    price = json.dumps({"per_million_tokens": {"prompt": 0, "output": 2}})
    more = ("--tokens", tmp_path / "tokens.csv", "--price", price, "--scorer-prices", '{"prm": 3}')
    table = run(tmp_path, SELECTORS[:2], *more)["selection"]
    vote, best = curve(table, "majority").iloc[3], curve(table, "best_of").iloc[3]
    assert vote["output_tokens"] == best["output_tokens"] == 4 * 100 * PROBLEMS
    assert vote["dollars"] == pytest.approx(4 * 100 * PROBLEMS * 2e-6)
    assert best["dollars"] - vote["dollars"] == pytest.approx(4 * 5 * PROBLEMS * 3e-6)
    assert np.isnan(float(vote["flops"]))


def test_flops_of_scoring_are_two_for_each_parameter_and_token(tmp_path: Path) -> None:
    tokens = pd.DataFrame({"problem_id": [f"p/{number}" for number in range(PROBLEMS)], "samples": SAMPLES, "prompt_tokens": 20})
    tokens["output_tokens"], tokens["output_tokens_squared"] = 100 * SAMPLES, 10_000 * SAMPLES
    tokens.to_csv(tmp_path / "tokens.csv", index=False)
    shape = {"model_type": "llama", "vocab_size": 10, "hidden_size": 4, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    (tmp_path / "config.json").write_text(json.dumps(shape), encoding="utf-8")
    (tmp_path / "prm.json").write_text(json.dumps({"folder": str(tmp_path)}), encoding="utf-8")
    more = ("--tokens", tmp_path / "tokens.csv", "--architecture", '{"parameters": 1000, "layers": 2, "width": 4}')
    table = run(tmp_path, SELECTORS[:2], *more, "--scorer-weights", json.dumps({"prm": str(tmp_path / "prm.json")}))["selection"]
    vote, best = curve(table, "majority").iloc[3], curve(table, "best_of").iloc[3]
    parameters = 2 * 10 * 4 + 2 * (4 * 4 * 4 + 3 * 4 * 8 + 2 * 4) + 4
    assert vote["flops"] > 2 * 1000 * 4 * 100 * PROBLEMS
    assert best["flops"] - vote["flops"] == pytest.approx(2 * parameters * 4 * 5 * PROBLEMS)


def test_a_selector_is_found_wherever_its_key_stands(tmp_path: Path) -> None:
    one = run(tmp_path, [{"weighted": "prm", "link": "sigmoid"}])["selection"]
    other = run(tmp_path, [{"link": "sigmoid", "weighted": "prm"}])["selection"]
    pd.testing.assert_frame_equal(one, other)


def test_the_figure_of_votes_has_the_curve_predictions_and_rules(tmp_path: Path) -> None:
    votes = {
        "samples": 4,
        "accuracy_of_all": 0.5,
        "curve": {"k": [1, 2, 4], "accuracy": [0.4, 0.4, 0.5]},
        "predicted": [{"k": 8, "plug_in": 0.55, "two_answers": 0.6, "no_change": 0.5}],
    }
    points = {"rule": ["beta", "beta", "dirichlet"], "threshold": [0.8, 0.95, 0.8], "mean_samples": [1.5, 3.0, 2.0], "accuracy": [0.42, 0.5, 0.45]}
    for folder in ("one", "two"):
        draw_votes({"model": votes}, {"model": pd.DataFrame(points)}, "Arithmetic", STYLE, tmp_path / folder / "votes")
    numbers = pd.read_csv(tmp_path / "one" / "votes.csv")
    fixed, early = numbers[numbers["series"] == "majority vote of k samples"], numbers[numbers["threshold"].notna()]
    assert fixed["accuracy"].tolist() == [0.4, 0.4, 0.5] and early["samples"].tolist() == [1.5, 3.0, 2.0]
    predicted = numbers[numbers["series"] == "predicted by two answers (Chen)"]
    # A prediction begins where the curve ends.
    assert predicted[["samples", "accuracy"]].to_numpy().tolist() == [[4, 0.5], [8, 0.6]]
    for suffix in (*FORMATS, "csv"):
        assert (tmp_path / "one" / f"votes.{suffix}").read_bytes() == (tmp_path / "two" / f"votes.{suffix}").read_bytes()


def test_the_figure_has_coverage_selectors_and_luck(tmp_path: Path) -> None:
    table = run(tmp_path, SELECTORS)["selection"]
    for folder in ("one", "two"):
        draw_selection({"model": table}, "Arithmetic", STYLE, tmp_path / folder / "selection")
    stem = tmp_path / "one" / "selection"
    said = stem.with_suffix(".svg").read_text(encoding="utf-8")
    for text in (
        "coverage (pass@k)",
        "coverage, right steps too",
        "majority",
        "weighted (prm, link=sigmoid)",
        "a sample taken blindly",
        "samples per problem, k",
    ):
        assert text in said
    for suffix in (*FORMATS, "csv"):
        assert stem.with_suffix(f".{suffix}").read_bytes() == (tmp_path / "two" / f"selection.{suffix}").read_bytes()
    assert len(pd.read_csv(stem.with_suffix(".csv"))) == len(table)


def test_votes_are_planned_with_a_record(tmp_path: Path) -> None:
    write_verdicts(tmp_path / "v.parquet", drawn(samples=24))
    names = ("votes.json", "record.csv", "stopping.csv")
    words = [word for name in names for word in (f"--output-{name.partition('.')[0]}", str(tmp_path / name))]
    forecast_votes.main(["--verdicts", str(tmp_path / "v.parquet"), "--seed", "1", "--orders", "3", "--thresholds", "0.8", "0.95", *words])
    votes = json.loads((tmp_path / "votes.json").read_text(encoding="utf-8"))
    assert votes["problems"] == PROBLEMS and 1 <= votes["best_of_curve"] <= 24
    record = pd.read_csv(tmp_path / "record.csv")
    assert set(record["way"]) == {"plug_in", "two_answers", "no_change"} and (record["k"] <= 24).all()
    stopping = pd.read_csv(tmp_path / "stopping.csv")
    for _, points in stopping.groupby("rule"):
        assert points["mean_samples"].is_monotonic_increasing and (points["mean_samples"] <= 24).all()
    with pytest.raises(InputError, match=r"the threshold 1.2 is no chance"):
        forecast_votes.main(["--verdicts", str(tmp_path / "v.parquet"), "--seed", "1", "--thresholds", "1.2", *words])
