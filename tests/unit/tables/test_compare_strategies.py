"""Strategies at equal cost, from verdicts, scores and samples in files to tables, figure and words."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import compare_strategies
import select_answers
from monkeys.errors import InputError
from monkeys.figures import FORMATS, Style
from monkeys.figures.inference_scaling import TEXT, draw_inference_scaling
from monkeys.files import seal_of
from monkeys.records.verdict import Verdict, write_verdicts
from monkeys.reporting.inference_scaling import scaling_in_words
from monkeys.shards import Cut
from monkeys.tables.problem_curves import read_draws, read_judgements, read_problem_curves

PROBLEMS, SAMPLES = 40, 32
SETTINGS = {"budgets": 6, "splits": 10, "bins": 3, "thresholds": []}
STYLE = Style(["#0072B2", "#D55E00", "#009E73"], 4.8, 3.4)
BEAM_TOKENS, BEAM_READ = 20, 10
PARAMETERS = {"parameters": 1000, "layers": 2, "width": 8}


def chance(number: int, strategy: str) -> float:
    """Half of the problems are easy; beam search helps on the others alone."""
    easy = number % 2 == 0
    return {"repeated": 0.8 if easy else 0.1, "beam": 0.4 if easy else 0.6}[strategy]


def write_pair(folder: Path, strategy: str, samples: int = SAMPLES, tokens: int | None = 10) -> None:
    random = np.random.default_rng(len(strategy))
    verdicts, rows = [], []
    for number in range(PROBLEMS):
        for index in range(samples):
            right = bool(random.random() < chance(number, strategy))
            answer = "7" if right else str(random.choice(["1", "2", "3"]))
            verdicts.append(Verdict(f"p/{number}", index, "passed" if right else "failed", answer, "", answer))
            rows.append(
                {"problem_id": f"p/{number}", "sample_index": index, "prompt_tokens": 5, "output_tokens": tokens, "score": random.normal(right)}
            )
    for name in ("verdicts", "samples", "scores/prm"):
        (folder / name).mkdir(parents=True)
    write_verdicts(folder / "verdicts" / "0000-0000-0000.parquet", verdicts)
    columns = {key: [row[key] for row in rows] for key in ("problem_id", "sample_index", "prompt_tokens", "output_tokens")}
    extra = {"generated_tokens": [BEAM_TOKENS] * len(rows), "scored_tokens": [BEAM_READ] * len(rows)} if strategy == "beam" else {}
    pq.write_table(pa.table({**columns, **extra}), folder / "samples" / "0000-0000.parquet")
    scores = {"problem_id": columns["problem_id"], "sample_index": columns["sample_index"], "score": [row["score"] for row in rows]}
    pq.write_table(pa.table({**scores, "scored_tokens": [10] * len(rows)}), folder / "scores" / "prm" / "0000-0000.parquet")
    counts = pd.DataFrame([(f"p/{number}", samples, 0) for number in range(PROBLEMS)], columns=["problem_id", "n", "c"]).assign(group=np.nan)
    counts.to_csv(folder / "counts.csv", index=False)


def select(folder: Path, samples: int, judges: bool, selectors: list[Any]) -> None:
    outputs = [word for name in ("selection", "differences", "selected") for word in (f"--output-{name}", folder / f"{name}.csv")]
    outputs += ["--output-problems", folder / "selection_problems.parquet", "--output-judgements", folder / "judgements.csv"]
    words = ["--pair", folder, "--cut", Cut(PROBLEMS, PROBLEMS, samples, samples, None).written(), "--scorers", "prm"]
    words += ["--selectors", json.dumps(selectors), "--bootstrap", 100, "--confidence", 0.95, "--seed", 1, "--method", "dirichlet", *outputs]
    select_answers.main([str(word) for word in [*words, *(["--judges"] if judges else [])]])


def spec(strategy: str, samples: int = SAMPLES) -> dict[str, Any]:
    return {
        "model": "m",
        "strategy": strategy,
        "folder": strategy,
        "cut": Cut(PROBLEMS, PROBLEMS, samples, samples, None).written(),
        "samples": samples,
        "architecture": PARAMETERS,
        "price": {"per_million_tokens": {"prompt": 1.0, "output": 2.0, "prompt_billed": "once"}},
        "weights": None,
        "scorers": {"prm": None},
        "search_scorer": "prm" if strategy == "beam" else None,
    }


def run(folder: Path, strategies: tuple[str, ...] = ("repeated", "beam"), selectors: Any = ("majority", {"best_of": "prm"}), **settings: Any) -> Any:
    for place, strategy in enumerate(strategies):
        if not (folder / strategy).exists():
            write_pair(folder / strategy, strategy)
        select(folder / strategy, SAMPLES, place == 0, list(selectors))
    words = ["--pairs", json.dumps([spec(one) for one in strategies]), "--settings", json.dumps({**SETTINGS, **settings}), "--results", folder]
    words += ["--bootstrap", 200, "--confidence", 0.95, "--seed", 1, "--method", "dirichlet"]
    words += ["--output", folder / "scaling.csv", "--output-optimal", folder / "optimal.csv", "--output-choices", folder / "choices.json"]
    compare_strategies.main([str(word) for word in words])
    read = dict.fromkeys(TEXT, str)
    return (
        pd.read_csv(folder / "scaling.csv", dtype=read).fillna(dict.fromkeys(TEXT, "")),
        pd.read_csv(folder / "optimal.csv", dtype=read),
        json.loads((folder / "choices.json").read_text(encoding="utf-8")),
    )


def curve(table: pd.DataFrame, strategy: str, selector: str, difficulty: str = "all", number: str = "") -> pd.DataFrame:
    rows = (table["strategy"] == strategy) & (table["selector"] == selector) & (table["difficulty"] == difficulty) & (table["bin"] == number)
    return table[rows].reset_index(drop=True)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("compared")
    return folder, *run(folder)


def test_costs_are_those_of_the_whole_draw(compared: Any) -> None:
    _, table, _, _ = compared
    votes, best = curve(table, "beam", "majority"), curve(table, "beam", "best_of")
    assert votes["policy_tokens"].tolist() == (BEAM_TOKENS * votes["k"]).tolist()
    assert votes["scored_tokens"].tolist() == (BEAM_READ * votes["k"]).tolist()
    assert best["tokens"].tolist() == ((BEAM_TOKENS + BEAM_READ + 10) * best["k"]).tolist()
    usual = curve(table, "repeated", "majority")
    assert usual["tokens"].tolist() == (10 * usual["k"]).tolist()
    assert usual["flops"].tolist() == (2 * 1000 * 10 * usual["k"]).tolist()
    assert usual["dollars"].to_numpy() == pytest.approx((5 * 1.0 + 10 * 2.0 * usual["k"]).to_numpy() / 1e6)
    # The scorer's parameters and price are not known.
    assert best["flops"].isna().all()
    assert best["dollars"].isna().all()
    assert curve(table, "beam", "majority")["dollars"].isna().all()


def test_curves_over_all_problems_are_those_of_selection(compared: Any) -> None:
    folder, table, _, _ = compared
    for strategy in ("repeated", "beam"):
        selection = pd.read_csv(folder / strategy / "selection.csv", keep_default_na=False)
        for selector in ("majority", "best_of", "oracle", "random"):
            expected = selection[(selection["selector"] == selector) & (selection["label"] == "outcome")]
            found = curve(table, strategy, selector)
            assert found["k"].tolist() == expected["k"].tolist()
            for name in ("accuracy", "lower", "upper"):
                assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy(), abs=1e-9)


def test_judges_measure_with_their_other_half(compared: Any) -> None:
    folder, table, _, _ = compared
    curves, judged = read_problem_curves(folder / "repeated" / "selection_problems.parquet"), read_judgements(folder / "repeated" / "judgements.csv")
    assert curves[curves["part"] == "measuring"]["k"].max() == SAMPLES // 2
    assert (judged["samples"] == SAMPLES // 2).all()
    random = curves[(curves["selector"] == "random") & (curves["k"] == 1)].set_index(["part", "problem_id"])["accuracy"]
    success = judged[judged["scorer"] == ""].set_index("problem_id")["value"]
    both = (random["measuring"] + success.reindex(random["measuring"].index)) / 2
    assert both.to_numpy() == pytest.approx(random["all"].to_numpy())
    assert set(read_problem_curves(folder / "beam" / "selection_problems.parquet")["part"]) == {"all"}
    assert read_judgements(folder / "beam" / "judgements.csv").empty
    assert curve(table, "repeated", "majority", "oracle", "1")["k"].max() == SAMPLES // 2
    assert curve(table, "beam", "majority", "oracle", "1")["k"].max() == SAMPLES


def test_the_planted_strategies_are_chosen_by_bin(compared: Any) -> None:
    _, _, optimal, found = compared
    one = next(choice for choice in found["choices"] if choice["difficulty"] == "oracle")
    assert one["bins"][0]["chosen"][0]["strategy"] == "repeated"
    assert one["bins"][-1]["chosen"][0]["strategy"] == "beam"
    rows = optimal[optimal["difficulty"] == "oracle"]
    # What each strategy reaches: from one tree to the sixteen samples that do not judge, read by the scorer.
    assert rows["tokens"].iloc[[0, -1]].tolist() == pytest.approx([30, 320])
    assert one["saved"]["best_of_n"]["factor"] > 1
    assert (rows["oracle"] >= rows["optimal"] - 1e-9).all()


def test_strategies_too_dear_for_the_other_say_how_many_samples_are_missing(tmp_path: Path) -> None:
    write_pair(tmp_path / "beam", "beam")
    table = pq.read_table(tmp_path / "beam" / "samples" / "0000-0000.parquet")
    dear = table.set_column(table.column_names.index("generated_tokens"), "generated_tokens", pa.array([410] * len(table)))
    pq.write_table(dear, tmp_path / "beam" / "samples" / "0000-0000.parquet")
    curves, optimal, found = run(tmp_path)
    assert optimal.empty
    assert len(curves)
    assert found["choices"][0]["not_compared"] == "beam begins at 420 tokens a problem, where repeated has ended at 320; draw 1.4 times the samples"
    assert scaling_in_words(found)[0]["sentences"][0].startswith("Nothing is compared at equal cost: beam begins at 420")
    draw_inference_scaling(curves, optimal, "t", STYLE, tmp_path / "figure")


def test_unrecorded_tokens_are_said(tmp_path: Path) -> None:
    write_pair(tmp_path / "repeated", "repeated", tokens=None)
    curves, optimal, found = run(tmp_path, ("repeated",))
    assert optimal.empty
    assert found["choices"][0]["not_compared"] == "the tokens of repeated are not recorded"
    draw_inference_scaling(curves, optimal, "t", STYLE, tmp_path / "figure")


def test_selectors_of_one_strategy_are_compared(tmp_path: Path) -> None:
    _, optimal, found = run(tmp_path, ("repeated",), thresholds=[0.5])
    assert {one["difficulty"] for one in found["choices"]} == {"oracle", "predicted (prm)"}
    assert len(found["choices"][0]["bins"]) == 2
    assert found["choices"][0]["baseline"] == {"strategy": "repeated", "selector": "best of (prm)"}
    assert optimal["tokens"].iloc[[0, 5]].tolist() == pytest.approx([10, 320])
    assert optimal["best_of_n"].isna().iloc[[0, 5]].tolist() == [True, False]
    assert scaling_in_words(found)[0]["sentences"]


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path, compared: Any) -> None:
    folder = compared[0]
    run(tmp_path)
    for name in ("scaling.csv", "optimal.csv", "choices.json", "repeated/selection_problems.parquet", "repeated/judgements.csv"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_strategies_of_different_problems_are_refused(tmp_path: Path) -> None:
    write_pair(tmp_path / "repeated", "repeated")
    write_pair(tmp_path / "beam", "beam")
    for name in ("verdicts/0000-0000-0000", "samples/0000-0000", "scores/prm/0000-0000"):
        path = tmp_path / "beam" / f"{name}.parquet"
        table = pq.read_table(path)
        seal_of(path).unlink(missing_ok=True)
        pq.write_table(table.set_column(0, "problem_id", pa.array([f"q{one}" for one in table["problem_id"].to_pylist()])), path)
    with pytest.raises(InputError, match="the strategies repeated, beam of m share no verified problem"):
        run(tmp_path)


def test_draws_without_columns_of_search_take_their_output(tmp_path: Path) -> None:
    table = pa.table({"problem_id": ["p", "p", "q"], "sample_index": [0, 1, 0], "prompt_tokens": [3, 3, 4], "output_tokens": [10, 20, None]})
    pq.write_table(table, tmp_path / "s.parquet")
    found = read_draws([tmp_path / "s.parquet"], None).set_index("problem_id")
    assert found.loc["p", ["policy_tokens", "search_tokens", "prompt_tokens"]].tolist() == [15, 0, 3]
    assert np.isnan(found.loc["q", "policy_tokens"])
    assert read_draws([tmp_path / "s.parquet"], 1).set_index("problem_id").loc["p", "policy_tokens"] == 10


def test_the_figure_has_all_its_numbers_beside_it(compared: Any, tmp_path: Path) -> None:
    _, table, optimal, _ = compared
    draw_inference_scaling(table, optimal, "Planted", STYLE, tmp_path / "figure")
    assert all((tmp_path / f"figure.{form}").stat().st_size for form in FORMATS)
    numbers = pd.read_csv(tmp_path / "figure.csv")
    shown = numbers[numbers["panel"] == "strategies"]
    assert shown["accuracy"].tolist() == pytest.approx(table[(table["difficulty"] == "all")]["accuracy"].tolist())


def entry(**changed: Any) -> dict[str, Any]:
    first = {"strategy": "beam", "selector": "majority", "accuracy": 0.6, "behind": 0.0, "lower": 0.0, "upper": 0.0, "p_holm": 1.0}
    second = {"strategy": "repeated", "selector": "majority", "accuracy": 0.5, "behind": 0.1, "lower": 0.05, "upper": 0.15, "p_holm": 0.001}
    last = {"optimal": 0.62, "fixed": 0.6, "oracle": 0.65, "gain": 0.02, "gain_lower": -0.01, "gain_upper": 0.05}
    saved = {"factor": 1.4, "lower": 0.9, "upper": 2.0, "at_least": False}
    names = {"model": "m", "label": "outcome", "difficulty": "oracle", "baseline": {"strategy": "repeated", "selector": "majority"}}
    whole = {
        **names,
        "tokens": [10.0, 1000.0],
        "last": last,
        "bins": [],
        "ended": [],
        "ranking": [first, second],
        "saved": {"fixed": saved, "best_of_n": saved},
    }
    return {**whole, **changed}


def words(**changed: Any) -> str:
    return " ".join(scaling_in_words({"confidence": 0.95, "choices": [entry(**changed)]})[0]["sentences"])


def test_words_say_what_to_use() -> None:
    said = words()
    assert (
        "At 1,000 tokens a problem, policy and scorer together, use beam, majority: 60.0% of the answers are right, and it is ahead of repeated, majority (+10.0 points"
        in said
    )
    assert "not shown to gain anything over the best fixed choice: +2.0 points (95% interval -1.0 to +5.0)" in said
    assert "by a factor of 1.40 times over the best fixed choice (interval 0.90 to 2.00) and 1.40 times over best of N (repeated, majority)" in said


def test_words_say_so_where_differences_are_within_their_intervals() -> None:
    ranking = [dict(one, p_holm=1.0) for one in entry()["ranking"]]
    said = words(ranking=ranking)
    assert "no choice for all problems is shown to be better than another" in said
    assert "Use what is simplest, such as repeated, majority, or draw more problems." in said


def test_words_take_the_level_of_the_study() -> None:
    ranking = [dict(one, p_holm=0.12) for one in entry()["ranking"]]
    said = {level: scaling_in_words({"confidence": level, "choices": [entry(ranking=ranking)]})[0]["sentences"] for level in (0.8, 0.95)}
    assert "use beam, majority: 60.0% of the answers are right, and it is ahead of repeated" in said[0.8][0] and "(80% interval" in said[0.8][1]
    assert "no choice for all problems is shown to be better" in said[0.95][0] and "(95% interval" in said[0.95][1]


def test_a_model_has_one_recommendation_whatever_judges_difficulty() -> None:
    choices = [entry(), entry(difficulty="predicted (prm)"), entry(label="process"), entry(model="other")]
    found = scaling_in_words({"confidence": 0.95, "choices": choices})
    assert [(one["title"], one["recommends"]) for one in found] == [
        ("m, difficulty by the share of samples that passed", True),
        ("m, difficulty as prm predicts it", False),
        ("other, difficulty by the share of samples that passed", True),
    ]
    assert [one["sentences"][0].startswith("At 1,000 tokens") for one in found] == [True, False, True]


def test_words_advise_to_choose_by_difficulty_where_that_alone_is_shown_to_gain() -> None:
    ranking = [dict(one, p_holm=1.0) for one in entry()["ranking"]]
    assert "Choose by difficulty. To choose by difficulty gains" in words(ranking=ranking, last={**entry()["last"], "gain_lower": 0.01})


def test_words_name_choices_that_end_before_the_budget() -> None:
    ended = [{"strategy": "repeated", "selector": "majority", "tokens": 500.0, "accuracy": 0.55}]
    assert "Not compared there, as their samples end before, of all problems or of a bin: repeated, majority (55.0% at 500 tokens)." in words(
        ended=ended
    )
    assert "Not compared there" not in words()


def test_words_recommend_what_is_as_good_for_fewer_tokens() -> None:
    ended = [{"strategy": "repeated", "selector": name, "tokens": 500.0, "accuracy": value} for name, value in (("first", 0.2), ("majority", 0.6))]
    said = words(ended=ended)
    assert said.startswith("Use repeated, majority: 60.0% of its answers are right at 500 tokens a problem, policy and scorer together, where")
    assert "Nothing is ahead of it at 1,000 tokens: the best choice there, beam, majority, has 60.0%." in said
    assert "use beam" not in said
    beyond = [{"strategy": "dear", "selector": "majority", "tokens": 1001.0, "accuracy": 0.9}]
    assert words(ended=[*ended, *beyond]).startswith("Use repeated, majority: 60.0%")
    assert words(ended=beyond).startswith("At 1,000 tokens a problem, policy and scorer together, use beam, majority")


def test_words_say_a_gain_that_is_shown_and_a_loss() -> None:
    assert "To choose by difficulty gains +2.0 points" in words(last={**entry()["last"], "gain_lower": 0.01})
    assert "To choose by difficulty loses -2.0 points" in words(last={**entry()["last"], "gain": -0.02, "gain_lower": -0.04, "gain_upper": -0.01})


def test_nothing_compared_is_nothing_said() -> None:
    assert scaling_in_words({}) == []
