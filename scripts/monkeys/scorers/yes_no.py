"""A model judges: is this answer right? The score is its probability of Yes against No as the next token (Kadavath et al. 2022, arXiv 2207.05221, P(True)).

One forward pass a sample, no sampling. ``question`` is what the judge is asked; ``{question}`` stands for the problem, ``{answer}`` for the sample.
Small models judge badly: SmolLM2-135M's own scores are worse than chance (docs/scoring.md).
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.engines.environment import explicit
from monkeys.engines.rendering import load_tokenizer, tokenize
from monkeys.engines.vllm import VllmEngine
from monkeys.errors import InputError
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.score import Score, significant
from monkeys.scorers import Settings, Task, one_of

QUESTION = "Problem:\n{question}\n\nProposed solution:\n{answer}\n\nIs the proposed solution correct? Answer with one word, Yes or No."
OPTIONS: Mapping[str, Any] = {"question": QUESTION, "response_format": "chat", "least": 0.05}
NEEDS = "weights"
WORDS = {"yes": ("Yes", " Yes", "yes", " yes", "YES"), "no": ("No", " No", "no", " no", "NO")}


def check(options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""
    one_of(options, "response_format", ["chat", "completion"])
    if not isinstance(options["question"], str) or "{answer}" not in options["question"]:
        raise InputError("question must be a text with {answer} in it, where the sample is put (and {question}, where the problem is)")
    least = options["least"]
    if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least < 1:
        raise InputError(f"least is {least!r}, but must be a probability from 0 up to 1")


class YesNo:
    """See ``monkeys.scorers.Scorer``.

    Raises:
        InputError: the model's tokenizer has no single token for Yes or for No.
    """

    def __init__(self, settings: Settings) -> None:
        assert settings.manifest is not None
        self._options = settings.options
        self._answer = settings.answer
        self._weights = Path(settings.manifest["folder"])
        environment = explicit(self._options["device"], self._options["batch_invariant"], self._options["environment"])
        # An empty sampling: what is asked is one token, and not drawn.
        self._engine = VllmEngine(self._weights, self._options["device"], self._options["options"], {}, environment)
        self.provenance = self._engine.provenance
        tokenizer = load_tokenizer(self._weights, self._options["options"])
        found = {
            side: sorted({ids[0] for word in words if len(ids := list(tokenizer.encode(word, add_special_tokens=False))) == 1})
            for side, words in WORDS.items()
        }
        for side, ids in found.items():
            if not ids:
                raise InputError(
                    f"the judge in {self._weights} has no single token for {side.title()}, so that it cannot be a yes_no scorer; take another model"
                )
        self._yes, self._no = found["yes"], found["no"]

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``.

        Raises:
            InputError: on most of the samples the judge says neither Yes nor No.
        """
        samples = [sample for task in tasks for sample in task.samples]
        asked = [self._prompt(task.prompt, sample.text) for task in tasks for sample in task.samples]
        settings = {**self._options}
        tokens = tokenize(asked, self._weights, settings)
        found = self._engine.next_token(tokens, [*self._yes, *self._no])
        scores, beside = [], []
        for sample, prompt, (logprobs, said) in zip(samples, tokens, found, strict=True):
            yes = math.fsum(math.exp(logprobs[token]) for token in self._yes)
            no = math.fsum(math.exp(logprobs[token]) for token in self._no)
            if yes + no < self._options["least"]:
                beside.append((sample, said, yes + no))
            scores.append(
                Score(sample.problem_id, sample.sample_index, significant(yes / (yes + no)) if yes + no > 0 else None, scored_tokens=len(prompt) + 1)
            )
        if 2 * len(beside) > len(samples):
            sample, said, share = beside[0]
            raise InputError(
                f"the judge answers neither Yes nor No: on {len(beside)} of {len(samples)} samples both together have a probability below {self._options['least']} "
                f"(sample {sample.sample_index} of {sample.problem_id}: {share:.2g}, it says {said!r}); change the scorer's question, or take a model that follows it"
            )
        return scores

    def _prompt(self, prompt: Prompt, text: str) -> Prompt:
        question = prompt.messages[-1]["content"] if prompt.messages else prompt.prompt
        answer = self._answer(text)
        # Not by format: both texts may hold braces.
        parts = self._options["question"].split("{question}")
        whole = question.join(part.replace("{answer}", text if answer is None else answer) for part in parts)
        return Prompt(prompt.problem_id, whole, [{"role": "user", "content": whole}])


def open_scorer(settings: Settings, _progress: Progress) -> YesNo:
    """See ``ScorerModule.open_scorer``."""
    return YesNo(settings)
