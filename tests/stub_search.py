"""A policy and a scorer without a model: what a step says depends on what was seen and on its seed, as with a model."""

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from monkeys.engines import Rendered, Request
from monkeys.engines.stepping import StepDrawn
from monkeys.records.prompt import Prompt
from monkeys.search import complete
from monkeys.search.loop import Search, Step, Tree
from monkeys.search.picking import pick
from monkeys.seeds import sample_seed

WORDS = ("one", "two", "three", "four", "five")


def spelled(text: str) -> tuple[int, ...]:
    return tuple(map(ord, text))


class StubPolicy:
    """Writes lines of words; one line in four is the answer, behind which the text ends. Steps end in an order that the batch decides."""

    def __init__(self, longest: int = 10_000, at_once: int = 5, ending: float = 0.25) -> None:
        self.longest, self.at_once, self._ending = longest, at_once, ending
        self._running: list[tuple[Any, Step]] = []
        self.drawn = 0

    def submit(self, name: Any, step: Step) -> None:
        assert len(step.tokens) + step.most_tokens <= self.longest
        self._running.append((name, step))

    def step(self) -> list[tuple[Any, StepDrawn]]:
        # The one that came last ends first, and not more than three at a time.
        batch, self._running = self._running[-3:][::-1], self._running[:-3]
        return [(name, self._draw(step)) for name, step in batch]

    def _draw(self, step: Step) -> StepDrawn:
        self.drawn += 1
        seen = hashlib.sha256(repr(step.tokens).encode()).hexdigest()
        rng = random.Random("greedy" + seen if step.greedy else f"{step.seed} {seen}")
        text = ""
        while True:
            ends = rng.random() < self._ending
            text += f"The answer is {rng.randint(1, 3)}." if ends else f"{rng.choice(WORDS)}\n"
            if len(text) >= step.most_tokens:
                return StepDrawn(spelled(text[: step.most_tokens]), "length")
            if ends:
                return StepDrawn(spelled(text), "stop")
            if step.delimiter:
                return StepDrawn(spelled(text), "")

    def text(self, tokens: Sequence[int]) -> str:
        return "".join(map(chr, tokens))


class StubValuer:
    """Values by a function of the text."""

    def __init__(self, value: Callable[[str], float], longest: int = 10_000, shares: bool = True) -> None:
        self._value, self.longest, self.shares = value, longest, shares
        self.read = 0

    def tokens(self, prompt: Prompt, text: str) -> Sequence[int]:
        return spelled(f"{prompt.prompt}\x00{text}") if text.strip() else ()

    def values(self, prefixes: Sequence[Sequence[int]]) -> list[float]:
        self.read += len(prefixes)
        return [self._value("".join(map(chr, prefix)).split("\x00")[1]) for prefix in prefixes]


def noise(text: str) -> float:
    """A value in (0, 1) that says nothing."""
    return (int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") + 0.5) / 2**32


def requests(problems: int = 3, samples: int = 2) -> list[Request]:
    return [
        Request(
            Prompt(f"p/{problem}", f"question {problem}: ", [], []),
            index,
            sample_seed(0, f"p/{problem}", index),
            Rendered(spelled(f"q{problem} "), ()),
        )
        for problem in range(problems)
        for index in range(samples)
    ]


def revised(request: Request, attempts: Sequence[str]) -> Rendered:
    return Rendered((*request.rendered.tokens, *spelled("".join(f"{one}\nAgain: " for one in attempts))), request.rendered.stop)


def stated(text: str) -> str | None:
    return text.rsplit("The answer is ", 1)[1].rstrip(".") if "The answer is " in text else None


def search(
    strategy: Mapping[str, Any],
    value: Callable[[str], float] | None = noise,
    asked: Sequence[Request] | None = None,
    most_tokens: int = 2000,
    policy: StubPolicy | None = None,
    valuer: StubValuer | None = None,
    kept: Mapping[tuple[str, int], Any] | None = None,
    keep: Callable[[Request, int, Any], None] = lambda *_: None,
) -> dict[tuple[str, int], Tree]:
    """The trees of some requests, by problem and sample."""
    options = complete("s", {"scorer": "prm", "delimiter": "\n", **strategy} if strategy["method"] != "revise" else {"scorer": "prm", **strategy})
    engines = (policy or StubPolicy(), valuer or (StubValuer(value) if value else None))
    found = Search(lambda: engines, options, most_tokens, revised, kept or {}, keep).run(requests() if asked is None else asked)
    return {(tree.request.prompt.problem_id, tree.request.sample_index): tree for tree in found}


def leaves(trees: Mapping[Any, Tree]) -> dict[Any, list[str]]:
    """The leaves' texts of each tree, by their paths."""
    return {name: [leaf.whole_text for leaf in sorted(tree.leaves, key=lambda leaf: leaf.path)] for name, tree in trees.items()}


def final(trees: Mapping[Any, Tree], how: str = "best") -> dict[Any, str]:
    return {name: pick(tree.leaves, how, stated).whole_text for name, tree in trees.items()}
