"""Log-likelihood: how probable the model found its own text, in nats. Read from the samples; needs ``sampling.logprobs`` (0 is enough).

``reduce: sum`` is the log-probability of the whole text, which punishes long ones; ``mean`` is that of a token (Chen et al. 2021, arXiv 2107.03374, section 3.3).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.progress import Progress
from monkeys.records.score import Score, significant
from monkeys.scorers import Settings, Task, one_of

OPTIONS: Mapping[str, Any] = {"reduce": "mean"}
NEEDS = ""


def check(options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""
    one_of(options, "reduce", ["mean", "sum"])


class LogLikelihood:
    """See ``monkeys.scorers.Scorer``."""

    def __init__(self, settings: Settings) -> None:
        self.provenance: dict[str, str] = {}
        self._reduce = settings.options["reduce"]

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``.

        Raises:
            InputError: the samples have no log-probabilities.
        """
        scores = []
        for task in tasks:
            for sample in task.samples:
                total, tokens = sample.cumulative_logprob, sample.output_tokens
                if total is None or (tokens is None and self._reduce == "mean"):
                    lacking = "cumulative_logprob" if total is None else "output_tokens"
                    raise InputError(
                        f"sample {sample.sample_index} of {sample.problem_id} has no {lacking}, which the scorer log_likelihood needs; "
                        "set sampling.logprobs of the benchmark to 0, or leave the scorer out for recorded samples without it"
                    )
                value = total if self._reduce == "sum" else total / tokens if tokens else None
                scores.append(Score(sample.problem_id, sample.sample_index, None if value is None else significant(value)))
        return scores


def open_scorer(settings: Settings, _progress: Progress) -> LogLikelihood:
    """See ``ScorerModule.open_scorer``."""
    return LogLikelihood(settings)
