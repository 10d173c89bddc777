"""Populations of problems whose coverage is known, for the simulations of intervals.

A population is a finite list of chances of success, and problems are drawn from it with replacement, so that its coverage is exact. A Beta distribution is
its 4,000 quantiles.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, logit

Chances = NDArray[np.float64]
MIDPOINTS = (np.arange(4000) + 0.5) / 4000


@dataclass(frozen=True, slots=True)
class Population:
    """Chances of success of two models on the same problems, shape (size,) each."""

    first: Chances
    second: Chances

    @property
    def equal(self) -> bool:
        """Whether the models are the same on every problem."""
        return bool((self.first == self.second).all())


def beta(a: float, b: float) -> Chances:
    """A Beta distribution."""
    return np.asarray(betaincinv(a, b, MIDPOINTS))


def mixture(*parts: tuple[float, float, float]) -> Population:
    """Kinds of problems: (share, chance of the first model, chance of the second)."""
    times = [round(1000 * share) for share, _, _ in parts]
    return Population(*(np.repeat([part[model] for part in parts], times).astype(float) for model in (1, 2)))


def twins(chances: Chances) -> Population:
    """Two models that are equal on every problem."""
    return Population(chances, chances)


def from_counts(path: Path) -> dict[str, Population]:
    """Real populations: each two models that follow each other in a table of counts (columns model, n, c; the same problems in the same order)."""
    models = {str(name): (rows["c"] / rows["n"]).to_numpy(dtype=float) for name, rows in pd.read_csv(path).groupby("model", sort=False)}
    return {f"{one}; {two}": Population(models[one], models[two]) for one, two in pairwise(models)}


def _near(chances: Chances, scale: float) -> Chances:
    """A model that is as good as another, not on the same problems: log-odds with normal noise."""
    return np.asarray(expit(logit(chances) + scale * np.random.default_rng(0).standard_normal(chances.size)))


def _populations() -> dict[str, Population]:
    near_zero, hard, shaped = beta(0.05, 5), beta(0.065, 100), beta(0.25, 0.35)
    easy, large, even = beta(8, 0.4), beta(0.296, 12.4), MIDPOINTS
    better = even.copy()
    better[::10] = np.minimum(1, better[::10] + 0.2)
    return {
        "near zero, Beta(.05, 5); twice as good": Population(near_zero, np.minimum(1, 2 * near_zero)),
        "hard, Beta(.065, 100); three times as good": Population(hard, np.minimum(1, 3 * hard)),
        "like Pythia-12B, Beta(.296, 12.4); another as good": Population(large, _near(large, 0.7)),
        "U-shaped, Beta(.25, .35); p^.8": Population(shaped, shaped**0.8),
        "half never, half Beta(.3, 3); equal": twins(np.concatenate([np.zeros(4000), beta(0.3, 3)])),
        "2 % at .5, the rest never; nothing": mixture((0.98, 0, 0), (0.02, 0.5, 0)),
        "all .5; 2 % at 0 against .9": mixture((0.98, 0.5, 0.5), (0.02, 0, 0.9)),
        "97 % at .9, 3 % never; 2 % more never, 1 % less": mixture((0.95, 0.9, 0.9), (0.02, 0.9, 0), (0.01, 0, 0.9), (0.02, 0, 0)),
        "all .01; all .02": mixture((1, 0.01, 0.02)),
        "all .5; equal": mixture((1, 0.5, 0.5)),
        "saturated, Beta(8, .4); p^1.5": Population(easy, easy**1.5),
        "saturated, 1 % at .02; equal": twins(np.concatenate([easy, np.full(40, 0.02)])),
        "all always but 1 %; all always": mixture((0.99, 1, 1), (0.01, 0, 1)),
        "like AIME; somewhat better": mixture((0.6, 0.95, 0.97), (0.1, 0.5, 0.8), (0.1, 0.2, 0.1), (0.05, 0.05, 0.6), (0.15, 0, 0)),
        "uniform; one in ten better by .2": Population(even, better),
        "all .6; one in fifty each way": mixture((0.96, 0.6, 0.6), (0.02, 1, 0), (0.02, 0, 1)),
        "1 % always, the rest .001; .3 there": mixture((0.99, 0.001, 0.001), (0.01, 1, 0.3)),
        "5 % at .8, the rest never; nothing": mixture((0.95, 0, 0), (0.05, 0.8, 0)),
        "12 % always, the rest never; nothing": mixture((0.88, 0, 0), (0.12, 1, 0)),
        "all .3; 10 % at .95, 1 % lost": mixture((0.89, 0.3, 0.3), (0.1, 0.05, 0.95), (0.01, 1, 0)),
        "Beta(.1, 20); equal": twins(beta(0.1, 20)),
    }


POPULATIONS: Mapping[str, Population] = _populations()
"""By name: what the first model is like; and the second."""
