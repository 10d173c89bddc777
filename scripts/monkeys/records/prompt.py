"""What a model is asked."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from monkeys.files import read_jsonl, write_jsonl


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked. ``prompt`` is text to continue, ``messages`` the same question as a chat, ``stop`` ends a continuation."""

    problem_id: str
    prompt: str
    messages: list[dict[str, str]]
    stop: list[str] = field(default_factory=list)


def write_prompts(path: Path, prompts: Iterable[Prompt]) -> None:
    """Write prompts as JSON Lines."""
    write_jsonl(path, (asdict(prompt) for prompt in prompts))


def read_prompts(path: Path) -> list[Prompt]:
    """Read what ``write_prompts`` wrote."""
    return [Prompt(**row) for _, row in read_jsonl(path)]
