"""Reads files of samples as tests do, and small files to begin with."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from monkeys.formats.samples.reading import Placed, Reader, SampleFiles

FILES = Path(__file__).parent / "samples_of_tools"
QUIZ = {"quiz/0": "What is 2 + 3?", "quiz/1": "What is 4 + 4?", "quiz/2": "What is 9 - 7?"}
FUNCTIONS = [f"HumanEval/{number}" for number in range(4)]


def read(*files: Path | str, known: Iterable[str] = QUIZ, questions: dict[str, str] | None = None, **settings: Any) -> list[Placed]:
    source = SampleFiles.parse({"files": [str(path) for path in files], **settings}, "models.m.samples.b")
    return list(Reader(source, list(known), questions))


def places(samples: list[Placed]) -> list[tuple[str, int]]:
    return [(sample.problem_id, sample.sample_index) for sample in samples]


def jsonl(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


GOOD = {"task_id": "quiz/0", "completion": "a"}
LM = {"doc_id": 0, "doc": {}, "resps": [["x"]], "filter": "none"}
