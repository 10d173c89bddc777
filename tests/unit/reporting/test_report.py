import base64
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from report_cases import COMPARISON, CONFIG, DOUBTED, FITTED, FORECASTS, INFLATED, NO_FORECAST, POPULATION, TRUNCATED, UNFITTED, page, pair

from monkeys.reporting.fits_in_words import forecast_sentence, law_sentence
from monkeys.reporting.report import (
    budget_rows,
    by_difficulty,
    difference_sentence,
    end_of_curve,
    family_sentences,
    summary,
    table_rows,
    time_spent,
)
from monkeys.reporting.results import PairResults, read_comparisons, read_pairs
from monkeys.study.layout import Layout


@pytest.fixture
def figure(tmp_path: Path) -> Path:
    path = tmp_path / "coverage.svg"
    path.write_text("<svg>picture</svg>")
    return path


def test_tables_show_round_k_and_the_last() -> None:
    assert table_rows(pair().coverage)["k"].tolist() == [1, 2, 5, 10, 20, 30]


def test_the_summary_has_a_row_for_each_pair_and_round_k() -> None:
    table = summary([pair("small"), pair("large", "arithmetic")])
    assert list(table.columns) == ["benchmark", "model", "problems", "samples", "k", "pass_at_k", "lower", "upper"]
    assert len(table) == 12
    assert table.iloc[7].tolist() == ["arithmetic", "large", 3, 30, 2, 2 / 40, 2 / 50, 2 / 35]


def test_difficulties_are_counted_apart() -> None:
    rows = [{name: float(value) for name, value in row.items()} for row in by_difficulty(pair())]
    assert rows == [
        {"difficulty": 1, "problems": 1, "passed": 0, "solved": 0},
        {"difficulty": 2, "problems": 2, "passed": pytest.approx(33 / 60), "solved": 1},
    ]


def test_one_passed_sample_solves_a_problem() -> None:
    rows = by_difficulty(replace(pair(), counts=pair().counts.assign(c=[0, 1, 0], difficulty=2)))
    assert [(row["problems"], float(row["solved"])) for row in rows] == [(3, pytest.approx(1 / 3))]


def test_problems_without_difficulty_have_no_such_table() -> None:
    assert by_difficulty(replace(pair(), counts=pair().counts.assign(difficulty=float("nan")))) == []


def test_law_sentence_names_loss() -> None:
    assert law_sentence(FITTED, 0.95) == (
        "least squares on log c: a = -7.599 [-9.100, -6.600], b = -0.182 [-0.200, -0.160] (95% intervals), mean error 0.0052 ± 0.0072, "
        "largest 0.0241 at k = 10000"
    )
    assert (
        "a = -7.599 [-128.300, -0.098] (not determined, anywhere from -128 to -0.0978), not determined by the counts (95% intervals)"
        in law_sentence(DOUBTED, 0.95)
    )
    assert law_sentence(UNFITTED, 0.95) == "least squares on c: not fitted, coverage is above 0 at 0 different k only"


def test_time_is_summed_over_shards(tmp_path: Path) -> None:
    folder = tmp_path / "generate_samples" / "humaneval" / "small" / "repeated"
    folder.mkdir(parents=True)
    for number in range(3):
        usage = {"samples": 9, "seconds_loading": 1.5, "seconds_drawing": 10 + number, "output_tokens": 100}
        (folder / f"{number}.usage.json").write_text(json.dumps(usage))
    assert time_spent(tmp_path, "humaneval/small/repeated") == {"seconds_loading": 4.5, "seconds_drawing": 33, "output_tokens": 300}
    assert time_spent(tmp_path, "humaneval/other/repeated") == {"seconds_loading": 0, "seconds_drawing": 0, "output_tokens": 0}


def layout(tmp_path: Path, family: str | None = None, engine: str = "recorded") -> tuple[Layout, Path, Path]:
    """Two models on a benchmark; the folders of the benchmark and of the first model's results."""
    models = {name: {"engine": engine, "samples": {}, "draws_per_job": None, "family": family} for name in ("small", "large")}
    settings = {"problems": 3, "samples": 300, "shard": {"problems": 3, "samples": 300}}
    pairs = [{"model": name, "benchmark": "humaneval", "strategy": "repeated"} for name in models]
    config = {"models": models, "benchmarks": {"humaneval": settings}, "pairs": pairs, "verification": {"samples_per_job": None}}
    folder = tmp_path / "humaneval"
    for name in models:
        (folder / name / "repeated").mkdir(parents=True, exist_ok=True)
    return Layout(config), folder, folder / "small" / "repeated"


