"""What vLLM is asked for and what becomes of its answers, with vLLM's two classes in the place of the package; and what decides identity of samples."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from monkeys.closure import behaviour
from monkeys.engines import Rendered, Request, rendering, shard_requests, vllm
from monkeys.records.prompt import Prompt
from monkeys.sampling.sample_store import SampleStore
from monkeys.seeds import sample_seed

MANIFEST = {"folder": "weights", "files": {"model.safetensors": "aa", "tokenizer.json": "bb"}}
SETTINGS: dict[str, Any] = {
    "engine": "vllm",
    "device": "gpu",
    "batch_invariant": False,
    "environment": {},
    "options": {"max_model_len": 512},
    "sampling": {"temperature": 0.6, "max_tokens": 64},
    "response_format": "chat",
    "chat_template_kwargs": {},
    "template_date": None,
}


@pytest.fixture(autouse=True)
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found = {"vllm": "1", "torch": "2", "transformers": "3", "tokenizers": "4"}
    monkeypatch.setattr(vllm, "version", lambda name: found[name])
    return found


# The recipe, by which the store finds samples.


@pytest.mark.parametrize(
    "change",
    [
        {"device": "cpu"},
        {"batch_invariant": True},
        {"environment": {"VLLM_ATTENTION_BACKEND": "FLASHINFER"}},
        {"options": {"max_model_len": 1024}},
        {"options": {"max_model_len": 512, "dtype": "float16"}},
        {"sampling": {"temperature": 0.9, "max_tokens": 64}},
        {"sampling": {"temperature": 0.6, "max_tokens": 65}},
        {"sampling": {"temperature": 0.6, "max_tokens": 64, "top_p": 0.9}},
    ],
    ids=str,
)
def test_each_setting_makes_another_recipe(tmp_path: Path, change: dict[str, Any]) -> None:
    keys = [SampleStore(tmp_path, vllm.recipe(MANIFEST, settings)).key for settings in (SETTINGS, SETTINGS | change)]
    assert keys[0] != keys[1] and keys[0] == SampleStore(tmp_path, vllm.recipe(MANIFEST, dict(SETTINGS))).key


@pytest.mark.parametrize("files", [{"model.safetensors": "cc"}, {"tokenizer.json": "cc"}, {"model-00002.safetensors": "dd"}], ids=str)
def test_other_weights_make_another_recipe(tmp_path: Path, files: dict[str, str]) -> None:
    other = MANIFEST | {"files": {**MANIFEST["files"], **files}}  # type: ignore[dict-item]
    assert SampleStore(tmp_path, vllm.recipe(MANIFEST, SETTINGS)).key != SampleStore(tmp_path, vllm.recipe(other, SETTINGS)).key


@pytest.mark.parametrize("name", ["vllm", "torch"])
def test_another_version_makes_another_recipe(tmp_path: Path, versions: dict[str, str], name: str) -> None:
    before = SampleStore(tmp_path, vllm.recipe(MANIFEST, SETTINGS)).key
    versions[name] = "9"
    assert SampleStore(tmp_path, vllm.recipe(MANIFEST, SETTINGS)).key != before


def test_an_engine_that_does_something_else_makes_another_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    before = vllm.recipe(MANIFEST, SETTINGS)
    assert before["behaviour"] == behaviour(vllm.__file__)
    monkeypatch.setattr(vllm, "behaviour", lambda path: "edited" if path == vllm.__file__ else behaviour(path))
    assert vllm.recipe(MANIFEST, SETTINGS) != before


# Requests and answers.


class Llm:
    """As vllm.LLM: takes requests, and finishes them in another order, step by step, after answers that are not finished."""

    def __init__(self) -> None:
        self.llm_engine = self
        self.waiting: list[tuple[str, list[int], Any]] = []
        self.asked: list[tuple[list[int], Any]] = []

    def enqueue(self, prompts: Sequence[Any], parameters: Sequence[Any], use_tqdm: bool) -> list[str]:
        tokens = [prompt["prompt_token_ids"] for prompt in prompts]
        self.asked = list(zip(tokens, parameters, strict=True))
        self.waiting = [(str(number), ids, one) for number, (ids, one) in enumerate(self.asked)]
        return [f"{name}-0a1b2c" for name, _, _ in self.waiting]

    def has_unfinished_requests(self) -> bool:
        return bool(self.waiting)

    def step(self) -> list[Any]:
        name, ids, parameters = self.waiting.pop()
        text = f"answer to {ids} with seed {parameters.seed}"
        answer = SimpleNamespace(text=text, token_ids=[0] * (len(ids) + 5), finish_reason="length", cumulative_logprob=-1.23456)
        unfinished = [SimpleNamespace(finished=False, request_id=other[0], outputs=[], prompt_token_ids=other[1]) for other in self.waiting]
        return [*unfinished, SimpleNamespace(finished=True, request_id=name, outputs=[answer], prompt_token_ids=ids)]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> tuple[vllm.VllmEngine, Llm]:
    package = ModuleType("vllm")
    package.SamplingParams = lambda **named: SimpleNamespace(**named)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vllm", package)
    made, llm = object.__new__(vllm.VllmEngine), Llm()
    made._llm, made._sampling = llm, {"temperature": 0.6, "max_tokens": 64}
    return made, llm


def requests() -> list[Request]:
    seen = {"a": Rendered((1, 2, 3), ("\n\n",)), "b": Rendered((4, 5), ())}
    wanted = shard_requests([Prompt(name, "", []) for name in seen], 2, 4, 7)
    return [Request(one.prompt, one.sample_index, one.seed, seen[one.prompt.problem_id]) for one in wanted]


def test_each_request_has_its_own_tokens_seed_and_stop(engine: tuple[vllm.VllmEngine, Llm]) -> None:
    list(engine[0].draw(requests()))
    asked = [(tokens, one.seed, one.stop, one.n, one.temperature, one.max_tokens) for tokens, one in engine[1].asked]
    assert asked == [
        ([1, 2, 3], sample_seed(7, "a", 2), ["\n\n"], 1, 0.6, 64),
        ([1, 2, 3], sample_seed(7, "a", 3), ["\n\n"], 1, 0.6, 64),
        ([4, 5], sample_seed(7, "b", 2), [], 1, 0.6, 64),
        ([4, 5], sample_seed(7, "b", 3), [], 1, 0.6, 64),
    ]
    assert len({one.seed for _, one in engine[1].asked}) == 4


def test_answers_that_come_in_another_order_go_to_their_own_requests(engine: tuple[vllm.VllmEngine, Llm]) -> None:
    samples = list(engine[0].draw(requests()))
    assert [(one.problem_id, one.sample_index) for one in samples] == [("b", 3), ("b", 2), ("a", 3), ("a", 2)]
    for sample in samples:
        tokens = [1, 2, 3] if sample.problem_id == "a" else [4, 5]
        assert sample.seed == sample_seed(7, sample.problem_id, sample.sample_index)
        assert sample.text == f"answer to {tokens} with seed {sample.seed}"
        assert (sample.prompt_tokens, sample.output_tokens) == (len(tokens), len(tokens) + 5)
        assert (sample.finish_reason, sample.cumulative_logprob) == ("length", -1.235)


def test_requests_of_a_problem_lie_together(engine: tuple[vllm.VllmEngine, Llm]) -> None:
    mixed = requests()
    list(engine[0].draw([mixed[2], mixed[0], mixed[3], mixed[1]]))
    assert [tokens for tokens, _ in engine[1].asked] == [[4, 5], [4, 5], [1, 2, 3], [1, 2, 3]]


# The prompt.


class Tokenizer:
    """A chat template that marks roles, and the assistant's turn where it is asked for."""

    chat_template = "a template"

    def apply_chat_template(self, messages: Sequence[dict[str, str]], add_generation_prompt: bool = False, **named: Any) -> Any:
        text = "".join(f"<{message['role']}>{message['content']}" for message in messages) + "<assistant>" * add_generation_prompt
        return self.encode(text) if named.get("tokenize", True) else text

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [1] * add_special_tokens + list(text.encode())


