"""How good a head is on problems that it was not trained on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monkeys.statistics import FloatArray
from monkeys.statistics.aggregation import WAYS, aggregate
from monkeys.statistics.selection import best_of_k, majority_vote, oracle
from monkeys.training.head import area_under_curve
from monkeys.training.solutions import Solution

States = tuple[NDArray[np.float32], NDArray[np.float32]]
"""States at the ends of a solution's steps (steps, width), and at the last token of what was read (width,)."""


def majority(answers: Sequence[str | None], right: Sequence[bool]) -> float:
    """The chance that the commonest answer of all samples is right, ties decided uniformly; samples without an answer do not vote."""
    numbers = {answer: number for number, answer in enumerate(dict.fromkeys(answers))}
    classes = [-1 if answer is None else numbers[answer] for answer in answers]
    return float(majority_vote(classes, right, [len(answers)])[0])


def chances(states: NDArray[np.float32], head: NDArray[np.float64]) -> list[float]:
    """A head's probabilities that each step is right."""
    odds = np.clip(states.astype(np.float64) @ head, -50, 50)
    return [float(value) for value in 1 / (1 + np.exp(-odds))]


def held_out_report(solutions: Sequence[Solution], states: Sequence[States], heads: Mapping[str, NDArray[np.float64]]) -> dict[str, Any]:
    """What heads are worth on the model's own solutions of held-out problems.

    Args:
        solutions: all of them.
        states: of each solution.
        heads: by level. ``process`` values each step, ``outcome`` the whole solution at its last token, which is what vLLM reads then.

    Returns:
        For each head its accuracy on steps (at one half) and areas under the curve, and, over random subsets of k of a problem's samples, the accuracy of
        the best by each aggregation of its values; beside them coverage and majority of all samples. In per cent, rounded to a hundredth.
    """
    by_problem: dict[str, list[int]] = defaultdict(list)
    for number, solution in enumerate(solutions):
        by_problem[solution.prompt.problem_id].append(number)
    samples = min(map(len, by_problem.values()))
    ks = [k for k in (1, 2, 4, 8, 16, 32, 64) if k <= samples]
    right = [solution.right_answer for solution in solutions]

    def mean(values: Sequence[float]) -> float:
        return round(100 * float(np.mean(values)), 2)

    def over_subsets(of_problems: Sequence[FloatArray]) -> dict[str, float]:
        return {str(k): mean([curve[place] for curve in of_problems]) for place, k in enumerate(ks)}

    report: dict[str, Any] = {
        "problems": len(by_problem),
        "samples": samples,
        "steps": sum(len(solution.labels) for solution in solutions),
        "right_steps": mean([label for solution in solutions for label in solution.labels]),
        "coverage": over_subsets([oracle([right[one] for one in group], ks) for group in by_problem.values()]),
        "majority": mean([majority([solutions[one].answer for one in group], [right[one] for one in group]) for group in by_problem.values()]),
        "heads": {},
    }
    for level, head in heads.items():
        values = [chances(steps if level == "process" else last[None], head) for steps, last in states]
        ways = WAYS if level == "process" else ("last",)
        scores = {way: [-1.0 if (score := aggregate(of_one, way)) is None else score for of_one in values] for way in ways}
        areas = {way: area_under_curve(scores[way], right) for way in ways}
        found: dict[str, Any] = {"answer_auc": {way: None if area is None else round(area, 4) for way, area in areas.items()}}
        if level == "process":
            steps = [value for of_one in values for value in of_one]
            labels = [label for solution in solutions for label in solution.labels]
            area = area_under_curve(steps, labels)
            found["step_auc"] = None if area is None else round(area, 4)
            found["step_accuracy"] = mean([(value >= 0.5) == label for value, label in zip(steps, labels, strict=True)])
        found["best_of_k"] = {
            way: over_subsets([best_of_k([scores[way][one] for one in group], [right[one] for one in group], ks) for group in by_problem.values()])
            for way in ways
        }
        report["heads"][level] = found
    return report