def write_pair(folder: Path, counts: pd.DataFrame, sampled: bool = True) -> PairResults:
    one = pair()
    one.coverage.to_csv(folder / "coverage.csv", index=False)
    one.coverage.assign(dollars=2.5).to_csv(folder / "cost.csv", index=False)
    counts.to_csv(folder / "counts.csv", index=False)
    contents = {"scaling_laws": one.laws, "forecasts": one.forecasts}
    contents |= {"tokens": one.tokens, "diversity": one.diversity, "truncated": one.truncated} if sampled else {}
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return one


def test_results_are_read_from_what_the_stages_wrote(tmp_path: Path) -> None:
    made, folder, first = layout(tmp_path)
    one = write_pair(first, pair().counts)
    write_pair(folder / "large" / "repeated", pair().counts)
    found, other = read_pairs(made, tmp_path, {"humaneval": "HumanEval"})
    pd.testing.assert_frame_equal(found.coverage, one.coverage)
    pd.testing.assert_frame_equal(found.counts, one.counts)
    assert (found.benchmark, found.title, found.model, found.laws, found.tokens) == ("humaneval", "HumanEval", "small", one.laws, one.tokens)
    assert (found.forecasts, found.diversity, found.truncated) == (one.forecasts, one.diversity, one.truncated)
    assert found.costs is not None and found.costs["dollars"].eq(2.5).all()
    assert (found.folder, found.drawn, other.model) == ("humaneval/small/repeated", False, "large")
    COMPARISON.differences.to_csv(folder / "differences.csv", index=False)
    (folder / "budget.json").write_text(json.dumps(COMPARISON.budget))
    assert read_comparisons(made, tmp_path)["humaneval"].families == {}
    (folder / "families.json").write_text(json.dumps(COMPARISON.families))
    compared = read_comparisons(layout(tmp_path, family="greek")[0], tmp_path)["humaneval"]
    pd.testing.assert_frame_equal(compared.differences, COMPARISON.differences)
    assert (compared.budget, compared.families) == (COMPARISON.budget, COMPARISON.families)


def test_counts_without_samples_have_neither_tokens_nor_repeats(tmp_path: Path) -> None:
    made, folder, first = layout(tmp_path, engine="counts")
    for place in (first, folder / "large" / "repeated"):
        write_pair(place, pair().counts.assign(no_answer=None), sampled=False)
    found = read_pairs(made, tmp_path, {"humaneval": "HumanEval"})[0]
    assert (found.tokens, found.diversity, found.truncated) == (None, None, None)


