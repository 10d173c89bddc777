"""What measurements share that load the embedded model: arguments, settings, what is asked, and turns."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from monkeys.benchmarks import load_benchmark
from monkeys.engines import Request, shard_requests
from monkeys.engines.vllm import rendered
from monkeys.scorers import MODEL_KEYS


def read_arguments(description: str | None, problems: int, samples: int, turns: int) -> argparse.Namespace:
    """The arguments of a measurement, by their defaults."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", type=Path, required=True, help="manifest of the weights")
    parser.add_argument("--problems", type=int, default=problems)
    parser.add_argument("--samples", type=int, default=samples)
    parser.add_argument("--turns", type=int, default=turns)
    return parser.parse_args()


def settings_of(options: Mapping[str, Any], sampling: Mapping[str, Any]) -> dict[str, Any]:
    """Of a job that draws with the model on a CPU, in chats."""
    return {**MODEL_KEYS, "response_format": "chat", "options": options, "sampling": sampling}


def rendered_requests(
    manifest: Mapping[str, Any], settings: Mapping[str, Any], folder: Path, problems: int, *samples: int, **options: Any
) -> list[list[Request]]:
    """Requests for samples of arithmetic problems: of each number of samples those for so many of each problem.

    Args:
        manifest: of the weights.
        settings: from ``settings_of``.
        folder: keeps what was rendered.
        problems: how many.
        samples: of each problem.
        options: of the benchmark, where they are not the defaults.
    """
    benchmark = load_benchmark("arithmetic")
    prompts = [prompt for prompt, _ in islice(benchmark.problems([], {**benchmark.options, **options}), problems)]
    seen = rendered(prompts, manifest, settings, folder)
    return [[replace(one, rendered=seen[one.prompt.problem_id]) for one in shard_requests(prompts, 0, number, 0)] for number in samples]


def in_turn(names: Sequence[str], turn: int) -> list[str]:
    """Names in the order of a turn: each goes first in some, as machines are faster and slower for minutes at a time."""
    first = turn % len(names)
    return [*names[first:], *names[:first]]
