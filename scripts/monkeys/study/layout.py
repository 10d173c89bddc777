"""The layout of a study: which models run on which benchmarks by which strategies, and how each pair of them is cut into jobs. By a completed configuration alone.

A *pair* is one model on one benchmark by one strategy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from monkeys.extensions import places
from monkeys.figures import Facts
from monkeys.shards import Cut
from monkeys.study.sources import SOURCES, Source

USUAL_STRATEGY = "repeated"
"""Independent samples of the same prompt."""
REPEATED = "repeated"
"""The method of strategies whose draws are independent samples, and no trees."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One model on one benchmark by one strategy."""

    benchmark: str
    model: str
    strategy: str

    @property
    def folder(self) -> str:
        """Where its files lie, below the run's folder."""
        return f"{self.benchmark}/{self.model}/{self.strategy}"

    @property
    def label(self) -> str:
        """Its name in tables and figures: the model's, with the strategy where that is not the usual one."""
        return self.model if self.strategy == USUAL_STRATEGY else f"{self.model} ({self.strategy})"

    def is_on(self, benchmark: str | None) -> bool:
        """Whether it is one of a benchmark, or of any if none is named."""
        return benchmark is None or self.benchmark == benchmark


class Layout:
    """The layout of a completed configuration."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.pairs = [Pair(pair["benchmark"], pair["model"], pair["strategy"]) for pair in config["pairs"]]

    def _strategy(self, name: str) -> Mapping[str, Any]:
        """What the configuration says of a strategy; of earlier checkouts it names none."""
        strategy: Mapping[str, Any] = self.config.get("strategies", {}).get(name, {})
        return strategy

    def source(self, pair: Pair) -> Source:
        """Where a pair's samples come from."""
        return SOURCES[self.config["models"][pair.model]["engine"]]

    def has_samples(self, pair: Pair) -> bool:
        """Whether a pair has samples, and not counts alone."""
        return self.source(pair).has_samples

    def searches(self, pair: Pair) -> bool:
        """Whether a pair's samples are trees."""
        return self.has_samples(pair) and self._strategy(pair.strategy).get("method", REPEATED) != REPEATED

    def pairs_of(self, benchmark: str | None = None, sampled: bool = False) -> list[Pair]:
        """The pairs of a benchmark, or all, in the order of the configuration; with ``sampled`` those that have samples."""
        return [pair for pair in self.pairs if pair.is_on(benchmark) and (not sampled or self.has_samples(pair))]

    @cached_property
    def benchmarks(self) -> list[str]:
        """Benchmarks that have pairs, in the order of the configuration."""
        used = {pair.benchmark for pair in self.pairs}
        return [name for name in self.config["benchmarks"] if name in used]

    @cached_property
    def sampled_benchmarks(self) -> list[str]:
        """Those of which there are samples, and so prompts and references; the others are counts alone."""
        return [name for name in self.config["benchmarks"] if not only_counts(self.config, name)]

    @cached_property
    def voted_benchmarks(self) -> list[str]:
        """Those of which there are answers alone, without prompts: they have no module."""
        return [name for name in self.benchmarks if only_votes(self.config, name)]

    def labels(self, benchmark: str, sampled: bool = False) -> list[str]:
        """Names of a benchmark's curves."""
        return [pair.label for pair in self.pairs_of(benchmark, sampled)]

    def related(self, benchmark: str) -> dict[Pair, str]:
        """The family of each pair on a benchmark that has a relative there: another pair whose model is of the same family."""
        families = {pair: self.config["models"][pair.model].get("family") for pair in self.pairs_of(benchmark)}
        numbers = list(families.values())
        return {pair: family for pair, family in families.items() if family and numbers.count(family) > 1}

    def facts(self, benchmark: str) -> Facts:
        """What decides which figures a benchmark has."""
        pairs = self.pairs_of(benchmark)
        return Facts(
            [self.config["models"][pair.model] for pair in pairs],
            len(self.pairs_of(benchmark, sampled=True)),
            len(self.related(benchmark)),
            self.samples(benchmark),
            # The figure shows all pairs.
            min((len(self.selectors(pair)) for pair in self.pairs_of(benchmark, sampled=True)), default=0),
            self.plans_votes,
            bool(self.compared(benchmark)),
        )

    @property
    def plans_votes(self) -> bool:
        """Whether the study says how many votes are worth it."""
        return "plan_votes" in self.config.get("selection", {})

    def samples(self, benchmark: str, strategy: str | None = None) -> int | None:
        """Samples of each problem, by a strategy that has a number of its own; None for all that there are."""
        own = self._strategy(strategy).get("samples") if strategy else None
        samples = self.config["benchmarks"][benchmark]["samples"] if own is None else own
        return None if samples == "all" else int(samples)

    def scorers(self, pair: Pair) -> list[str]:
        """Scorers that rate a pair's samples."""
        if not self.has_samples(pair):
            return []
        found = []
        for name, entry in self.config.get("scorers", {}).items():
            wanted = entry.get("benchmarks") is None or pair.benchmark in entry["benchmarks"]
            # Scores of someone else's are of the samples that he scored.
            there = entry["kind"] != "recorded" or (
                self.source(pair).answers_alone if entry.get("field") else pair.model in entry["files"].get(pair.benchmark, {})
            )
            found += [name] if wanted and there else []
        return found

    def selectors(self, pair: Pair) -> list[Any]:
        """Selectors that can choose among a pair's samples: those without a scorer, and those whose scorer rates them."""
        if not self.has_samples(pair):
            return []
        scorers = [*self.scorers(pair), *(name for name, files in self._calls.items() if pair.model in files.get(pair.benchmark, {}))]
        given = self.config.get("selection", {}).get("selectors", [])
        return [value for value in given if isinstance(value, str) or _scorer_of(value) in (None, *scorers)]

    @property
    def _calls(self) -> Mapping[str, Any]:
        calls: Mapping[str, Any] = self.config.get("selection", {}).get("calls", {})
        return calls

    def compared(self, benchmark: str) -> dict[str, list[Pair]]:
        """Pairs whose strategies and selectors are compared at equal cost, by model: those with a choice between several strategies or several selectors.

        The first pair of a model says how hard problems are: that of the usual strategy, where there is one.
        """
        found: dict[str, list[Pair]] = {}
        for pair in self.pairs_of(benchmark, sampled=True):
            if self.selectors(pair):
                found.setdefault(pair.model, []).append(pair)
        return {
            model: sorted(pairs, key=lambda pair: pair.strategy != USUAL_STRATEGY)
            for model, pairs in found.items()
            if sum(len(self.selectors(pair)) for pair in pairs) > 1
        }

    def judges(self, pair: Pair) -> bool:
        """Whether a pair's samples say how hard problems are, for strategies that are compared."""
        return self.compared(pair.benchmark).get(pair.model, [None])[0] == pair

    # How pairs are cut into jobs

    def blocks(self, benchmark: str) -> list[str]:
        """Names of the blocks of a benchmark's problems."""
        settings = self.config["benchmarks"][benchmark]
        return Cut(settings["problems"], settings["shard"]["problems"]).blocks()

    def cut(self, pair: Pair) -> Cut:
        """How a pair is cut: into blocks by the benchmark, into rounds by it too or by how much one job of the model draws, into parts by the verification."""
        return self._cuts[pair]

    @cached_property
    def _cuts(self) -> dict[Pair, Cut]:
        return {pair: self._cut(pair) for pair in self.pairs}

    def _cut(self, pair: Pair) -> Cut:
        settings, model = self.config["benchmarks"][pair.benchmark], self.config["models"][pair.model]
        problems, block, samples = settings["problems"], settings["shard"]["problems"], self.samples(pair.benchmark, pair.strategy)
        if samples is None:
            return Cut(problems, block)
        draws = model["draws_per_job"]
        of_problem = settings["shard"]["samples"] if draws is None else max(1, draws // min(block, problems))
        return Cut(problems, block, samples, of_problem, self.config["verification"]["samples_per_job"])


def _scorer_of(entry: Mapping[str, Any]) -> Any:
    """The scorer of a selector's entry, which stands behind the selector's name wherever that is: completed configurations have their keys in another order."""
    # By the files' names, as what imports selectors must say which.
    folders = [Path(__file__).parents[1] / "selectors", *map(Path, places("selectors"))]
    names = {path.stem for folder in folders for path in folder.glob("[a-z]*.py")}
    return next((value for key, value in entry.items() if key in names), next(iter(entry.values())))


def only_counts(config: Mapping[str, Any], benchmark: str) -> bool:
    """Whether all models on a benchmark have counts in place of samples, so that it needs no rules, prompts or tests. The configuration may be incomplete."""
    engines = _engines(config, benchmark)
    return bool(engines) and all(engine in SOURCES and not SOURCES[engine].has_samples for engine in engines)


def only_votes(config: Mapping[str, Any], benchmark: str) -> bool:
    """Whether all models on a benchmark have answers alone, so that its problems come with them. The configuration may be incomplete."""
    engines = _engines(config, benchmark)
    return bool(engines) and all(engine in SOURCES and SOURCES[engine].answers_alone for engine in engines)


def _engines(config: Mapping[str, Any], benchmark: str) -> list[str]:
    models = [pair["model"] for pair in config["pairs"] if pair["benchmark"] == benchmark] if "pairs" in config else list(config["models"])
    return [config["models"].get(model, {}).get("engine") for model in models]
