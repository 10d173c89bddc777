"""Engines: requests in, samples out, in whatever order they finish.

An engine is a module of this package. ``vllm`` draws, ``recorded`` reads samples that exist already. A module that draws offers ``recipe`` (what
determines a sample but its prompt and seed), ``prepare`` (the environment), ``rendered`` (what the model sees of prompts, without loading it) and
``open_engine`` (loads it).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample
from monkeys.seeds import sample_seed


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the model sees of a prompt: ``tokens``, the chat template's own among them, and the strings that end its continuation."""

    tokens: tuple[int, ...]
    stop: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """A hash of what the model sees, under which samples are found again; it does not depend on who wrote the prompt or when."""
        return hashlib.sha256(json.dumps([self.tokens, self.stop]).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Request:
    """One sample that is wanted: its prompt, its place among the problem's samples, its seed; ``rendered`` is what the model sees, for engines that draw."""

    prompt: Prompt
    sample_index: int
    seed: int
    rendered: Rendered = Rendered(())


class Engine(Protocol):
    """What an engine offers."""

    provenance: dict[str, str]
    """What drew the samples: engine, versions, kind of hardware. No times, no host names: they would make equal results differ."""

    def draw(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """The samples that are asked for, each as soon as it is there."""


def shard_requests(prompts: Sequence[Prompt], first: int, stop: int, run_seed: int, allocation: Mapping[str, int] | None = None) -> list[Request]:
    """The requests of a shard: samples ``first`` to ``stop`` of each prompt, problem by problem; of a problem no more than ``allocation`` gives it."""
    return [
        Request(prompt, index, sample_seed(run_seed, prompt.problem_id, index))
        for prompt in prompts
        for index in range(first, stop if allocation is None else min(stop, allocation[prompt.problem_id]))
    ]
