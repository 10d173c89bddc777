"""A reward model, served by vLLM's pooling runner: one value a solution, or one a step.

``level: outcome`` reads the head at the last token (Cobbe et al. 2021); ``process`` at the end of each step (Lightman et al. 2023, arXiv 2305.20050).
Steps are what stands between ``delimiter``s. Models that were trained with a token of their own at each step's end name it as ``step_token``: it is put
there and read there (Qwen2.5-Math-PRM: ``<extra_0>``; its delimiter is ``"\\n\\n"``).

What the model reads is the question's messages and the solution as the assistant's, in its own chat template, or, where it has none or
``response_format: completion`` says so, the prompt's text and the solution. ``messages: last`` leaves out all messages but the last, such as worked
examples, which a reward model need not read.

Values become probabilities by ``activation``: ``sigmoid`` of the head's one value, or ``softmax`` over its labels, of which ``label`` counts; ``none``
leaves them raw. A head with several values, such as ArmoRM's, is read at ``label``.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monkeys.engines.environment import explicit
from monkeys.engines.pooling import PoolingEngine
from monkeys.engines.rendering import MOMENTS, apply_template, load_tokenizer
from monkeys.errors import InputError, nearest
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.score import Score, significant
from monkeys.scorers import Settings, Task, one_of
from monkeys.statistics.aggregation import WAYS, aggregate

OPTIONS: Mapping[str, Any] = {
    "level": "outcome",
    "aggregate": "product",
    "delimiter": "\n",
    "step_token": None,
    "activation": None,
    "label": 0,
    "messages": "all",
    "response_format": "chat",
    "train": None,
}
NEEDS = "weights"


TRAINING: Mapping[str, Any] = {
    "model": None,
    "benchmark": "arithmetic",
    "problems": 100,
    "samples": 8,
    "written": 100,
    "held_out": 0.2,
    "steps": 2,
    "temperature": 0.8,
    "max_tokens": 128,
    "seed": 0,
}
"""How the embedded reward model is trained: ``train`` of a scorer, with defaults; config/README.md says what each key means."""


TRAINED_ON = ("arithmetic", "igsm")
"""Benchmarks that label the steps of solutions by construction."""


def complete_training(given: Any, level: str) -> dict[str, Any]:
    """``train`` with its defaults, and the level of supervision.

    Raises:
        InputError: a key or a value is impossible; the message begins with its name.
    """
    if not isinstance(given, Mapping):
        raise InputError(f"train is {given!r}, but must have keys: {', '.join(TRAINING)}")
    for key in given:
        if key not in TRAINING:
            raise InputError(f"train.{key} is not a key of training{nearest(key, TRAINING)}; it has {', '.join(TRAINING)}")
    chosen = {**TRAINING, **given}
    if not isinstance(chosen["model"], str):
        raise InputError("train.model is missing; it names the model of this study on which the head is put")
    if chosen["benchmark"] not in TRAINED_ON:
        raise InputError(f"train.benchmark is {chosen['benchmark']!r}, but must be one of {', '.join(TRAINED_ON)}")
    for key, least in (("problems", 10), ("samples", 1), ("written", 0), ("steps", 1), ("max_tokens", 1), ("seed", 0)):
        if isinstance(chosen[key], bool) or not isinstance(chosen[key], int) or chosen[key] < least:
            raise InputError(f"train.{key} is {chosen[key]!r}, but must be a whole number from {least}")
    for key, low, high in (("held_out", 0, 1), ("temperature", 0, 10)):
        if isinstance(chosen[key], bool) or not isinstance(chosen[key], int | float) or not low < chosen[key] < high:
            raise InputError(f"train.{key} is {chosen[key]!r}, but must be between {low} and {high}")
    return {**chosen, "level": level}


def check(options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""
    if bool(options["weights"]) == (options["train"] is not None):
        raise InputError("weights or train must be given, and not both: a model that exists, or how to train the embedded one")
    if options["train"] is not None:
        complete_training(options["train"], options["level"])
    one_of(options, "level", ["outcome", "process"])
    one_of(options, "aggregate", WAYS)
    one_of(options, "messages", ["all", "last"])
    one_of(options, "response_format", ["chat", "completion"])
    if options["activation"] is not None:
        one_of(options, "activation", ["none", "sigmoid", "softmax"])
    if not isinstance(options["delimiter"], str) or not options["delimiter"]:
        raise InputError(f"delimiter is {options['delimiter']!r}, but must be a text, such as a line break")
    if options["level"] == "process" and options["aggregate"] == "product" and options["activation"] == "none":
        raise InputError("aggregate is product, which is of probabilities, but activation is none; set activation to sigmoid or softmax")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model reads of a solution: tokens, the tokens at which its steps end, and where these end in the solution's text."""

    tokens: list[int]
    places: list[int]
    ends: list[int]


