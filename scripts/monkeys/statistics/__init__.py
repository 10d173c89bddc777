"""Statistics on counts: for each problem, n samples drawn of which c passed. Pure functions on arrays."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

FORECAST_SAMPLES = 4
"""Samples of each problem that a forecast needs. Rules ask for it whenever Snakemake starts, without loading the estimators."""
