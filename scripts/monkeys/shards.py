"""How a pair of model and benchmark is cut into jobs: blocks of problems, rounds of samples, and parts of what one job draws.

A block of problems in a round of samples is a *shard*, which one generation job draws; one verification job takes a *part* of a shard. Names are numbers
and depend on no total: raising a total adds files and renames none.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Cut:
    """The cut of a pair.

    Args:
        problems: in all.
        block: problems in a block.
        samples: of each problem, at most; None for all that the source has, in one round.
        round: samples of each problem in a round.
        part: samples in one verification job; None for a whole shard.
    """

    problems: int
    block: int
    samples: int | None = None
    round: int | None = None
    part: int | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """The cut that ``written`` gave."""
        return cls(**json.loads(text))

    def written(self) -> str:
        """The cut as an argument of a script: JSON, equal exactly when the cut is."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def blocks(self) -> list[str]:
        """Names of all blocks."""
        return _numbers(self.problems, self.block)

    def rounds(self, first: int | None = None) -> list[str]:
        """Names of all rounds, or of those that hold the ``first`` samples of each problem."""
        if self.samples is None or self.round is None:
            return _numbers(1, 1)
        return _numbers(self.samples if first is None else min(self.samples, first), self.round)

    def sample_range(self, round: str) -> tuple[int, int | None]:
        """The samples of each problem in a round: the first, and the one behind the last; None for no end."""
        if self.samples is None or self.round is None:
            return 0, None
        begin = int(round) * self.round
        return begin, min(begin + self.round, self.samples)

    def shards(self, first: int | None = None) -> list[str]:
        """Names of all shards, block by block, or of those that hold the ``first`` samples of each problem."""
        return [f"{block}-{round}" for block in self.blocks() for round in self.rounds(first)]

    def parts_of(self, block: str, round: str) -> list[str]:
        """Names of the parts of a shard."""
        begin, end = self.sample_range(round)
        if self.part is None or end is None:
            return _numbers(1, 1)
        problems = min(self.block, self.problems - int(block) * self.block)
        return _numbers(problems * (end - begin), self.part)

    def parts(self, first: int | None = None) -> Iterator[str]:
        """Names of the files of verdicts, shard by shard: ``<block>-<round>-<part>``."""
        for block in self.blocks():
            for round in self.rounds(first):
                for part in self.parts_of(block, round):
                    yield f"{block}-{round}-{part}"

    def rows(self, part: str) -> slice:
        """The rows of a shard's file that a part holds."""
        return slice(None) if self.part is None else slice(int(part) * self.part, (int(part) + 1) * self.part)


def _numbers(total: int, size: int) -> list[str]:
    return [f"{number:04d}" for number in range(math.ceil(total / size))]
