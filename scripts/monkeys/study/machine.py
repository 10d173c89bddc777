"""What this machine has for the jobs of a study that run on it. Apart from the engines, whose code samples are found by."""

from monkeys.engines.gpus import visible
from monkeys.errors import InputError


def count_gpus() -> int:
    """How many GPUs the jobs of this user may use here; 0 where there is none."""
    try:
        return len(visible())
    except InputError:
        return 0
