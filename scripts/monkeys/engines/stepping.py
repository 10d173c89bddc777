"""vLLM's offline engine as tree search uses it: steps are asked for while others are drawn. Prefixes are shared through vLLM's cache."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.engines.vllm import engine_options, load
from monkeys.errors import InputError


@dataclass(frozen=True, slots=True)
class StepDrawn:
    """A step: its tokens, why it ended (empty: at the delimiter; ``stop`` or ``length``), and its log-probability where ``sampling.logprobs`` asks for it."""

    tokens: tuple[int, ...]
    ended: str
    logprob: float | None = None


class StepEngine:
    """See ``monkeys.search.loop.Policy``.

    Args:
        weights: a folder in Hugging Face's layout.
        device: ``cpu`` or ``gpu``.
        options: handed to ``vllm.LLM``.
        sampling: handed to ``vllm.SamplingParams``; limits of tokens are each step's own.
        environment: variables that change a draw, from ``monkeys.engines.environment.explicit``.

    Raises:
        InputError: see ``monkeys.engines.vllm.VllmEngine``.
    """

    def __init__(self, weights: Path, device: str, options: Mapping[str, Any], sampling: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._sampling = {key: value for key, value in sampling.items() if key not in ("max_tokens", "logprobs")}
        self._logprobs = None if sampling.get("logprobs") is None else 0
        self._llm, self.provenance = load(weights, device, engine_options(device, options), environment)
        self._tokenizer = self._llm.get_tokenizer()
        self._silent = set(sampling.get("stop_token_ids") or ())
        self.longest = int(self._llm.model_config.max_model_len)
        self.at_once = int(self._llm.llm_engine.vllm_config.scheduler_config.max_num_seqs)
        self._wanted: dict[str, tuple[Any, str]] = {}

    def submit(self, name: Any, step: Any) -> None:
        """Ask for a step (``monkeys.search.loop.Step``)."""
        from vllm import SamplingParams

        # A string that ends the whole text goes before the delimiter that it may begin with.
        stop = [*step.stop, *([step.delimiter] if step.delimiter and step.delimiter not in step.stop else [])]
        sampling = {**self._sampling, **({"temperature": 0.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0} if step.greedy else {})}
        try:
            parameters = SamplingParams(n=1, seed=step.seed, stop=stop, max_tokens=step.most_tokens, logprobs=self._logprobs, **sampling)
        except (TypeError, ValueError) as error:
            raise InputError(f"vLLM refuses the sampling of the configuration: {str(error).splitlines()[0]}") from error
        (internal,) = self._llm.enqueue([{"prompt_token_ids": list(step.tokens)}], [parameters], use_tqdm=False)
        # enqueue returns a request's internal name, the public one and random characters; outputs carry the public one.
        self._wanted[internal.rsplit("-", 1)[0]] = (name, step.delimiter)

    def step(self) -> list[tuple[Any, StepDrawn]]:
        """Go on drawing; the steps that have ended since, by their names."""
        found = []
        for output in self._llm.llm_engine.step():
            if not output.finished:
                continue
            name, delimiter = self._wanted.pop(output.request_id)
            answer = output.outputs[0]
            ended = "" if delimiter and answer.stop_reason == delimiter else str(answer.finish_reason)
            logprob = answer.cumulative_logprob
            # The last digits depend on the size of the batch.
            found.append((name, StepDrawn(tuple(answer.token_ids), ended, None if logprob is None else round(logprob, 3))))
        return found

    def text(self, tokens: Sequence[int]) -> str:
        """What tokens say, as vLLM writes it."""
        spoken = [token for token in tokens if token not in self._silent]
        skip = bool(self._sampling.get("skip_special_tokens", True))
        return str(self._tokenizer.decode(spoken, skip_special_tokens=skip, clean_up_tokenization_spaces=False))
