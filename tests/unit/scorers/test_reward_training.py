"""Training of the embedded reward model, but for its engines: labels, head, folder and what is said of its accuracy."""

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest

from monkeys.errors import InputError
from monkeys.formats.equations import is_right
from monkeys.graders.stated_number import robust_answer
from monkeys.statistics.selection import best_of_k
from monkeys.training.evaluation import held_out_report, majority
from monkeys.training.folder import check_policy
from monkeys.training.head import area_under_curve, fit_head
from monkeys.training.solutions import labelled, spoilt, training_problems, written


def test_written_solutions_are_right_and_spoilt_in_turn() -> None:
    problems = training_problems(0, 0, 120, 4)
    solutions = written(problems, 0)
    right, wrong = solutions[::2], solutions[1::2]
    assert all(one.right_course and all(one.labels) for one in right)
    assert not any(one.right_course for one in wrong)
    # Some spoilt ones come to the right number all the same, and nearly all begin rightly where they have several steps.
    assert sum(one.right_answer for one in wrong) < 20
    assert any(one.labels[0] and not one.labels[-1] for one in wrong)
    assert all(list(one.labels) == sorted(one.labels, reverse=True) for one in solutions)
    assert [one.text for one in written(problems, 0)] == [one.text for one in solutions] != [one.text for one in written(problems, 1)]


def test_spoilt_solution_is_consistent_behind_its_mistake() -> None:
    rng = random.Random(0)
    for _, problem in training_problems(0, 0, 80, 3):
        text = spoilt(problem, rng)
        assert not is_right(text, problem.start, problem.changes, robust_answer)
        values = [line.rpartition("= ")[2] for line in text.splitlines()[:-1]]
        assert text.splitlines()[-1] == f"The answer is {values[-1] if values else problem.start}."


def test_training_problems_are_no_studys() -> None:
    prompts = [prompt for prompt, _ in training_problems(0, 5, 9, 2)]
    assert [prompt.problem_id for prompt in prompts] == ["training/0/5", "training/0/6", "training/0/7", "training/0/8"]


def test_head_finds_the_direction_that_decides() -> None:
    rng = np.random.default_rng(0)
    states = rng.normal(size=(800, 12)) * np.arange(1, 13)
    truth = np.zeros(12)
    truth[[0, 3]] = 2.0, -1.0
    labels = rng.random(800) < 1 / (1 + np.exp(-states @ truth))
    head, penalty = fit_head(states, labels, np.arange(800) // 4)
    assert area_under_curve(states @ head, labels) > 0.9 and penalty in (1.0, 10.0)  # type: ignore[arg-type,operator]
    assert head[0] > 0 > head[3] and np.abs(head[[1, 2, 4, 5]]).max() < 0.4
    # The fit's own condition: the gradient of the penalised loss is zero.
    scale = states.std(axis=0)
    chances = 1 / (1 + np.exp(-states @ head))
    assert np.abs((states / scale).T @ (chances - labels) + penalty * head * scale).max() < 0.05
    assert np.array_equal(fit_head(states, labels, np.arange(800) // 4)[0], head)


def test_area_under_the_curve_counts_pairs() -> None:
    rng = random.Random(3)
    scores = [rng.randrange(6) / 2 for _ in range(40)]
    labels = [rng.random() < 0.4 for _ in range(40)]
    pairs = [
        (a > b) + (a == b) / 2 for a, one in zip(scores, labels, strict=True) if one for b, other in zip(scores, labels, strict=True) if not other
    ]
    assert area_under_curve(scores, labels) == pytest.approx(sum(pairs) / len(pairs))
    assert area_under_curve([1.0], [True]) is None and area_under_curve([1.0], [False]) is None


def test_best_of_k_equals_enumeration() -> None:
    rng = random.Random(5)
    for _ in range(20):
        scores = [float(rng.randrange(4)) for _ in range(7)]
        right = [rng.random() < 0.5 for _ in range(7)]
        for k in range(1, 8):
            chances = []
            for subset in itertools.combinations(range(7), k):
                top = [one for one in subset if scores[one] == max(scores[other] for other in subset)]
                chances.append(sum(right[one] for one in top) / len(top))
            assert best_of_k(scores, right, k)[0] == pytest.approx(sum(chances) / len(chances))


def test_majority_shares_ties_and_leaves_out_samples_without_an_answer() -> None:
    assert majority(["1", "2", "2", None, None, None], [False, True, True, False, False, False]) == 1
    assert majority(["1", "2"], [False, True]) == 0.5
    assert majority([None], [False]) == 0


def test_report_knows_a_perfect_head_and_a_useless_one() -> None:
    problems = training_problems(0, 0, 30, 3)
    rng = random.Random(1)
    solutions = [
        labelled(prompt, problem, problem.solution if rng.random() < 0.4 else spoilt(problem, rng), True)
        for prompt, problem in problems
        for _ in range(4)
    ]
    truth = [np.array([[1.0 if label else -1.0] for label in one.labels], dtype=np.float32) for one in solutions]
    states = [(steps, np.array([1.0 if one.right_answer else -1.0], dtype=np.float32)) for steps, one in zip(truth, solutions, strict=True)]
    report = held_out_report(solutions, states, {"process": np.array([5.0]), "outcome": np.array([5.0])})
    assert report["problems"] == 30 and report["samples"] == 4
    perfect = report["heads"]["process"]
    assert perfect["step_accuracy"] == 100 and perfect["step_auc"] == 1
    assert report["heads"]["outcome"]["best_of_k"]["last"] == report["coverage"]
    useless = held_out_report(solutions, states, {"process": np.array([0.0])})["heads"]["process"]
    assert useless["step_auc"] == 0.5 and set(useless["best_of_k"]["mean"].values()) == {report["coverage"]["1"]}
    json.dumps(report, allow_nan=False)


def test_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["MambaForCausalLM"]}), encoding="utf-8")
    with pytest.raises(InputError, match="it is a MambaForCausalLM, and heads are known for"):
        check_policy({"folder": str(tmp_path)})
