"""Selection by dual execution: programs and tests that a model wrote vouch for each other (CodeT: Chen et al. 2022, arXiv 2207.10397)."""

import numpy as np
from numpy.typing import ArrayLike

from monkeys.statistics import FloatArray, IntArray


def dual_execution(passes: ArrayLike) -> tuple[FloatArray, IntArray]:
    """Scores and classes of programs: those that pass the same tests are a class, with the score sqrt(programs) x tests.

    Programs that pass no test have the score 0. CodeT hands in a program of the best class, all of which have the same score: ``best_of`` with ties decided
    uniformly is its pass@1.

    Args:
        passes: whether each program passes each generated test, shape (programs, tests). What is the same text twice counts twice, as in the paper's code.

    Returns:
        Scores, shape (programs,), and the number of each one's class, shape (programs,).
    """
    table = np.asarray(passes, dtype=bool)
    if table.ndim != 2:
        raise ValueError(f"the table has shape {table.shape}, but needs a row for each program and a column for each test")
    _, classes, sizes = np.unique(table, axis=0, return_inverse=True, return_counts=True)
    classes = np.asarray(classes, dtype=np.int64).reshape(-1)
    return np.sqrt(sizes[classes]) * table.sum(axis=1), classes
