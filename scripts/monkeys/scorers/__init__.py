"""Scorers: samples and their prompts in, scores out, without a reference or a verdict.

A scorer is a module of this package, found by its name, the ``kind`` of the configuration. It has ``OPTIONS`` (its own keys with their defaults), ``NEEDS``
(what it is given beside samples and prompts: ``weights``, ``file`` or ``weights or file``; behind a comma, or alone, ``sandbox`` where it runs programs)
and ``open_scorer``.
"""

import hashlib
import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from monkeys.errors import InputError
from monkeys.extensions import modules_with, places
from monkeys.formats.reasoning import DEFAULT_MARKS, Marks, answer_part
from monkeys.options import Configured, check_name, check_options, completed
from monkeys.options import one_of as one_of
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample
from monkeys.records.score import Score

__path__.extend(places("scorers"))

MODEL_KEYS: Mapping[str, Any] = {
    "weights": None,
    "device": "cpu",
    "batch_invariant": False,
    "environment": {},
    "options": {},
    "chat_template_kwargs": {},
    "template_date": None,
}
"""Keys of scorers that have a model, with defaults: the same as a model's of the study."""

BATCH = 64
"""Samples from which on a batch is full. Batches are cut by the shard alone, so that a resumed job scores in the same ones, and gets the same last digits."""


@dataclass(frozen=True, slots=True)
class Task:
    """A problem's prompt and the shard's samples of it."""

    prompt: Prompt
    samples: Sequence[Sample]

    @property
    def digest(self) -> str:
        """A hash of all that a scorer sees of it."""
        seen: list[Any] = [self.prompt.prompt, self.prompt.messages, self.prompt.stop]
        seen += [[s.sample_index, s.text, s.output_tokens, s.cumulative_logprob, s.confidences] for s in self.samples]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Settings:
    """How to score.

    ``options`` are the scorer's own keys and, where it has a model, those of ``MODEL_KEYS``. ``response_format`` (chat or completion) says how the samples
    were asked for. ``provenance`` is that of the samples' file, ``total`` the number of samples a problem that the study has (None: unknown), ``problems``
    the names of all its problems. ``answers`` says how a file of answers alone is written. ``manifest`` describes the weights of the scorer's model, ``file`` is a file that it reads.
    """

    options: Mapping[str, Any]
    response_format: str = "completion"
    reasoning_marks: Marks | None = None
    reasoning_opened: bool = False
    provenance: Mapping[str, str] = field(default_factory=dict)
    manifest: Mapping[str, Any] | None = None
    file: Path | None = None
    problems: Sequence[str] | None = None
    total: int | None = None
    workers: int = 1
    cpu_seconds: int = 3
    memory_mb: int = 1024
    sandbox: str = "bubblewrap"
    image: Path | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, text: str) -> str | None:
        """What of a text stands behind the model's reasoning; None where the reasoning has no end."""
        marks = self.reasoning_marks if self.reasoning_marks is not None else DEFAULT_MARKS if self.response_format == "chat" else ()
        return answer_part(text, marks, self.reasoning_opened) if marks else text


class Scorer(Protocol):
    """What ``open_scorer`` returns."""

    provenance: dict[str, str]
    """What scores: versions, kind of hardware. No times, no host names."""

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """One score for each sample of the tasks, in their order."""


class ScorerModule(Configured, Protocol):
    """What a module of this package offers."""

    NEEDS: str

    def open_scorer(self, settings: Settings, progress: Progress) -> Scorer:
        """Load what is needed."""


def scorer_names() -> list[str]:
    """All kinds of scorers: the modules of this package that have ``open_scorer``."""
    return modules_with(__path__, "open_scorer")


def load_scorer(kind: str) -> ScorerModule:
    """The scorer of a kind.

    Raises:
        InputError: there is none of that kind.
    """
    check_name("scorer of the kind", kind, scorer_names())
    return cast(ScorerModule, importlib.import_module(f"{__name__}.{kind}"))


def complete(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A scorer's entry of the configuration with its defaults.

    Args:
        name: of the scorer, for error messages.
        given: ``kind`` and the keys of that kind.

    Raises:
        InputError: a key or value is impossible; the message names ``scorers.<name>.<key>``.
    """
    place = f"config key scorers.{name}"
    if "kind" not in given:
        raise InputError(f"{place} has no kind; it must name one of {', '.join(scorer_names())}")
    try:
        module = load_scorer(given["kind"])
    except InputError as error:
        raise InputError(f"{place}.kind: {error}") from error
    known = {**module.OPTIONS, **(MODEL_KEYS if "weights" in module.NEEDS else {})}
    entry = {"kind": given["kind"], **completed(place, f"a scorer of the kind {given['kind']}", given, known, ("kind",))}
    if module.NEEDS == "weights" and not entry["weights"] and "train" not in given:
        raise InputError(f"{place}.weights is missing; a scorer of the kind {given['kind']} needs a model (package:…, hf:…@<commit> or a folder)")
    check_options(place, module, entry)
    return entry


def batches(tasks: Sequence[Task], size: int = BATCH) -> Iterator[list[Task]]:
    """Whole problems, in order, in batches of at least ``size`` samples but for the last."""
    batch: list[Task] = []
    for task in tasks:
        batch.append(task)
        if sum(len(one.samples) for one in batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
