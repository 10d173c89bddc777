"""An engine without a model, in the place of a module of ``monkeys.engines``: texts follow from what the model would see and from the seed.

As a script it runs ``generate_samples`` with this engine: ``python stub_engine.py SECONDS_A_SAMPLE ARGUMENTS...``.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.engines import Rendered, Request
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample

NAME = "stub"
opened: list[Path] = []
"""The weights of each model that was loaded."""
seconds_a_sample = 0.0


def recipe(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"engine": NAME, "weights": manifest["files"], "sampling": settings["sampling"]}


def prepare(settings: Mapping[str, Any]) -> list[str]:
    return []


def rendered(prompts: Sequence[Prompt], manifest: Mapping[str, Any], settings: Mapping[str, Any], folder: Path) -> dict[str, Rendered]:
    return {prompt.problem_id: Rendered(tuple((settings.get("system", "") + prompt.prompt).encode()), tuple(prompt.stop)) for prompt in prompts}


def open_engine(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> "StubEngine":
    opened.append(Path(manifest["folder"]))
    return StubEngine()


class StubEngine:
    provenance: dict[str, str]

    def __init__(self) -> None:
        self.provenance = {"engine": NAME}

    def draw(self, requests: Sequence[Request]) -> Iterator[Sample]:
        for request in requests:
            time.sleep(seconds_a_sample)
            text = f"{request.rendered.digest} {request.seed}"
            yield Sample(request.prompt.problem_id, request.sample_index, request.seed, text, len(request.rendered.tokens), len(text), "stop")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))
    seconds_a_sample = float(sys.argv.pop(1))
    sys.modules[f"monkeys.engines.{NAME}"] = sys.modules["__main__"]
    import generate_samples

    generate_samples.main()
