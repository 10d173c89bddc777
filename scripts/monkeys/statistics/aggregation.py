"""From the values of a solution's steps to one score."""

import math
from collections.abc import Sequence

WAYS = ("product", "minimum", "last", "mean")


def aggregate(values: Sequence[float], way: str) -> float | None:
    """One score of a solution.

    Args:
        values: one a step; probabilities for ``product``.
        way: ``product`` of the steps' probabilities (Lightman et al. 2023), their ``minimum``, the ``last`` one (Snell et al. 2024), or their ``mean``.

    Returns:
        The score; None for a solution without steps.

    Raises:
        ValueError: a way that does not exist, or a product of values that are no probabilities.
    """
    if not values:
        return None
    if way == "product":
        if not all(0 <= value <= 1 for value in values):
            raise ValueError("a product is of probabilities, and these are none")
        return 0.0 if 0 in values else math.exp(math.fsum(map(math.log, values)))
    if way == "minimum":
        return min(values)
    if way == "last":
        return values[-1]
    if way == "mean":
        return math.fsum(values) / len(values)
    raise ValueError(f"there is no aggregation {way!r}; those that exist are {', '.join(WAYS)}")