@pytest.mark.parametrize(("style", "expected"), [("chat", [*b"<user>Why?<assistant>"]), ("completion", [1, *b"def f():"])])
def test_a_chat_ends_with_the_assistants_turn_and_a_completion_with_its_text(
    monkeypatch: pytest.MonkeyPatch, style: str, expected: list[int]
) -> None:
    monkeypatch.setattr(rendering, "load_tokenizer", lambda weights, options: Tokenizer())
    prompt = Prompt("a", "def f():", [{"role": "user", "content": "Why?"}], ["\ndef"])
    assert rendering.tokenize([prompt], Path("weights"), SETTINGS | {"response_format": style}) == [expected]


@pytest.mark.parametrize(("options", "space"), [({"max_model_len": 512}, "3"), ({"kv_cache_memory_bytes": 1 << 28}, None)])
def test_cache_size_of_the_options_goes_before_the_environments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: dict[str, int], space: str | None
) -> None:
    """On a CPU vLLM ignores the option where the variable is set."""

    @dataclass
    class EngineArgs:
        max_model_len: int = 0
        kv_cache_memory_bytes: int = 0

    def load(**given: Any) -> str | None:
        assert options.items() <= given.items()
        return os.environ.get("VLLM_CPU_KVCACHE_SPACE")

    packages = {"torch": {"__version__": "2"}, "vllm": {"LLM": load}, "vllm.engine": {}, "vllm.engine.arg_utils": {"EngineArgs": EngineArgs}}
    for name, attributes in packages.items():
        package = ModuleType(name)
        vars(package).update(attributes)
        monkeypatch.setitem(sys.modules, name, package)
    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"]})
    monkeypatch.setattr(vllm, "settle", partial(vllm.settle, environment=os.environ))
    assert vllm.load(tmp_path, "cpu", options)[0] == space
