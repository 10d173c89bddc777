"""Quantiles and tails of the beta and the normal distribution.

``scipy.special`` gives the same bits as ``scipy.stats.beta`` and ``scipy.stats.norm``, which take a second to import. It is imported on use, as
many scripts import this module's users for something else.
"""

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray


def beta_quantile(probability: ArrayLike, a: ArrayLike, b: ArrayLike) -> FloatArray:
    """The value below which a beta distribution has ``probability``; NaN where ``a`` or ``b`` is not above zero. Shapes broadcast."""
    from scipy.special import betaincinv

    a, b, probability = (np.asarray(value, dtype=np.float64) for value in (a, b, probability))
    return np.where((a > 0) & (b > 0), betaincinv(a, b, probability), np.nan)


def beta_tail(value: ArrayLike, a: ArrayLike, b: ArrayLike) -> FloatArray:
    """The chance that a beta variable lies above ``value``. Shapes broadcast."""
    from scipy.special import betaincc

    a, b, value = (np.asarray(one, dtype=np.float64) for one in (a, b, value))
    return np.asarray(betaincc(a, b, value))


def normal_quantile(probability: float) -> float:
    """The value below which a standard normal distribution has ``probability``."""
    from scipy.special import ndtri

    return float(ndtri(probability))


def normal_tail(deviate: ArrayLike) -> FloatArray:
    """The chance that a standard normal variable lies above ``deviate``."""
    from scipy.special import ndtr

    return np.asarray(ndtr(-np.asarray(deviate, dtype=np.float64)))
