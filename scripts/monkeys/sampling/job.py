"""What a generation job is given, and what it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.engines import Request, shard_requests
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt


@dataclass(frozen=True, slots=True)
class ShardJob:
    """A job that makes the samples of a shard.

    Args:
        prompts: of the block's problems.
        settings: what determines the samples: ``source``, ``seed``, ``samples`` (first, stop; no stop: all that there are), and what the source needs.
        source: manifest of the weights, or files of recorded samples.
        problems: names of all the benchmark's problems, for recorded samples.
        allocation: samples of each problem, where they do not all get the same.
        store: the folder of all samples that this checkout has drawn.
        reuse: whether samples are taken from there.
        log: path of the job's log.
        output: where the samples go.
        progress: takes sentences on what is done.
        trees: where the trees of a search go.
        scorer: manifest of the weights of the scorer that steers a search.
        questions: prompts of all blocks, by which rows of recorded files find their problems; nothing: those of the block.
    """

    prompts: Sequence[Prompt]
    settings: Mapping[str, Any]
    source: Sequence[Path]
    problems: Sequence[str]
    allocation: Mapping[str, int] | None
    store: Path | None
    reuse: bool
    log: Path
    output: Path
    progress: Progress
    questions: Sequence[Prompt] = ()
    trees: Path | None = None
    scorer: Path | None = None

    def requests(self) -> list[Request]:
        """The samples that the job makes, problem by problem."""
        first, stop = self.settings["samples"]
        return shard_requests(self.prompts, first, stop, self.settings["seed"], self.allocation)
