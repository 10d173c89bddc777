"""A node of the tree of one draw."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from monkeys.records.parquet import read_parquet, write_parquet


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One step of a search.

    ``sample_index`` is the draw that the tree belongs to; ``node`` counts the tree's nodes by depth and path, from 0; ``parent`` is a node, -1 for the prompt;
    ``child`` is its index among its parent's children, -1 for a step that only looked ahead. ``text`` is the step's own, or, in a revision, the attempt.
    ``value`` is that of the prefix up to here, ``step_value`` that of its last step: None where they were not asked for. ``children`` were drawn;
    ``kept`` is the number of places that it holds. ``scored_tokens`` are those that the scorer read for it and for no node before. ``finish_reason`` is stop,
    length or depth; None where it could go on. ``picked`` marks the leaf whose text is the sample.
    """

    problem_id: str
    sample_index: int
    node: int
    parent: int
    child: int
    depth: int
    text: str
    value: float | None
    step_value: float | None
    children: int
    kept: int
    seed: int
    output_tokens: int
    scored_tokens: int
    finish_reason: str | None
    picked: bool


def write_nodes(path: Path, nodes: Iterable[TreeNode], provenance: Mapping[str, str]) -> None:
    """Write nodes as Parquet; ``provenance`` goes into the file's metadata."""
    import pyarrow as pa

    kinds = {
        **dict.fromkeys(("problem_id", "text", "finish_reason"), pa.string()),
        **dict.fromkeys(("value", "step_value"), pa.float64()),
        "picked": pa.bool_(),
    }
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in TreeNode.__dataclass_fields__], metadata=dict(provenance))
    write_parquet(path, [asdict(node) for node in nodes], schema)


def read_nodes(path: Path) -> list[TreeNode]:
    """Read what ``write_nodes`` wrote.

    Raises:
        InputError: the file cannot be read or lacks a column.
    """
    return [TreeNode(**row) for row in read_parquet(path, required=tuple(TreeNode.__dataclass_fields__))]