class Reader:
    """Makes of questions and solutions what a reward model reads.

    Args:
        weights: the model's folder.
        options: ``OPTIONS`` and ``MODEL_KEYS``.
    """

    def __init__(self, weights: Path, options: Mapping[str, Any]) -> None:
        self._weights, self._options = weights, options
        self._tokenizer = load_tokenizer(weights, options["options"])

    def read(self, prompt: Prompt, text: str) -> Reading:
        """What the model reads of a solution.

        Raises:
            InputError: the template drops the solution, or the solution holds the step token itself.
        """
        ends = step_ends(text, self._options["delimiter"])
        mark = self._options["step_token"]
        if mark and mark.strip() in text:
            raise InputError(
                f"a sample of {prompt.problem_id} holds the text {mark.strip()!r} itself, so that its steps cannot be counted; set another step_token"
            )
        shown, marks = text, [end - 1 for end in ends]
        if mark:
            shown, marks, start = "", [], 0
            for end in ends:
                shown += text[start:end].removeprefix(self._options["delimiter"]).strip("\n") + mark
                marks.append(len(shown) - 1 - (len(mark) - len(mark.rstrip())))
                start = end
        whole, first = self._rendered(prompt, shown)
        encoded = self._tokenizer(whole, add_special_tokens=self._options["response_format"] == "completion", return_offsets_mapping=True)
        tokens = list(encoded["input_ids"])
        # The token in which a step's last character stands.
        stops = np.array([stop for _, stop in encoded["offset_mapping"]])
        places = [int(np.argmax(stops > first + mark_at)) for mark_at in marks]
        if places and max(first + mark_at for mark_at in marks) >= stops.max():
            raise InputError(f"the reward model's tokenizer loses the end of a sample of {prompt.problem_id}, so that its steps cannot be read")
        return Reading(tokens, places, ends)

    def _rendered(self, prompt: Prompt, text: str) -> tuple[str, int]:
        """The whole text, and where the solution begins in it."""
        if self._options["response_format"] == "completion":
            return prompt.prompt + text, len(prompt.prompt)
        messages = prompt.messages[-1:] if self._options["messages"] == "last" else prompt.messages
        asked = replace(prompt, messages=[*messages, {"role": "assistant", "content": text}])
        # A date in the template is always the same day, whatever the clock says.
        arguments = {"strftime_now": MOMENTS[0].strftime, **self._options["chat_template_kwargs"]}
        whole = str(apply_template(self._tokenizer, asked, arguments, self._weights))
        stripped = text.strip()
        first = whole.rfind(text)
        if first < 0:
            # Templates may strip what they are given.
            first = whole.rfind(stripped) - (len(text) - len(text.lstrip()))
        if whole.rfind(stripped) < 0:
            raise InputError(
                f"the chat template of the reward model in {self._weights} does not show a sample of {prompt.problem_id} as it is; set response_format: completion"
            )
        return whole, first


def step_ends(text: str, delimiter: str) -> list[int]:
    """Where the steps of a text end, in characters: at its delimiters and at its end, blank steps left out."""
    ends, start = [], 0
    for part in text.split(delimiter):
        if part.strip():
            ends.append(start + len(part.rstrip()))
        start += len(part) + len(delimiter)
    return ends


def activated(values: NDArray[np.float32], activation: str, label: int) -> float:
    """A head's raw values (labels,) as one number: raw, or a probability. Rounded, as further digits depend on the size of the batch."""
    raw = np.round(values.astype(np.float64), 3)
    if not -len(raw) <= label < len(raw):
        raise InputError(f"label is {label}, but the reward model's head has {len(raw)} values")
    if activation == "softmax":
        shares = np.exp(raw - raw.max())
        return significant(float(shares[label] / shares.sum()))
    value = float(raw[label])
    if activation == "none":
        return value
    return significant(1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value)))


