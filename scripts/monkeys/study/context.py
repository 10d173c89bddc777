"""What every part of a study needs: the configuration, its layout and benchmarks, and the hashes of code."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from monkeys.benchmarks import Benchmark, load_benchmark
from monkeys.graders import load_grader
from monkeys.study import catalogue
from monkeys.study.code import ASSETS, FOLDER, Code
from monkeys.study.layout import Layout, Pair
from monkeys.study.questions import dataset_of, is_own, module_of, options_of
from monkeys.weights import parse_source


class OfBenchmark(Protocol):
    """Wildcards of a job of a benchmark; pairs have their names too."""

    @property
    def benchmark(self) -> str:
        """A benchmark's name."""


class OfPair(OfBenchmark, Protocol):
    """Wildcards of a job of a pair."""

    @property
    def model(self) -> str:
        """A model's name."""

    @property
    def strategy(self) -> str:
        """A strategy's name."""


class OfShard(OfPair, Protocol):
    """Wildcards of a job of a shard."""

    block: str
    round: str


@dataclass
class Context:
    """A completed configuration and what follows from it."""

    config: Mapping[str, Any]
    code: Code
    layout: Layout = field(init=False)
    benchmarks: Mapping[str, Benchmark] = field(init=False)

    def __post_init__(self) -> None:
        self.layout = Layout(self.config)
        # Those of which there are counts alone have no module, but a title.
        self.benchmarks = {name: self._benchmark(name) for name in self.layout.sampled_benchmarks}

    def _benchmark(self, name: str) -> Benchmark:
        entry = self.settings(name)
        if name in self.layout.voted_benchmarks:
            # Answers alone have no module either.
            return _of_votes(name, entry.get("title", name))
        benchmark = load_benchmark(name, self.options(name))
        return replace(benchmark, dataset=dataset_of(entry)) if is_own(entry) else benchmark

    def options(self, benchmark: str) -> dict[str, Any]:
        """The options that a benchmark's jobs are handed."""
        return options_of(benchmark, self.settings(benchmark))

    def module(self, benchmark: str) -> str:
        """The module of ``benchmarks`` that makes a benchmark's problems."""
        return module_of(benchmark, self.settings(benchmark))

    @property
    def results(self) -> str:
        """The run's folder."""
        return f"results/{self.config['run']}"

    def title(self, benchmark: str) -> str:
        """What figures and the report call a benchmark."""
        return self.benchmarks[benchmark].title if benchmark in self.benchmarks else self.config["benchmarks"][benchmark].get("title", benchmark)

    def grader(self, benchmark: str) -> str:
        """The module that verifies a benchmark's samples."""
        return self.benchmarks[benchmark].grader

    def runs_programs(self, benchmark: str) -> bool:
        """Whether verifying a benchmark's samples needs the sandbox."""
        return load_grader(self.grader(benchmark)).RUNS_PROGRAMS

    def settings(self, benchmark: str) -> Mapping[str, Any]:
        """What the configuration says of a benchmark."""
        settings: Mapping[str, Any] = self.config["benchmarks"][benchmark]
        return settings

    def model(self, name: str) -> Mapping[str, Any]:
        """What the configuration says of a model."""
        settings: Mapping[str, Any] = self.config["models"][name]
        return settings

    def files(self, name: str, benchmark: str | None = None) -> list[str]:
        """All results of one kind; with ``benchmark`` those of one."""
        return [FOLDER + path for path in catalogue.files(self.layout, name, benchmark)]

    def files_of_pair(self, name: str, pair: Pair, first: int | None = None, scorer: str | None = None) -> list[str]:
        """The results of one kind that a pair has; with ``first`` those that hold the first samples of each problem, with ``scorer`` the scores of one."""
        return [FOLDER + path for path in catalogue.of_pair(self.layout, catalogue.RESULTS[name], pair, first, scorer)]


def _of_votes(name: str, title: str) -> Benchmark:
    """A benchmark whose problems come with the answers that someone recorded."""
    return Benchmark(name=name, title=title, version=1, grader="recorded_answer", problems=lambda _rows, _options: iter(()))


def weights_manifest(weights: str) -> str:
    """The manifest of weights, by their source."""
    return f"{ASSETS}models/{parse_source(weights).slug}.json"


def pair_of(wildcards: OfPair) -> Pair:
    """The pair that wildcards name."""
    return Pair(wildcards.benchmark, wildcards.model, wildcards.strategy)
