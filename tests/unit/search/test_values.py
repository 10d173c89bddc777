"""What values are worth: with the truth about each step a search is not worse than the best of as many samples, with noise it gains nothing."""

import random
from typing import Any

import pytest
from stub_search import StubPolicy, final, requests, search, spelled

from monkeys.engines.stepping import StepDrawn
from monkeys.search.loop import Step, Tree

STEPS = 4
RIGHT = 0.6
"""Chance of each step."""


class Solver(StubPolicy):
    """Writes four steps, each right by chance; a wrong one is never made good."""

    def _draw(self, step: Step) -> StepDrawn:
        self.drawn += 1
        rng = random.Random(f"{step.seed}")
        text = "".join(map(chr, step.tokens))
        done = text.count("\n")
        line = "right" if rng.random() < RIGHT else "wrong"
        return StepDrawn(spelled(line if done == STEPS - 1 else f"{line}\n"), "stop" if done == STEPS - 1 else "")


def truth(text: str) -> float:
    return 0.01 if "wrong" in text else 0.99


def solved(strategy: dict[str, Any], value: Any) -> tuple[float, float]:
    """Share of trees whose final text is right, and tokens a tree."""
    trees: dict[tuple[str, int], Tree] = search(strategy, value, asked=requests(300, 1), policy=Solver(at_once=50))
    texts = final(trees)
    return sum("wrong" not in text for text in texts.values()) / len(texts), sum(len(node.tokens) for t in trees.values() for node in t.nodes) / len(
        texts
    )


SEARCHES: list[dict[str, Any]] = [
    {"method": "beam", "width": 8, "children": 4},
    {"method": "beam", "width": 8, "children": 8},
    {"method": "dvts", "width": 8, "children": 4},
    {"method": "rebase", "width": 8},
    {"method": "particles", "width": 8},
]
IDS = ["beam", "greedy", "dvts", "rebase", "particles"]


@pytest.mark.parametrize("strategy", SEARCHES, ids=IDS)
def test_with_the_truth_a_search_is_better_than_the_best_of_as_many_tokens(strategy: dict[str, Any]) -> None:
    share, tokens = solved(strategy, truth)
    samples, sampled_tokens = solved({"method": "beam", "width": 8, "children": 1}, truth)
    assert tokens <= sampled_tokens * 1.01
    # Best of 8: 1 - (1 - 0.6^4)^8 = 0.67; four chances for each of four steps: (1 - 0.4^4)^4 = 0.90.
    assert samples == pytest.approx(1 - (1 - RIGHT**STEPS) ** 8, abs=0.09)
    assert share > samples + 0.1


@pytest.mark.parametrize("strategy", SEARCHES, ids=IDS)
def test_noise_gains_nothing(strategy: dict[str, Any]) -> None:
    # Another number each time: texts of different problems are the same here.
    rng = random.Random(1)
    share, _ = solved(strategy, lambda text: rng.random())
    # Three standard errors of 300 trees about the chance of one sample, 0.13.
    assert share == pytest.approx(RIGHT**STEPS, abs=0.06)


def test_the_wrong_sign_loses() -> None:
    share, _ = solved(SEARCHES[0], lambda text: 1 - truth(text))
    assert share < RIGHT**STEPS / 2
