"""What the verifier needs to know of a problem."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from monkeys.files import read_jsonl, write_jsonl


@dataclass(frozen=True, slots=True)
class Reference:
    """What a grader needs: tests, an answer or a statement; limits that are this problem's own; and what analysis may group by."""

    problem_id: str
    reference: dict[str, Any]
    limits: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


def write_references(path: Path, references: Iterable[Reference]) -> None:
    """Write references as JSON Lines."""
    write_jsonl(path, (asdict(reference) for reference in references))


def read_references(path: Path) -> list[Reference]:
    """Read what ``write_references`` wrote."""
    return [Reference(**row) for _, row in read_jsonl(path)]
