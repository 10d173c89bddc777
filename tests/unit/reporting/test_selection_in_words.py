"""What the report says of reward models and of how many votes are worth it."""

import pandas as pd

from monkeys.reporting.selection import reward_in_words, votes_in_words

REWARD = {
    "problems": 15,
    "samples": 8,
    "steps": 324,
    "right_steps": 19.44,
    "coverage": {"1": 20.0, "8": 60.0},
    "majority": 30.0,
    "heads": {
        "process": {
            "answer_auc": {"minimum": 0.8856, "last": 0.8971},
            "step_auc": 0.8533,
            "step_accuracy": 86.42,
            "best_of_k": {"minimum": {"1": 20.0, "8": 56.67}, "last": {"1": 20.0, "8": 46.67}},
        },
        "outcome": {"answer_auc": {"last": None}, "best_of_k": {"last": {"1": 20.0, "8": 40.0}}},
    },
    "training": {"own_solutions": 480, "written_solutions": 200, "steps": 1714},
}


def test_process_and_outcome_supervision_stand_side_by_side() -> None:
    found = reward_in_words("prm", REWARD)
    assert (found["name"], found["ks"]) == ("prm", ["1", "8"])
    assert [(row["head"], row["way"], row["area"], row["accuracy"]) for row in found["rows"]] == [
        ("coverage", "", "", [20.0, 60.0]),
        ("process", "minimum", "0.89", [20.0, 56.67]),
        ("process", "last", "0.90", [20.0, 46.67]),
        ("outcome", "last", "", [20.0, 40.0]),
    ]
    assert (
        "the process head's best aggregation (minimum) is right in 56.7 % of the cases, the outcome head in 40.0 %, the vote in 30.0 %"
        in found["sentence"]
    )


def test_the_best_number_of_votes_and_the_cheapest_rule_are_named() -> None:
    votes = {
        "samples": 80,
        "best_of_curve": 8,
        "best_accuracy": 0.758,
        "accuracy_of_all": 0.733,
        "best_by_model": 7.0,
        "predicted": [{"k": 160, "plug_in": 0.73, "two_answers": 0.72, "no_change": 0.733}],
    }
    record = pd.DataFrame(
        {"used": [20, 40, 20, 40], "k": [40, 80, 40, 80], "way": ["plug_in"] * 2 + ["two_answers"] * 2, "mean_error": [0.01, 0.02, 0, -0.01], "mean_absolute_error": [0.02] * 4}
    )  # fmt: skip
    stopping = pd.DataFrame({"rule": ["beta", "beta"], "threshold": [0.7, 0.95], "mean_samples": [4.0, 12.0], "accuracy": [0.70, 0.735]})
    found = votes_in_words(votes, record, stopping)
    assert found is not None
    said = " ".join(found["sentences"])
    assert "most accurate with 8 of 80 samples (75.8%; with all 73.3%)" in said and "7 votes are best" in said
    assert "(beta rule, threshold 0.95) is right in 73.5% of the cases with 12.0 samples in the mean" in said
    assert [(row["used"], row["k"]) for row in found["record"]] == [(40, 80), (40, 80)]
    assert votes_in_words(None, None, None) is None
