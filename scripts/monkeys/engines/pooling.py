"""vLLM's pooling runner: models that read a text and return numbers for it, or for each of its tokens. Reward models, and hidden states for training one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monkeys.engines.vllm import engine_options, load
from monkeys.errors import InputError

TASKS = ("classify", "token_classify", "token_embed")


class PoolingEngine:
    """A model with a head, or without one.

    Args:
        weights: a folder in Hugging Face's layout; with a head (``…ForSequenceClassification``, ``…RewardModel``) for ``classify`` and ``token_classify``.
        device: ``cpu`` or ``gpu``.
        options: handed to ``vllm.LLM``.
        task: ``classify`` gives the head's values at the last token, ``token_classify`` at each, ``token_embed`` each token's state before any head.
        environment: variables that change results, from ``monkeys.engines.environment.explicit``.

    Raises:
        InputError: see ``VllmEngine``.
    """

    def __init__(self, weights: Path, device: str, options: Mapping[str, Any], task: str, environment: Mapping[str, str] | None = None) -> None:
        self._task = task

        def pooler() -> dict[str, Any]:
            from vllm.config import PoolerConfig

            # Raw values: a softmax over a head of one label is always 1, and a state of length 1 has lost half of what it says.
            return {"pooler_config": PoolerConfig(task=task, use_activation=False, **({} if task == "classify" else {"tok_pooling_type": "ALL"}))}

        chosen = {**engine_options(device, options), "runner": "pooling", **({"convert": "embed"} if task == "token_embed" else {})}
        self._llm, self.provenance = load(weights, device, chosen, environment, pooler)
        self.longest = int(self._llm.model_config.max_model_len)

    def values(self, prompts: Sequence[Sequence[int]]) -> list[NDArray[np.float32]]:
        """The model's values, raw.

        Args:
            prompts: token by token, none longer than ``longest``.

        Returns:
            Of each prompt an array: (labels,) for ``classify``, (tokens, labels) for ``token_classify``, (tokens, width) for ``token_embed``.

        Raises:
            InputError: the model gives another number of values than there are tokens.
        """
        outputs = self._llm.encode([{"prompt_token_ids": list(prompt)} for prompt in prompts], pooling_task=self._task, use_tqdm=False)
        found = []
        for prompt, output in zip(prompts, outputs, strict=True):
            value = np.asarray(output.outputs.data.float().cpu().numpy(), dtype=np.float32)
            if self._task == "classify":
                value = value.reshape(-1)
            elif value.ndim == 1:
                value = value.reshape(-1, 1)
            if self._task != "classify" and len(value) != len(prompt):
                raise InputError(
                    f"the reward model gives {len(value)} values for a text of {len(prompt)} tokens; it is not one that values each token, so level cannot be process"
                )
            found.append(value)
        return found
