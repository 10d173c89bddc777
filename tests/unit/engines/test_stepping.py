"""What vLLM is asked for by a tree search, step by step, with vLLM's two classes in the place of the package."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from monkeys.engines import stepping
from monkeys.engines.stepping import StepDrawn, StepEngine
from monkeys.search.loop import Step

SAMPLING = {"temperature": 0.8, "top_p": 0.9, "max_tokens": 512, "logprobs": 5, "stop_token_ids": [99]}


class Llm:
    """As vllm.LLM: takes requests one by one, and finishes the last one first."""

    def __init__(self) -> None:
        self.model_config = SimpleNamespace(max_model_len=2048)
        self.vllm_config = SimpleNamespace(scheduler_config=SimpleNamespace(max_num_seqs=16))
        self.llm_engine = self
        self.asked: list[tuple[list[int], Any]] = []
        self.answers: list[Any] = []

    def get_tokenizer(self) -> Any:
        return SimpleNamespace(decode=lambda tokens, **named: f"{list(tokens)} {sorted(named.items())}")

    def enqueue(self, prompts: Sequence[Any], parameters: Sequence[Any], use_tqdm: bool) -> list[str]:
        self.asked.append((prompts[0]["prompt_token_ids"], parameters[0]))
        return [f"{len(self.asked) - 1}-0a1b2c"]

    def step(self) -> list[Any]:
        answers, self.answers = self.answers, []
        return answers

    def finish(self, number: int, **answer: Any) -> None:
        whole = {"token_ids": [7, 8], "finish_reason": "stop", "stop_reason": None, "cumulative_logprob": -1.23456, **answer}
        self.answers += [
            SimpleNamespace(finished=False, request_id=str(number), outputs=[]),
            SimpleNamespace(finished=True, request_id=str(number), outputs=[SimpleNamespace(**whole)]),
        ]


@pytest.fixture
def llm(monkeypatch: pytest.MonkeyPatch) -> Llm:
    package, made = ModuleType("vllm"), Llm()
    package.SamplingParams = lambda **named: SimpleNamespace(**named)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vllm", package)
    monkeypatch.setattr(stepping, "load", lambda *_: (made, {"engine": "vllm"}))
    return made


def engine(**sampling: Any) -> StepEngine:
    return StepEngine(Path("weights"), "gpu", {}, SAMPLING | sampling, {})


def step(greedy: bool = False, stop: tuple[str, ...] = ("END",), delimiter: str = "\n\n") -> Step:
    return Step((1, 2, 3), stop, delimiter, seed=11, most_tokens=40, greedy=greedy)


def test_a_step_has_its_own_seed_limit_and_end(llm: Llm) -> None:
    made = engine()
    assert (made.longest, made.at_once) == (2048, 16)
    made.submit("a", step())
    ((tokens, asked),) = llm.asked
    assert tokens == [1, 2, 3]
    assert vars(asked) == {
        "n": 1,
        "seed": 11,
        # What ends the whole text goes before the delimiter that it may begin with.
        "stop": ["END", "\n\n"],
        "max_tokens": 40,
        "logprobs": 0,
        "temperature": 0.8,
        "top_p": 0.9,
        "stop_token_ids": [99],
    }


def test_a_step_that_looks_ahead_is_drawn_without_chance(llm: Llm) -> None:
    engine().submit("a", step(greedy=True))
    asked = llm.asked[0][1]
    assert (asked.temperature, asked.top_p, asked.top_k, asked.min_p) == (0.0, 1.0, 0, 0.0)


@pytest.mark.parametrize(("stop", "delimiter", "ends"), [((), "", []), (("\n",), "\n", ["\n"]), ((), "\n", ["\n"])])
def test_a_delimiter_ends_a_step_once(llm: Llm, stop: tuple[str, ...], delimiter: str, ends: list[str]) -> None:
    engine().submit("a", step(stop=stop, delimiter=delimiter))
    assert llm.asked[0][1].stop == ends


def test_without_log_probabilities_none_are_asked_for(llm: Llm) -> None:
    engine(logprobs=None).submit("a", step())
    assert llm.asked[0][1].logprobs is None


def test_each_answer_goes_to_its_own_step_and_says_why_it_ended(llm: Llm) -> None:
    made = engine()
    for name in ("delimiter", "stop", "length"):
        made.submit(name, step())
    llm.finish(2, finish_reason="length", token_ids=[5], cumulative_logprob=None)
    llm.finish(0, stop_reason="\n\n")
    assert made.step() == [("length", StepDrawn((5,), "length", None)), ("delimiter", StepDrawn((7, 8), "", -1.235))]
    llm.finish(1, stop_reason="END")
    assert made.step() == [("stop", StepDrawn((7, 8), "stop", -1.235))] and made.step() == []


def test_a_step_without_a_delimiter_ends_the_text(llm: Llm) -> None:
    made = engine()
    made.submit("whole", step(delimiter=""))
    llm.finish(0, stop_reason=None)
    assert made.step()[0][1].ended == "stop"


def test_tokens_that_stop_say_nothing(llm: Llm) -> None:
    assert engine().text([7, 99, 8]) == "[7, 8] [('clean_up_tokenization_spaces', False), ('skip_special_tokens', True)]"
    assert "('skip_special_tokens', False)" in engine(skip_special_tokens=False).text([7])
