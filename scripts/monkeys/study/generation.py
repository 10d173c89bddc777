"""What the rule that makes samples hands over."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from monkeys.study.configuration import canonical
from monkeys.study.context import Context, OfPair, OfShard, pair_of, weights_manifest
from monkeys.study.layout import REPEATED, Pair
from monkeys.study.scoring import Scoring
from monkeys.study.sources import SOURCES, gpus_of
from monkeys.study.strategies import check_search_pair


class Generation:
    """The stage ``generate``. ``cores`` is asked how many cores this run may use."""

    def __init__(self, context: Context, scoring: Scoring, cores: Callable[[], int | None]) -> None:
        self._context, self._scoring, self._cores = context, scoring, cores
        self._files: dict[Pair, list[str]] = {}
        for pair in context.layout.pairs:
            if context.layout.searches(pair):
                check_search_pair(pair.strategy, context.model(pair.model), context.grader(pair.benchmark), context.config)

    def source(self, wildcards: OfPair) -> list[str]:
        """What samples come from: the manifest of a model's weights, or files of the user's own."""
        return self.weights(wildcards) or self._given(wildcards)

    def weights(self, wildcards: OfPair) -> list[str]:
        """The manifest of the weights that a pair's samples are drawn from."""
        if not self._context.layout.source(pair_of(wildcards)).weights:
            return []
        return [weights_manifest(self._context.model(wildcards.model)["weights"])]

    def _given(self, wildcards: OfPair) -> list[str]:
        pair = pair_of(wildcards)
        # Asked several times for each of thousands of shards, and a pattern or a folder is looked for on the disk.
        if pair not in self._files:
            self._files[pair] = self._context.layout.source(pair).files(self._context.model(pair.model), pair.benchmark)
        return self._files[pair]

    def problems(self, wildcards: OfPair) -> list[str]:
        """Names of all the benchmark's problems, against which samples of the user's own are checked."""
        return self._context.files("problems", wildcards.benchmark) if self._given(wildcards) else []

    def questions(self, wildcards: OfPair) -> list[str]:
        """The folder of the benchmark's prompts, by which samples of the user's own find their problems that name none. One job makes all prompts: with
        those of its own block, a job has them all, and thousands of jobs with all blocks as inputs would take Snakemake minutes to plan.
        """
        return [f"{self._context.results}/{wildcards.benchmark}/prompts"] if self._given(wildcards) else []

    def allocation(self, wildcards: OfPair) -> list[str]:
        """A table of how many samples each problem gets, where they do not all get the same."""
        allocation = self._context.model(wildcards.model)["allocation"]
        return [allocation[wildcards.benchmark]] if wildcards.benchmark in allocation else []

    def settings(self, wildcards: OfShard) -> str:
        """All that determines the samples of a shard beside prompts and source."""
        pair = pair_of(wildcards)
        model, source = self._context.model(wildcards.model), self._context.layout.source(pair)
        chosen = {key: model[key] for key in source.settings} | {"source": source.module} | source.reading(model, wildcards.benchmark)
        if source.drawn:
            chosen["sampling"] = self.sampling(pair)
        if self._context.layout.searches(pair):
            strategy = self._strategy(pair)
            chosen |= {
                "source": "searched",
                "strategy": {key: value for key, value in strategy.items() if key not in ("sampling", "samples")},
                "scorer": self._scoring.steering(strategy),
                "grader": self._context.grader(pair.benchmark),
            }
        return canonical(chosen | {"seed": self._context.config["seed"], "samples": self._context.layout.cut(pair).sample_range(wildcards.round)})

    def sampling(self, pair: Pair) -> dict[str, object] | None:
        """The sampling parameters of a pair: the benchmark's, with those of the strategy in their place; None where samples are not drawn here."""
        if not self._context.layout.source(pair).drawn:
            return None
        return {**self._context.settings(pair.benchmark)["sampling"], **self._context.config["strategies"][pair.strategy]["sampling"]}

    def drawn_sampling(self, wildcards: OfPair) -> str:
        """The sampling parameters for the check of duplicates; null where they are unknown."""
        return canonical(self.sampling(pair_of(wildcards)))

    def _strategy(self, pair: Pair) -> Mapping[str, Any]:
        """What the configuration says of a pair's strategy."""
        strategy: Mapping[str, Any] = self._context.config["strategies"][pair.strategy]
        return strategy

    def searching(self) -> list[str]:
        """Strategies that search."""
        return [name for name in self._context.config["strategies"] if name not in self.plain()]

    def plain(self) -> list[str]:
        """Strategies of independent samples."""
        return [name for name, strategy in self._context.config["strategies"].items() if strategy["method"] == REPEATED]

    def scorer(self, wildcards: OfPair) -> list[str]:
        """The manifest of the weights of the scorer that steers a search."""
        name = self._strategy(pair_of(wildcards))["scorer"]
        return self._scoring.weights_of(name) if name else []

    def gpus(self, wildcards: OfPair) -> int:
        """GPUs of a job: those of the model, and of the scorer that steers a search where it has its own."""
        pair = pair_of(wildcards)
        gpus = self._context.layout.source(pair).gpus(self._context.model(pair.model))
        strategy = self._strategy(pair)
        if not strategy.get("scorer"):
            return gpus
        scorers = gpus_of(self._context.config["scorers"][strategy["scorer"]])
        return gpus + scorers if strategy["apart"] else max(gpus, scorers)

    def threads(self, wildcards: OfPair) -> int:
        """Cores of a job."""
        return self._context.layout.source(pair_of(wildcards)).threads(self._context.model(wildcards.model), self._cores)

    def code(self, wildcards: OfPair) -> str:
        """The code that makes samples; with files of the user's own, what they hold."""
        source = self._context.layout.source(pair_of(wildcards))
        files = [*self._given(wildcards), *self.allocation(wildcards)]
        modules: dict[str, list[str]] = {"sampling": [source.module], "engines": [source.engine] if source.drawn else []}
        if self._context.layout.searches(pair_of(wildcards)):
            strategy = self._strategy(pair_of(wildcards))
            scorers = [self._context.config["scorers"][strategy["scorer"]]["kind"]] if strategy["scorer"] else []
            modules |= {"sampling": ["searched"], "search": [strategy["method"]], "scorers": scorers}
            modules["graders"] = [self._context.grader(wildcards.benchmark)] if strategy["pick"] not in ("best", "last") else []
        return self._context.code.of("generate_samples.py", files, **modules)

    def rules(self) -> dict[str, tuple[str, str]]:
        """The rules that make samples: by name the environment of their jobs, and the pattern of their models."""
        models = self._context.config["models"]
        chosen = {name: SOURCES[model["engine"]].environment for name, model in models.items()}
        names = {"generate_samples": "vllm", "generate_samples_by_api": "workflow"}
        return {
            rule: (environment, "|".join(re.escape(name) for name, wanted in chosen.items() if wanted == environment) or "^$")
            for rule, environment in names.items()
        }

    def samples_of_pair(self, wildcards: OfPair) -> list[str]:
        """All samples of a pair."""
        return self._context.files_of_pair("samples", pair_of(wildcards))

    def folder(self, wildcards: OfPair) -> str:
        """The folder of a pair. Scripts get this and ``cut`` instead of a list of files, which may be longer than a command can be (128 kB)."""
        return f"{self._context.results}/{pair_of(wildcards).folder}"

    def label(self, wildcards: OfPair) -> str:
        """A pair's name in error messages."""
        return f"{pair_of(wildcards).label} on {wildcards.benchmark}"

    def count_code(self, wildcards: OfPair) -> str:
        """The code that counts passes, and how many samples each problem should have."""
        return self._context.code.of("count_passes.py", self.allocation(wildcards))

    def cut(self, wildcards: OfPair) -> str:
        """How a pair is cut into jobs."""
        return self._context.layout.cut(pair_of(wildcards)).written()
