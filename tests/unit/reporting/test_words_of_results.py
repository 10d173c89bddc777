"""Captions, links, choices and the end of a run: each says the numbers of its own table."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from report_cases import CONFIG, FORECASTS, NO_FORECAST, pair

from monkeys.files import write_json
from monkeys.reporting.captions import numbers
from monkeys.reporting.outcome import outcome_lines
from monkeys.reporting.report import texts_behind
from monkeys.reporting.selection import selection_in_words, votes_in_words

VOTES: dict[str, Any] = {
    "samples": 80,
    "best_of_curve": 8,
    "best_accuracy": 0.758,
    "accuracy_of_all": 0.733,
    "best_by_model": None,
    "predicted": [],
}


def chosen(*rows: tuple[str, str, int, float]) -> pd.DataFrame:
    """A table of selectors: name, what is right, k, accuracy."""
    table = pd.DataFrame(rows, columns=["selector", "label", "k", "accuracy"])
    return table.assign(scorer="", options="", lower=table["accuracy"] - 0.1, upper=table["accuracy"] + 0.1, coverage=0.75)


def difference(first: str, second: str, k: int = 30, label: str = "outcome") -> pd.DataFrame:
    return pd.DataFrame([{"label": label, "k": k, "first": first, "second": second, "difference": 0.2, "lower": 0.05, "upper": 0.4}])


ACCURACIES = (("oracle", "outcome", 30, 0.75), ("majority", "outcome", 30, 0.3), ("longest", "outcome", 30, 0.5))


@pytest.mark.parametrize(
    ("first", "second", "said", "bounds"),
    [("majority", "longest", "+20.0 points", (0.05, 0.4)), ("longest", "majority", "-20.0 points", (-0.4, -0.05))],
)
def test_a_difference_from_the_majority_has_its_sign_whichever_stands_first(first: str, second: str, said: str, bounds: tuple[float, float]) -> None:
    found = selection_in_words(chosen(*ACCURACIES), difference(first, second))
    assert found is not None and (found["best"]["difference"], found["best"]["difference_bounds"]) == (said, bounds)
    assert selection_in_words(chosen(*ACCURACIES), difference(first, second, k=10))["best"]["difference"] == ""  # type: ignore[index]


def test_selectors_are_compared_at_the_last_k_that_there_is() -> None:
    found = selection_in_words(chosen(*ACCURACIES, ("early", "outcome", 28, 0.9)), None)
    assert found is not None and [row["name"] for row in found["rows"]] == ["coverage", "majority", "longest"] and found["best"]["name"] == "longest"


def test_the_best_selector_is_that_of_answers_and_not_of_steps() -> None:
    found = selection_in_words(chosen(*ACCURACIES, ("majority", "process", 30, 0.7), ("longest", "process", 30, 0.6)), None)
    assert found is not None and (found["best"]["name"], found["best"]["label"]) == ("longest", "the answer")
    assert found["sentence"].endswith("Counting only answers whose steps are right too, coverage is 75.0%.")


def test_a_vote_that_stops_may_be_half_a_point_less_accurate() -> None:
    record = pd.DataFrame({"used": [20], "k": [40], "way": ["plug_in"], "mean_error": [0.01], "mean_absolute_error": [0.02]})
    stopping = pd.DataFrame({"rule": "beta", "threshold": [0.7, 0.8, 0.95], "mean_samples": [4.0, 9.0, 12.0], "accuracy": [0.727, 0.729, 0.735]})
    found = votes_in_words(VOTES, record, stopping)
    assert found is not None and "threshold 0.8) is right in 72.9% of the cases with 9.0 samples" in found["sentences"][2]
    assert "more votes never hurt" in found["sentences"][1]


def test_captions_say_the_numbers_of_their_own_curve() -> None:
    best = {**FORECASTS["forecasts"][0], "k": [30, 300], "coverage": [0.75, 0.8], "these": {"lower": [0.7, 0.72], "upper": [0.8, 0.9]}}
    costs = pd.DataFrame({"k": [1, 30], "pass_at_k": [0.025, 0.75], "dollars": [0.1, 3.0], "flops": [1.0, 2.0], "output_tokens": [5.0, 6.0]})
    one = replace(pair(), forecasts={**FORECASTS, "forecasts": [best]}, votes=VOTES, costs=costs)
    expected = {
        "coverage": "small: 2.5 % at k = 1, 75.0 % at k = 30.",
        "failure": "small: 97.5 % at k = 1, 25.0 % at k = 30.",
        "forecasts": "small: 80.0 % (72.0 to 90.0) at k = 300.",
        "heat_map": "small: 2 of 3 problems solved.",
        "costs": "small: 75.0 % for $3.00 (k = 30).",
        "diversity": "small: 81 of 90 texts are distinct.",
        "votes": "small: 75.8 % at best, with 8 of 80 samples.",
        "families": "",
    }
    assert {kind: numbers(kind, [one], []) for kind in expected} == expected
    assert numbers("forecasts", [replace(one, forecasts=NO_FORECAST)], []).startswith("small: no forecast, 0 problems were solved")
    assert numbers("heat_map", [replace(one, model=name) for name in "abc"], []).endswith("; 1 more in the table.")


def test_texts_are_linked_from_the_problems_that_are_solved_seldom_and_never() -> None:
    counts = pd.DataFrame({"problem_id": [f"p/{c}" for c in (9, 3, 0, 1, 30, 2, 8, 0)], "n": 30, "c": [9, 3, 0, 1, 30, 2, 8, 0]})
    found = texts_behind(replace(pair(), counts=counts), whole=True)
    assert found is not None and found["all"] == "samples.html#humaneval/small/repeated"
    (seldom, links), (never, others) = found["problems"]
    assert (seldom, [(link["name"], link["passed"], link["samples"]) for link in links]) == (
        "seldom solved",
        [(f"p/{c}", c, 30) for c in (1, 2, 3, 8, 9)],
    )
    assert (never, [link["address"] for link in others]) == ("never solved", ["samples.html#humaneval/small/repeated//p%2F0"] * 2)
    # A part of the samples may not have these.
    assert texts_behind(replace(pair(), counts=counts), whole=False) == {"all": "samples.html#humaneval/small/repeated", "problems": []}
    assert texts_behind(replace(pair(), tokens=None), whole=True) is None


def test_the_end_of_a_run_has_coverage_choices_and_what_it_took(tmp_path: Path) -> None:
    accuracies = [(name, "outcome", k, base + k / 100) for name, base in (("majority", 0.2), ("longest", 0.4)) for k in (1, 2, 5, 10, 20)]
    one = replace(pair(), selection=chosen(("oracle", "outcome", 30, 0.75), *accuracies, ("majority", "process", 1, 0.1)))
    other = replace(pair("large"), folder="humaneval/large/repeated")
    usage = {"seconds_loading": 30.0, "seconds_drawing": 90.0, "output_tokens": 1800}
    write_json(tmp_path / "logs" / "generate_samples" / one.folder / "0.usage.json", usage)
    (tmp_path / one.folder).mkdir(parents=True)
    costs = {"k": [1, 30], "flops": [1e12, 3e13], "gpu_seconds": [60.0, 5400.0], "dollars": [0.1, 3.0]}
    pd.DataFrame(costs).to_csv(tmp_path / one.folder / "cost.csv", index=False)
    said = outcome_lines(CONFIG, [one, other], tmp_path)
    rows = [line.split() for line in said[:13]]
    assert rows[0] == ["benchmark", "model", "problems", "samples", "k", "pass@k", "95%", "interval", "majority", "longest"]
    assert rows[1] == ["HumanEval", "small", "3", "30", "1", "2.5%", "2.0", "to", "2.9", "21.0%", "41.0%"]
    assert rows[2] == ["2", "5.0%", "4.0", "to", "5.7", "22.0%", "42.0%"] and rows[6] == ["30", "75.0%", "60.0", "to", "85.7"]
    assert rows[7] == ["HumanEval", "large", "3", "30", "1", "2.5%", "2.0", "to", "2.9"] and rows[12] == rows[6]
    (taken,) = [line for line in said if line.startswith("took ")]
    known = "(known for 1 of 2 curves)"
    tokens = "113,578 output tokens; 0:01:30 of drawing (20 tokens/s), 0:00:30 of loading"
    assert taken == f"took     {tokens}; 3e+13 FLOP {known}; 1.50 GPU hours {known}; 3.00 dollars {known}"
