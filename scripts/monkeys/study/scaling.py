"""What the rule hands over that compares strategies and selectors at equal cost."""

from collections.abc import Callable
from typing import Any

from monkeys.study.configuration import canonical
from monkeys.study.context import Context, OfBenchmark
from monkeys.study.generation import Generation
from monkeys.study.layout import Pair
from monkeys.study.scoring import Scoring, Selection


class Scaling:
    """The comparison at equal cost, of the stage ``select``."""

    def __init__(self, context: Context, generation: Generation, scoring: Scoring, selection: Selection) -> None:
        self._context, self._generation, self._scoring, self._selection = context, generation, scoring, selection

    def _compared(self, wildcards: OfBenchmark) -> list[Pair]:
        return [pair for pairs in self._context.layout.compared(wildcards.benchmark).values() for pair in pairs]

    def of_pairs(self, name: str) -> Callable[[OfBenchmark], list[str]]:
        """An input function: results of one kind, of the pairs that are compared."""
        return lambda wildcards: [path for pair in self._compared(wildcards) for path in self._context.files_of_pair(name, pair)]

    def _scorers(self, pair: Pair) -> list[str]:
        """The scorers whose tokens a pair's answers may cost: those that its selectors use, and the one that its search asks."""
        asked = self._context.config["strategies"][pair.strategy].get("scorer")
        return list(dict.fromkeys([*self._selection.used(pair), *([asked] if asked else [])]))

    def weights(self, wildcards: OfBenchmark) -> list[str]:
        """The manifests of the weights of models and scorers, whose parameters FLOPs count."""
        found = [path for pair in self._compared(wildcards) for path in self._generation.weights(pair)]
        found += [path for pair in self._compared(wildcards) for scorer in self._scorers(pair) for path in self._scoring.weights_of(scorer)]
        return list(dict.fromkeys(found))

    def pairs(self, wildcards: OfBenchmark) -> str:
        """The pairs as JSON, the first of each model being the one that says how hard problems are."""
        return canonical([self._pair(pair) for pair in self._compared(wildcards)])

    def _pair(self, pair: Pair) -> dict[str, Any]:
        model, weights = self._context.model(pair.model), self._generation.weights(pair)
        scorers = {name: next(iter(self._scoring.weights_of(name)), None) for name in self._scorers(pair)}
        return {
            "model": pair.model,
            "strategy": pair.strategy,
            "folder": pair.folder,
            "cut": self._context.layout.cut(pair).written(),
            "samples": self._context.layout.samples(pair.benchmark, pair.strategy),
            "architecture": model.get("architecture"),
            "price": model.get("price"),
            "weights": next(iter(weights), None),
            "scorers": scorers,
            "search_scorer": self._context.config["strategies"][pair.strategy].get("scorer"),
        }

    def settings(self, wildcards: OfBenchmark) -> str:
        """How they are compared, as JSON."""
        analysis = self._context.config["analysis"]
        return canonical({**analysis["inference_scaling"], "bins": analysis["difficulty"]["bins"]})