def paired(*rows: tuple[str, str, int, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["first", "second", "k", "difference", "p_holm"])


@pytest.mark.parametrize(
    ("differences", "said"),
    [
        (paired(), ""),
        (paired(("a", "b", 1, 0.2, 0.9), ("a", "b", 9, -0.2, 0.04)), "At the last k: b below a."),
        (paired(("a", "b", 9, -0.2, 0.06)), "At the last k no difference is shown at 95%; that does not show that there is none."),
        (
            paired(("a", "b", 9, 0.2, 0.01), ("a", "c", 9, 0.1, 0.2), ("b", "c", 5, -0.1, 0.01)),
            "Of the 3 pairs at the last k, corrected for their number (Holm, family-wise error 5%): b above a, c below b.",
        ),
        (
            paired(("a", "b", 9, 0.2, 0.5), ("a", "c", 9, 0.1, 0.2)),
            "Of the 2 pairs at the last k, corrected for their number (Holm, family-wise error 5%), none is shown to differ; that does not show that none does.",
        ),
    ],
)
def test_differences_sentence(differences: pd.DataFrame, said: str) -> None:
    assert difference_sentence(differences, 0.95) == said


def test_differences_are_told_at_the_level_of_the_study() -> None:
    table = pd.DataFrame({"first": ["a"], "second": ["b"], "k": [9], "difference": [0.1], "p_holm": [0.12]})
    assert difference_sentence(table, 0.8) == "At the last k: b above a."
    assert difference_sentence(table, 0.95).startswith("At the last k no difference is shown at 95%")


def test_end_of_curve_is_explained() -> None:
    counts = pair().counts
    assert end_of_curve(counts) == "The curve ends at k = 30, the samples of each problem."
    assert end_of_curve(counts.assign(n=[30, 12, 30])) == "The curve ends at k = 12: problem p/1 has no more samples, although others have up to 30."


def test_forecast_sentence_names_record_or_reason() -> None:
    assert forecast_sentence(FORECASTS) == (
        "pass@300 is forecast to be 80.0%, from 30 samples a problem; 95% intervals are [70.0%, 90.0%] for these problems and [65.0%, 95.0%] for other "
        "problems of the same kind. The same forecast from a tenth of the samples was off by 0.023 in the mean of 20 hold-outs (bias -0.010; the interval for "
        "these problems held the truth in 19)."
    )
    assert "from half of the samples" in forecast_sentence({**FORECASTS, "record_factor": 2.0})
    assert forecast_sentence(NO_FORECAST) == "No forecast of pass@300: 0 problems were solved; a forecast needs 3."


def test_family_and_budget_sentences() -> None:
    assert family_sentences(COMPARISON.families) == [
        "Pythia: two curves differ by 10.0 points [7.0, 12.0] in the mean before the shift, and by 4.0 points [2.0, 6.0] after it; "
        "left out: large (never reaches it)."
    ]
    alone, apart = ({"families": [{"family": "a", "models": models, "not_compared": "too short"}]} for models in (["a"], ["a", "b"]))
    assert family_sentences(alone) == []
    assert family_sentences(apart) == ["a: not compared, too short"]
    assert [(row["wanted"], row["model"]) for row in budget_rows(COMPARISON.budget)] == [
        ("50.0% for the fewest FLOPs", "small"),
        ("the most for $2.50", None),
    ]


def test_the_report_holds_the_numbers(figure: Path, tmp_path: Path) -> None:
    _, found = page([pair()], figure, tmp_path)
    for row in (
        ["model", "k = 1", "k = 2", "k = 5", "k = 10", "k = 20", "k = 30"],
        ["small", "2.50 2.0 – 2.9", *(f"{k / 0.4:.2f} {k / 0.5:.1f} – {k / 0.35:.1f}" for k in (2, 5, 10, 20, 30))],
        ["small, large", "1", "+1.00", "-1.00 – 3.00", "0.3", "0.3"],
        ["small, large", "30", "+20.00", "10.00 – 30.00", "0.002", "0.002"],
        ["small", "least squares on log c", "-7.599", "[-9.100, -6.600]", "-0.182", "[-0.200, -0.160]", "0.0052 ± 0.0072", "0.0241 at k = 10000"],
        ["small", "least squares on c", "not fitted: coverage is above 0 at 0 different k only"],
        ["small", POPULATION["loss_description"], "0.296", "[0.250, 0.360]", "12.4", "1.000", "–", "0.0049 ± 0.0031"],
        [
            "small",
            INFLATED["loss_description"],
            INFLATED["doubts"]["alpha"],
            "[3.010, …]",
            "12.4",
            "1.000",
            "0.1 % (not determined, anywhere from 0 to 56 %)",
            "0.0049 ± 0.0031",
        ],
        ["small", "scaled Beta", "not fitted: no problem was solved"],
        ["small", "recommended: mean of 1 estimators", "0.800", "[0.700, 0.900]", "[0.650, 0.950]", "0.023", "-0.010"],
        ["small", "exponentiated power law *", "0.800", "–", "–", "0.023", "-0.010"],
        ["50.0% for the fewest FLOPs", "small", "7", "50.00 %", "1.23 kFLOP"],
        ["the most for $2.50", "no model costs that little"],
        ["2.0", "2", "55.0 %", "100.0 %"],
        ["problems solved at least once", "2 of 3"],
        ["samples that passed", "33 of 90"],
        ["small", "90", "33 36.7%", "45 50.0%", "1 1.1%", "7 7.8%", "4 4.4%"],
        ["distinct texts", "81 of 90"],
        ["cut off at the limit of tokens", "7 of 90"],
        ["output tokens; prompt tokens (each prompt once)", "56,789; 1,234"],
        ["drawn by", "engine vllm, device cpu"],
    ):
        assert row in found.rows
    for text in (
        forecast_sentence(FORECASTS),
        *family_sentences(COMPARISON.families),
        "Coverage still rises with the samples.",
        "95 % intervals over problems (percentile bootstrap over problems, 2000 resamples)",
        "At the last k: large above small.",
        "bands: 95% intervals over problems, one for each k (percentile bootstrap over problems).",
        "sandbox bubblewrap, version 0.11.0",
    ):
        assert text in found.text


def test_report_is_self_contained_html(figure: Path, tmp_path: Path) -> None:
    html, found = page([pair("small"), pair("large"), pair("small", "arithmetic", "Arithmetic")], figure, tmp_path)
    assert found.open == []
    assert "http" not in html
    assert html.count(base64.b64encode(figure.read_bytes()).decode()) == 2
    assert html.count("<h2>") == 3
    assert [title in found.text for title in ("small on HumanEval", "large on HumanEval", "small on Arithmetic")] == [True] * 3


GOLD = {"solutions": 4, "problems": 4, "failing": 1, "unsolved": 1, "unsolved_problems": ["HumanEval/1"], "changed": 0, "repeats": 2}
HOLES = {"wrong": 28, "holes": 2, "holes_found": ["HumanEval/3 (return [])"]}
AGAIN = {"samples": 48, "problems": 4, "repeats": 2, "changed": 3, "changed_problems": 1, "other": None}


def test_report_names_failing_gold_and_weak_tests(figure: Path, tmp_path: Path) -> None:
    html, _ = page([pair()], figure, tmp_path, {"humaneval": {"gold": {**GOLD, **HOLES}, "models": {"small": AGAIN}, "cross_check": None}})
    assert "<h2>The verifiers</h2>" in html
    assert "<td>1 of 4</td><td>2 ×</td><td>0</td><td>28</td><td>2</td>" in html
    assert "HumanEval: no solution passes of HumanEval/1." in html
    assert "HumanEval: the tests have holes. A wrong answer passes HumanEval/3 (return []); …." in html
    html, _ = page(
        [pair()], figure, tmp_path, {"humaneval": {"gold": {**GOLD, **HOLES, "holes": 0, "holes_found": []}, "models": {}, "cross_check": None}}
    )
    assert "the tests have holes" not in html


def test_user_text_is_escaped_in_report(figure: Path, tmp_path: Path) -> None:
    html, found = page([pair()], figure, tmp_path)
    assert "demo <1>" not in html
    assert "demo <1>: inference scaling" in found.text
    assert "Does it & climb?" in found.text
    assert yaml.safe_load(found.text.split("Configuration\n")[-1]) == CONFIG


def test_recorded_samples_have_no_tokens_in_the_report(figure: Path, tmp_path: Path) -> None:
    unknown = {"samples": 90, "known": 0, "truncated": None, "outcomes": {}, "syntax_errors": 0}
    recorded = replace(
        pair(), truncated=unknown, tokens=pair().tokens | {"prompt_tokens": None, "output_tokens": None, "provenance": [{"engine": "recorded"}]}
    )
    _, found = page([recorded], figure, tmp_path)
    assert ["drawn by", "engine recorded"] in found.rows
    assert ["cut off at the limit of tokens", "not known"] in found.rows and "Warning" not in found.text
    assert not [row for row in found.rows if "tokens;" in row[0]]


def test_report_begins_with_truncation_warning(figure: Path, tmp_path: Path) -> None:
    few = replace(pair("large"), truncated=TRUNCATED | {"samples": 1000, "known": 1000})
    _, found = page([pair(), few], figure, tmp_path)
    before, _, _ = found.text.partition("Coverage (pass@k)")
    assert before.count("Warning:") == found.text.count("Warning:") == 1
    assert (
        "7.8% of the samples of small on HumanEval (7 of 90) were cut off at max_tokens: 99; of these 2 are syntax errors, 3 without an answer"
        in before
    )


@pytest.mark.parametrize(("prompt", "output", "cell"), [(None, 56789, "56,789; not known"), (1234, None, "not known; 1,234")])
def test_unknown_tokens_are_shown_as_unknown(figure: Path, tmp_path: Path, prompt: int | None, output: int | None, cell: str) -> None:
    one = pair()
    _, found = page([replace(one, tokens=(one.tokens or {}) | {"prompt_tokens": prompt, "output_tokens": output})], figure, tmp_path)
    assert ["output tokens; prompt tokens (each prompt once)", cell] in found.rows
