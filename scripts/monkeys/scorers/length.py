"""Length: the shortest text, or the longest, is the best. A yardstick: a selector that does no better than this one has learnt nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

from monkeys.errors import InputError
from monkeys.progress import Progress
from monkeys.records.sample import Sample
from monkeys.records.score import Score
from monkeys.scorers import Settings, Task, one_of

OPTIONS: Mapping[str, Any] = {"prefer": "short", "unit": "tokens"}
NEEDS = ""


def check(options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""
    one_of(options, "prefer", ["short", "long"])
    one_of(options, "unit", ["tokens", "characters"])


class Length:
    """See ``monkeys.scorers.Scorer``."""

    def __init__(self, settings: Settings) -> None:
        self.provenance: dict[str, str] = {}
        self._sign = -1.0 if settings.options["prefer"] == "short" else 1.0
        self._unit = settings.options["unit"]

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``.

        Raises:
            InputError: the number of tokens is not recorded.
        """
        return [Score(sample.problem_id, sample.sample_index, self._sign * self._length(sample)) for task in tasks for sample in task.samples]

    def _length(self, sample: Sample) -> int:
        if self._unit == "characters":
            return len(sample.text)
        if sample.output_tokens is None:
            raise InputError(
                f"sample {sample.sample_index} of {sample.problem_id} has no output_tokens, which the scorer length needs; set its unit to characters"
            )
        return sample.output_tokens


def open_scorer(settings: Settings, _progress: Progress) -> Length:
    """See ``ScorerModule.open_scorer``."""
    return Length(settings)
