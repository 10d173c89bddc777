"""The files of a pair's samples and verdicts, as scripts find them: by the pair's folder and its cut, as a list may be longer than a command can be."""

from pathlib import Path

from monkeys.shards import Cut


def sample_files(pair: Path, cut: Cut, first: int | None = None) -> list[Path]:
    """The files of a pair's samples, or those that hold the ``first`` samples of each problem."""
    return [pair / "samples" / f"{shard}.parquet" for shard in cut.shards(first)]


def verdict_files(pair: Path, cut: Cut, first: int | None = None) -> list[Path]:
    """The files of a pair's verdicts, or those on the ``first`` samples of each problem."""
    return [path for of_shard in verdict_files_by_shard(pair, cut, first) for path in of_shard]


def verdict_files_by_shard(pair: Path, cut: Cut, first: int | None = None) -> list[list[Path]]:
    """The files of verdicts on each file of samples."""
    shards = [shard.split("-") for shard in cut.shards(first)]
    return [[pair / "verdicts" / f"{block}-{round}-{part}.parquet" for part in cut.parts_of(block, round)] for block, round in shards]
