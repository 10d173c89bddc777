"""Intervals that the workflow does not make, or not by default, beside which its own are measured.

Each takes values of problems, shape (studies, problems), and gives lower and upper bounds, shape (studies,) each, for 95 %.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln, stdtrit

Values = NDArray[np.float64]
Bounds = tuple[Values, Values]
NORMAL = 1.959963984540054
RESAMPLES = 1000


def percentile(values: Values, random: np.random.Generator) -> Bounds:
    """The percentile bootstrap over problems; studies share resamples."""
    means = values @ _weights(values.shape[1], random)
    low, high = np.quantile(means, [0.025, 0.975], axis=1)
    return low, high


def studentised(values: Values, random: np.random.Generator) -> Bounds:
    """The studentised bootstrap within Clopper and Pearson's bounds for the problems that are always or ever solved: the workflow's default before."""
    problems = values.shape[1]
    mean = values.mean(axis=1)
    centred = values - mean[:, None]
    centred[np.abs(centred) <= 1e-14] = 0
    weights = _weights(problems, random)
    deviations = centred @ weights
    squares = (centred**2) @ weights - deviations**2
    squares[squares <= 1e-13 * (centred**2).max(axis=1)[:, None]] = 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.nan_to_num(deviations / np.sqrt(squares / (problems - 1)), nan=0.0, posinf=np.inf, neginf=-np.inf)
        low, high = np.quantile(ratios, [0.025, 0.975], axis=1, method="nearest")
        error = np.sqrt((centred**2).sum(axis=1) / (problems - 1) / problems)
        lower, upper = np.where(error == 0, mean, mean - high * error), np.where(error == 0, mean, mean - low * error)
    at_least, at_most = clopper_pearson((values >= 1).astype(float)), clopper_pearson((values > 0).astype(float))
    alike = clopper_pearson(values)
    lower, upper = np.maximum(np.clip(lower, 0, 1), at_least[0]), np.minimum(np.clip(upper, 0, 1), at_most[1])
    return np.where(error == 0, alike[0], lower), np.where(error == 0, alike[1], upper)


def wilson(values: Values) -> Bounds:
    """Wilson's score interval, as if each problem were passed or not: the sum over problems is the number of passes."""
    problems, mean = values.shape[1], values.mean(axis=1)
    centre = (mean + NORMAL**2 / (2 * problems)) / (1 + NORMAL**2 / problems)
    reach = NORMAL * np.sqrt(mean * (1 - mean) / problems + NORMAL**2 / (4 * problems**2)) / (1 + NORMAL**2 / problems)
    return centre - reach, centre + reach


def clopper_pearson(values: Values) -> Bounds:
    """The exact interval for shares, the sum over problems in the place of the number of passes."""
    problems, passes = values.shape[1], values.sum(axis=1)
    with np.errstate(invalid="ignore"):
        lower = np.where(passes > 1e-12, betaincinv(np.maximum(passes, 1e-12), problems - passes + 1, 0.025), 0.0)
        upper = np.where(passes < problems - 1e-12, betaincinv(passes + 1, np.maximum(problems - passes, 1e-12), 0.975), 1.0)
    return lower, upper


def student(values: Values, lowest: float) -> Bounds:
    """A t interval after one pseudo-problem at each end of the scale (Agresti and Coull's idea; Bonett and Price for differences)."""
    number = values.shape[1] + 2
    mean = (values.sum(axis=1) + lowest + 1) / number
    variance = ((values**2).sum(axis=1) + lowest**2 + 1 - number * mean**2) / (number - 1)
    reach = stdtrit(number - 1, 0.975) * np.sqrt(np.maximum(variance, 0) / number)
    return np.maximum(mean - reach, lowest), np.minimum(mean + reach, 1)


def bayes(correct: NDArray[np.int64], samples: int, k: int) -> Bounds:
    """A uniform prior for the chance of each problem, and a normal interval by the posterior's mean and variance: scorio's pass_at_k_ci (0.2.3).

    Args:
        correct: passes, shape (studies, problems).
        samples: of each problem.
        k: that of pass@k.
    """
    c = np.arange(samples + 1)
    fails = [np.exp(betaln(1 + c, 1 + samples - c + times * k) - betaln(1 + c, 1 + samples - c)) for times in (1, 2)]
    means, variances = 1 - fails[0], np.maximum(fails[1] - fails[0] ** 2, 0)
    mean, error = means[correct].mean(axis=1), np.sqrt(variances[correct].sum(axis=1)) / correct.shape[1]
    return np.clip(mean - NORMAL * error, 0, 1), np.clip(mean + NORMAL * error, 0, 1)


def _weights(problems: int, random: np.random.Generator) -> Values:
    return np.asarray(random.multinomial(problems, np.full(problems, 1 / problems), size=RESAMPLES).T / problems)
