"""Quantiles of the beta and the normal distribution.

``scipy.special`` gives the same bits as ``scipy.stats.beta.ppf`` and ``scipy.stats.norm.ppf``, which take a second to import. It is imported on use, as
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


def normal_quantile(probability: float) -> float:
    """The value below which a standard normal distribution has ``probability``."""
    from scipy.special import ndtri

    return float(ndtri(probability))
