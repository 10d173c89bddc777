"""DeepConf (Fu et al. 2025, arXiv 2508.15260): the model's confidence while it wrote, from the likeliest tokens at each place.

A token's confidence C_t is minus the mean log-probability of the top tokens at its place (``sampling.logprobs`` says how many; the paper takes 20). Of a trace:

- ``mean``: the mean of all C_t;
- ``tail``: of the last ``window`` tokens;
- ``lowest``: the least mean of any ``window`` tokens in a row;
- ``bottom``: the mean of the lowest ``share`` of those windows' means.

A trace shorter than the window is one window. The drawn token is left out of C_t where it is not among the top ones; the authors' code leaves it in.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from monkeys.errors import InputError
from monkeys.progress import Progress
from monkeys.records.sample import Sample
from monkeys.records.score import Score, significant
from monkeys.scorers import Settings, Task, one_of

OPTIONS: Mapping[str, Any] = {"reduce": "mean", "window": 2048, "share": 0.1}
NEEDS = ""


def check(options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""
    one_of(options, "reduce", ["mean", "tail", "lowest", "bottom"])
    if not isinstance(options["window"], int) or isinstance(options["window"], bool) or options["window"] < 1:
        raise InputError(f"window is {options['window']!r}, but must be a number of tokens from 1")
    if isinstance(options["share"], bool) or not isinstance(options["share"], int | float) or not 0 < options["share"] <= 1:
        raise InputError(f"share is {options['share']!r}, but must be above 0 and at most 1")


def confidences_of(sample: Sample, scorer: str) -> list[float]:
    """The recorded confidences of a sample.

    Raises:
        InputError: it has none.
    """
    if sample.confidences is None:
        raise InputError(
            f"sample {sample.sample_index} of {sample.problem_id} has no confidences, which the scorer {scorer} needs; "
            f"set sampling.logprobs of the benchmark to {'-1' if scorer == 'self_certainty' else '20'} and draw again"
        )
    return sample.confidences


def trace_confidence(confidences: Sequence[float], reduce: str, window: int, share: float) -> float | None:
    """A trace's confidence by one of the four reductions; None for an empty trace."""
    values = np.asarray(confidences, dtype=np.float64)
    if len(values) == 0:
        return None
    if reduce == "mean":
        return float(values.mean())
    if reduce == "tail":
        return float(values[-window:].mean())
    size = min(window, len(values))
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means = np.sort((sums[size:] - sums[:-size]) / size)
    return float(means[0] if reduce == "lowest" else means[: max(1, int(share * len(means)))].mean())


class DeepConf:
    """See ``monkeys.scorers.Scorer``."""

    def __init__(self, settings: Settings) -> None:
        self.provenance = {"confidence_top": settings.provenance.get("confidence_top", "unknown")}
        self._chosen = {key: settings.options[key] for key in OPTIONS}

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``.

        Raises:
            InputError: the samples have no confidences.
        """
        scores = []
        for task in tasks:
            for sample in task.samples:
                value = trace_confidence(confidences_of(sample, "deepconf"), **self._chosen)
                scores.append(Score(sample.problem_id, sample.sample_index, None if value is None else significant(value, 6)))
        return scores


def open_scorer(settings: Settings, _progress: Progress) -> DeepConf:
    """See ``ScorerModule.open_scorer``."""
    return DeepConf(settings)
