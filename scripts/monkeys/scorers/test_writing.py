"""How a model is asked for tests of the function that a prompt wants: as in CodeT, by a text that ends with "assert", or in a chat."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.engines import Rendered, Request
from monkeys.engines.environment import explicit
from monkeys.engines.rendering import render
from monkeys.engines.vllm import VllmEngine
from monkeys.errors import InputError
from monkeys.records.prompt import Prompt
from monkeys.seeds import sample_seed

OPTIONS: Mapping[str, Any] = {
    "method": "codet",
    "tests": None,
    "texts": 20,
    "per_text": 5,
    "most_tests": 100,
    "response_format": "chat",
    "sampling": {"temperature": 0.8, "max_tokens": 300},
    "seed": 0,
}
"""Keys of the scorer generated_tests, with defaults."""

QUESTION = (
    "Write {number} tests for the following function. Write only lines of the form `assert {name}(arguments) == value`, with literal arguments and values."
    "\n\n```python\n{stub}\n```"
)


def function_name(prompt: Prompt) -> str | None:
    """The function that a prompt asks for: the last that its text defines at the beginning of a line, else the one that its assertions call."""
    for text in (prompt.prompt, *(message["content"] for message in reversed(prompt.messages))):
        if defined := re.findall(r"^def\s+(\w+)\s*\(", text, re.MULTILINE):
            return str(defined[-1])
        if called := re.findall(r"^\s*assert\s+(?:\(*\s*)?(\w+)\(", text, re.MULTILINE):
            return str(called[-1])
    return None


def stub_of(prompt: Prompt) -> str:
    """The unfinished function with which a prompt's text ends, with all before it; empty where there is none."""
    try:
        compile(f"{prompt.prompt}    pass\n", "<prompt>", "exec")
    except (SyntaxError, ValueError):
        return ""
    return prompt.prompt if re.search(r"^def\s", prompt.prompt, re.MULTILINE) else ""


def asked_for_tests(prompt: Prompt, number: int) -> Prompt:
    """The prompt that asks for tests.

    Raises:
        InputError: the prompt asks for no function.
    """
    name, stub = function_name(prompt), stub_of(prompt)
    if name is None:
        raise InputError(
            f"problem {prompt.problem_id} asks for no function, so that no tests can be written; leave generated_tests out of this benchmark"
        )
    front = f"{stub.rstrip()}\n    pass" if stub else prompt.prompt
    shown = stub.rstrip() or (prompt.messages[-1]["content"] if prompt.messages else prompt.prompt)
    question = QUESTION.replace("{number}", str(number)).replace("{name}", name).replace("{stub}", shown)
    whole = f"{front}\n\n# check the correctness of {name}\nassert "
    return Prompt(prompt.problem_id, whole, [{"role": "user", "content": question}], ["\ndef ", "\nclass ", "\nif ", "\nprint"])


def write_tests(prompts: Sequence[Prompt], manifest: Mapping[str, Any], options: Mapping[str, Any], store: Path) -> list[dict[str, Any]]:
    """Draw texts with tests.

    Args:
        prompts: of a benchmark's problems.
        manifest: of the weights of the model that writes them.
        options: of the scorer, completed.
        store: folder of all samples that this checkout has drawn, for rendered prompts.

    Returns:
        Of each problem ``problem_id``, ``tests`` (texts) and ``tokens`` (read and drawn).
    """
    asked = [asked_for_tests(prompt, options["per_text"]) for prompt in prompts]
    settings = dict(options)
    rendered = render(asked, manifest, settings, store / "rendered", apart=options["device"] == "gpu")
    requests = [
        Request(
            prompt,
            index,
            sample_seed(options["seed"], f"tests {prompt.problem_id}", index),
            Rendered(rendered[prompt.problem_id].tokens, tuple(prompt.stop)),
        )
        for prompt in asked
        for index in range(options["texts"])
    ]
    environment = explicit(options["device"], options["batch_invariant"], options["environment"])
    engine = VllmEngine(Path(manifest["folder"]), options["device"], options["options"], options["sampling"], environment)
    begun = "assert " if options["response_format"] == "completion" else ""
    rows = {prompt.problem_id: {"problem_id": prompt.problem_id, "tests": [""] * options["texts"], "tokens": 0} for prompt in asked}
    for sample in engine.draw(requests):
        row: dict[str, Any] = rows[sample.problem_id]
        row["tests"][sample.sample_index] = begun + sample.text
        row["tokens"] += (sample.prompt_tokens or 0) + (sample.output_tokens or 0)
    return list(rows.values())
