"""How many votes: when a vote's accuracy stops rising, and what it will be with more samples, from few.

Chen et al. 2024 (arXiv 2403.02419): with two answers, where a share a of problems has the right one with chance p1 > 1/2 and the rest with p2 < 1/2, accuracy
at odd K is F(K) = a I_{p1}(h, h) + (1 - a) I_{p2}(h, h), h = (K + 1) / 2, I the regularised incomplete beta function. It rises and falls again where p2 is
nearer to 1/2 than p1 is. With several answers a vote may rise, fall and rise again (arXiv 2605.05592); its limit is the mode's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray
from monkeys.statistics.selection import classes_of, majority_vote
from monkeys.statistics.selection_votes import plurality


@dataclass(frozen=True, slots=True)
class TwoAnswers:
    """Chen's model.

    Args:
        easy: a, the share of problems whose right answer beats its strongest rival.
        right_easy, right_hard: p1 and p2, the right answer's part of the two leading answers' votes, means over easy and hard problems; NaN without such.
    """

    easy: float
    right_easy: float
    right_hard: float

    def accuracy(self, ks: ArrayLike) -> FloatArray:
        """F(K); an even K has that of K - 1, as ties are decided uniformly."""
        from scipy.special import betainc

        k = np.asarray(ks, dtype=np.float64)
        half = (np.where(k % 2 == 0, k - 1, k) + 1) / 2
        found = np.zeros(half.shape)
        for share, chance in ((self.easy, self.right_easy), (1 - self.easy, self.right_hard)):
            if share > 0:
                found = found + share * betainc(half, half, chance)
        return np.asarray(found)

    @property
    def best(self) -> float:
        """K*, the odd number of votes with the highest accuracy: 1 where every vote harms, infinity where each helps.

        F(K + 2) - F(K) has the sign of a (2 p1 - 1) (p1 (1 - p1))^h - (1 - a) (1 - 2 p2) (p2 (1 - p2))^h, so the peak lies at
        K* = 2 log[a (2 p1 - 1) / ((1 - a) (1 - 2 p2))] / log[p2 (1 - p2) / (p1 (1 - p1))].
        """
        gain = self.easy * (2 * self.right_easy - 1) if self.easy > 0 else 0.0
        harm = (1 - self.easy) * (1 - 2 * self.right_hard) if self.easy < 1 else 0.0
        if gain <= 0 or harm <= 0:
            return float("inf") if gain > 0 else 1.0
        up, down = self.right_easy * (1 - self.right_easy), self.right_hard * (1 - self.right_hard)
        if down <= up:
            # Harm fades at least as fast as gain: the curve falls, if at all, before it rises to its limit.
            return float("inf") if self.easy > self.accuracy([1])[0] else 1.0
        if up == 0:
            return 1.0
        # The first odd K after which F falls.
        steps = np.log(gain / harm) / np.log(down / up)
        return float(max(1, 2 * int(np.ceil(steps - 1e-12)) - 1))


def two_answers(problems: Sequence[tuple[ArrayLike, ArrayLike]]) -> TwoAnswers:
    """Chen's model of a study.

    Args:
        problems: classes of samples (-1 without a vote) and which are right, shapes (n,) each, as in ``selection.classes_of``. Problems whose right answers and
            strongest rival are tied count half as easy, half as hard.
    """
    chances = []
    for classes, right in problems:
        sizes, share, _ = classes_of(classes, right)
        good = float((sizes * share).sum())
        rival = float((sizes * (1 - share)).max(initial=0))
        chances.append(good / (good + rival) if good + rival else 0.0)
    values = np.array(chances)
    weights = np.where(values > 0.5, 1.0, np.where(values == 0.5, 0.5, 0.0))
    easy = float(weights.mean())
    return TwoAnswers(
        easy,
        float((weights * values).sum() / weights.sum()) if weights.sum() else float("nan"),
        float(((1 - weights) * values).sum() / (1 - weights).sum()) if (1 - weights).sum() else float("nan"),
    )


def predicted(problems: Sequence[tuple[ArrayLike, ArrayLike]], ks: ArrayLike) -> dict[str, FloatArray]:
    """Accuracy of a vote of k fresh samples, from the samples there are, by three ways; shapes (K,).

    ``plug_in``: each problem's answers keep the shares that they have; exact, and too sure where samples are few. ``two_answers``: Chen's model. ``no_change``:
    what a vote of all samples has now.
    """
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    plug_in = np.mean([plurality(*classes_of(classes, right), k, replaced=True) for classes, right in problems], axis=0)
    now = float(np.mean([majority_vote(classes, right, [np.asarray(classes).size])[0] for classes, right in problems]))
    return {"plug_in": np.asarray(plug_in), "two_answers": two_answers(problems).accuracy(k), "no_change": np.full(k.size, now)}


def hold_out(problems: Sequence[tuple[ArrayLike, ArrayLike]], used: int, ks: ArrayLike, parts: int, seed: int) -> dict[str, FloatArray]:
    """Errors of predictions from ``used`` samples of each problem beside the exact curve of all: predicted less seen, shape (parts, K), by way.

    Args:
        problems: as in ``two_answers``.
        used: samples of each problem that a prediction may see, drawn at random.
        ks: more than ``used``, and no more than the smallest n.
        parts: how often they are drawn.
        seed: of the draws.
    """
    k = np.atleast_1d(np.asarray(ks, dtype=np.int64))
    seen = np.mean([majority_vote(classes, right, k) for classes, right in problems], axis=0)
    generator = np.random.default_rng(seed)
    found: dict[str, list[FloatArray]] = {}
    for _ in range(parts):
        drawn = []
        for classes, right in problems:
            labels, correct = np.asarray(classes), np.asarray(right)
            places = generator.choice(labels.size, used, replace=False)
            drawn.append((labels[places], correct[places]))
        for way, values in predicted(drawn, k).items():
            found.setdefault(way, []).append(values - seen)
    return {way: np.array(values) for way, values in found.items()}
