"""The answer whose samples have the largest sum of weights, which are functions of their scores (Li et al. 2023, arXiv 2206.02336).

``link`` makes weights of scores. ``identity`` sums the scores as they are: where they can be negative, as raw rewards of a Bradley-Terry model are, it punishes
the frequent answer. ``sigmoid``: 1 / (1 + exp(-score / temperature)). ``exp``: exp(score / temperature). ``rank``: the share of the problem's samples that score
lower, ties counted half. A sample without a score does not vote.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from monkeys.selectors import Ballot, Choice, Draws, number_between, of_classes, one_of, votes
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import Estimate
from monkeys.statistics.selection_weighted import weighted_vote

OPTIONS: Mapping[str, Any] = {"link": "identity", "temperature": 1.0}
NEEDS = "scores"
LINKS = ("identity", "sigmoid", "exp", "rank")


def check(options: Mapping[str, Any]) -> None:
    """See ``Selector.check``."""
    one_of(options, "link", LINKS)
    number_between(options, "temperature", 0, float("inf"))


def weights(scores: FloatArray, options: Mapping[str, Any]) -> FloatArray:
    """Weights of a problem's samples, up to a factor that they share; NaN where there is no score. Shape as ``scores``."""
    there = ~np.isnan(scores)
    scaled = scores / float(options["temperature"])
    match options["link"]:
        case "sigmoid":
            # Either form where it does not overflow.
            small = np.exp(-np.abs(scaled))
            return np.where(scaled >= 0, 1 / (1 + small), small / (1 + small))
        case "exp":
            return np.exp(scaled - scaled[there].max()) if there.any() else scaled
        case "rank":
            found = np.full(scores.shape, np.nan)
            known = np.sort(scores[there])
            below, up_to = np.searchsorted(known, scores[there], "left"), np.searchsorted(known, scores[there], "right")
            found[there] = (below + up_to) / (2 * known.size)
            return found
    return scores


def voters(ballot: Ballot) -> Ballot:
    """The ballot in which samples without a score do not vote."""
    return replace(ballot, classes=np.where(np.isnan(ballot.scores), -1, ballot.classes))


def choose(ballot: Ballot, options: Mapping[str, Any]) -> Choice:
    """See ``Selector.choose``."""
    voting, weight = voters(ballot), weights(ballot.scores, options)
    classes, totals = votes(voting, weight)
    return of_classes(voting, totals, classes)


def accuracy(ballot: Ballot, right: FloatArray, ks: IntArray, options: Mapping[str, Any], draws: Draws) -> Estimate:
    """Exact for few samples or few weights, else by random orders. ``rank`` is the rank among all samples of the problem."""
    weight = np.nan_to_num(weights(ballot.scores, options))
    return weighted_vote(voters(ballot).classes, weight, right, ks, draws.permutations, draws.generator("weighted"))
