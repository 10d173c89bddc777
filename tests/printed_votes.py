"""What is printed of votes by reasoning models: at 1, 2, 4, 8, 16, 32, 64 and 80 samples, in per cent, by the name of the file of answers."""

from typing import Any

import pytest

KS = [1, 2, 4, 8, 16, 32, 64, 80]
PLURALITY = {
    "aime2025_gpt-oss-20b": [73.67, 73.67, 82.55, 86.20, 88.00, 88.66, 89.10, 89.51],
    "aime2025_Phi-4-reasoning": [64.27, 64.27, 74.02, 78.77, 81.11, 82.23, 82.76, 82.89],
    "aime2024_EXAONE-Deep-32B": [71.54, 71.54, 74.88, 75.78, 75.23, 74.37, 73.73, 73.33],
    "math500_gpt-oss-20b": [92.68, 92.68, 94.64, 95.17, 95.36, 95.40, 95.26, 95.10],
}
COVERAGE_KS = [8, 32, 80]
COVERAGE = {
    "aime2025_gpt-oss-20b": [92.36, 95.46, 98.67],
    "aime2025_Phi-4-reasoning": [87.80, 91.85, 94.80],
    "aime2024_EXAONE-Deep-32B": [88.99, 93.19, 93.33],
    "math500_gpt-oss-20b": [97.15, 97.74, 98.00],
}
SHORTEST_KS = [1, 4, 16, 64]
SHORTEST = {"aime2024_EXAONE-Deep-32B": [71.54, 79.73, 83.43, 86.56], "aime2025_gpt-oss-20b": [73.67, 72.94, 68.80, 65.57]}
"""Of the shortest answer."""


def printed(values: Any) -> Any:
    """To two decimals of a per cent; 92.685 may be printed either way."""
    return pytest.approx(values, abs=0.005 + 1e-9)