class RewardModel:
    """See ``monkeys.scorers.Scorer``."""

    def __init__(self, settings: Settings) -> None:
        assert settings.manifest is not None
        options = settings.options
        weights = Path(settings.manifest["folder"])
        self._options = options
        self._activation = options["activation"] or ("sigmoid" if options["level"] == "process" else "none")
        environment = explicit(options["device"], options["batch_invariant"], options["environment"])
        task = "token_classify" if options["level"] == "process" else "classify"
        self._engine = PoolingEngine(weights, options["device"], options["options"], task, environment)
        self._reader = Reader(weights, options)
        self.provenance = self._engine.provenance

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``.

        Raises:
            InputError: a sample is longer than the model's context, or its steps cannot be read.
        """
        samples = [(task.prompt, sample) for task in tasks for sample in task.samples]
        readings = [self._reader.read(prompt, sample.text) for prompt, sample in samples]
        for (prompt, sample), reading in zip(samples, readings, strict=True):
            if len(reading.tokens) > self._engine.longest:
                raise InputError(
                    f"sample {sample.sample_index} of {prompt.problem_id} has {len(reading.tokens)} tokens with its question, but the reward model reads "
                    f"{self._engine.longest}; raise max_model_len in its options"
                )
        values = self._engine.values([reading.tokens for reading in readings])
        scores = []
        for (_, sample), reading, found in zip(samples, readings, values, strict=True):
            steps, ends = None, None
            if self._options["level"] == "outcome":
                score: float | None = activated(found, self._activation, self._options["label"])
            else:
                ends = reading.ends
                steps = [activated(found[place], self._activation, self._options["label"]) for place in reading.places]
                score = aggregate(steps, self._options["aggregate"])
                score = None if score is None else significant(score)
            scores.append(Score(sample.problem_id, sample.sample_index, score, steps, ends, len(reading.tokens)))
        return scores


def open_scorer(settings: Settings, _progress: Progress) -> RewardModel:
    """See ``ScorerModule.open_scorer``."""
    return RewardModel(settings)


class PrefixValues:
    """The values of prefixes of solutions, as tree search asks for them: what the head says at the end of the last step.

    A model with a head for the whole text (``…ForSequenceClassification``) is read at the last token alone, so that vLLM's cache holds what prefixes share;
    the value is the same as of all steps at once. Others read each prefix from its beginning.
    """

    def __init__(self, settings: Settings) -> None:
        assert settings.manifest is not None
        options, weights = settings.options, Path(settings.manifest["folder"])
        self._options = options
        self._activation = options["activation"] or "sigmoid"
        environment = explicit(options["device"], options["batch_invariant"], options["environment"])
        kinds = json.loads((weights / "config.json").read_text(encoding="utf-8")).get("architectures") or [""]
        self._shared = str(kinds[0]).endswith("ForSequenceClassification")
        self._engine = PoolingEngine(weights, options["device"], options["options"], "classify" if self._shared else "token_classify", environment)
        self._reader = Reader(weights, options)
        self.longest = self._engine.longest
        self.provenance = self._engine.provenance

    @property
    def shares(self) -> bool:
        """Whether what prefixes have in common is read once."""
        return self._shared

    def tokens(self, prompt: Prompt, text: str) -> list[int]:
        """What the model reads of a prompt and a text so far: up to the end of its last step; nothing where there is no step yet.

        Raises:
            InputError: the text cannot be read, see ``Reader.read``.
        """
        reading = self._reader.read(prompt, text)
        return reading.tokens[: reading.places[-1] + 1] if reading.places else []

    def values(self, prefixes: Sequence[Sequence[int]]) -> list[float]:
        """Of each prefix, token by token and none empty, the value of its last step."""
        found = self._engine.values(prefixes)
        return [activated(value if self._shared else value[-1], self._activation, self._options["label"]) for value in found]


def open_values(settings: Settings, _progress: Progress) -> PrefixValues:
    """Load what values prefixes, for tree search.

    Raises:
        InputError: the model does not value steps.
    """
    if settings.options["level"] != "process":
        raise InputError("level is outcome, but a search needs values of steps; set level: process, with a reward model for steps")
    return PrefixValues(settings)
