"""Self-certainty (Kang et al. 2025, arXiv 2502.18581): how far the model's distributions were from uniform while it wrote.

-(1 / nV) sum over the n tokens and the V words of the vocabulary of log(V p), which is the mean over tokens of the Kullback-Leibler divergence of the
uniform distribution from the model's. It needs whole distributions: ``sampling.logprobs: -1``, of which generation keeps one number a token.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.progress import Progress
from monkeys.records.score import Score, significant
from monkeys.scorers import Settings, Task
from monkeys.scorers.deepconf import confidences_of, trace_confidence

OPTIONS: Mapping[str, Any] = {}
NEEDS = ""


def check(_options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""


class SelfCertainty:
    """See ``monkeys.scorers.Scorer``.

    Raises:
        InputError: the samples' confidences are not of the whole vocabulary.
    """

    def __init__(self, settings: Settings) -> None:
        top, vocabulary = settings.provenance.get("confidence_top"), settings.provenance.get("vocabulary", "")
        if top != "-1" or not vocabulary.isdigit():
            raise InputError(
                "the scorer self_certainty needs the whole distribution at each token, but the samples have "
                + (f"the likeliest {top}" if top else "none")
                + "; set sampling.logprobs of the benchmark to -1 and draw again, or take deepconf"
            )
        self.provenance = {"confidence_top": top, "vocabulary": vocabulary}
        self._offset = math.log(int(vocabulary))

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``."""
        scores = []
        for task in tasks:
            for sample in task.samples:
                mean = trace_confidence(confidences_of(sample, "self_certainty"), "mean", 1, 1)
                scores.append(Score(sample.problem_id, sample.sample_index, None if mean is None else significant(mean - self._offset, 6)))
        return scores


def open_scorer(settings: Settings, _progress: Progress) -> SelfCertainty:
    """See ``ScorerModule.open_scorer``."""
    return SelfCertainty(settings)
