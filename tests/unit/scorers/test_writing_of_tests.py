"""A model is asked for tests of a function: with seeds of their own, and each text where it belongs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from monkeys.engines import Rendered, Request
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample
from monkeys.scorers import complete, test_writing
from monkeys.seeds import sample_seed

PROMPTS = [Prompt(name, f"def {name}(x):\n    '''Some.'''\n", [{"role": "user", "content": f"Write {name}."}]) for name in ("f", "g")]


@pytest.mark.parametrize(("response_format", "begun"), [("completion", "assert "), ("chat", "")])
def test_texts_with_tests_are_drawn_with_seeds_of_their_own(monkeypatch: pytest.MonkeyPatch, response_format: str, begun: str) -> None:
    asked: list[Request] = []

    class Engine:
        def __init__(self, _weights: Path, _device: str, _options: Any, sampling: Any, _environment: Any) -> None:
            assert sampling == {"temperature": 0.8, "max_tokens": 300}

        def draw(self, requests: Sequence[Request]) -> Iterator[Sample]:
            asked.extend(requests)
            for one in reversed(requests):
                yield Sample(one.prompt.problem_id, one.sample_index, one.seed, f"{one.prompt.problem_id} {one.sample_index}", 10, 7)

    monkeypatch.setattr(test_writing, "VllmEngine", Engine)
    monkeypatch.setattr(test_writing, "render", lambda prompts, *_, **__: {one.problem_id: Rendered(tuple(one.prompt.encode())) for one in prompts})
    options = complete("mine", {"kind": "generated_tests", "weights": "package:some", "texts": 3, "seed": 5, "response_format": response_format})
    rows = test_writing.write_tests(PROMPTS, {"folder": "weights"}, options, Path("store"))
    assert rows == [{"problem_id": name, "tests": [f"{begun}{name} {index}" for index in range(3)], "tokens": 3 * 17} for name in ("f", "g")]
    assert len({one.seed for one in asked}) == 6
    # The model's own samples of the problem have others: a test must not be what a sample was.
    assert not {one.seed for one in asked} & {sample_seed(5, name, index) for name in ("f", "g") for index in range(3)}
    assert {one.rendered.stop for one in asked} == {("\ndef ", "\nclass ", "\nif ", "\nprint")}
