"""What the rules hand over that analyse, draw and report: everything behind the verdicts."""

from collections.abc import Callable
from typing import Any

from monkeys.figures.registry import KINDS
from monkeys.study import catalogue
from monkeys.study.catalogue import FIGURE_FORMATS, RESULTS
from monkeys.study.code import FOLDER
from monkeys.study.configuration import canonical
from monkeys.study.context import Context, OfBenchmark, OfPair, pair_of


class Analysis:
    """The stages ``estimate``, ``fit`` and ``price``."""

    def __init__(self, context: Context) -> None:
        self._context, self._settings = context, context.config["analysis"]

    def level(self, *keys: str) -> str:
        """Options that many scripts share: resamples, level of intervals and seed, of which a script names those that it takes."""
        values = {"bootstrap": self._settings["bootstrap"], "confidence": self._settings["confidence"], "seed": self._context.config["seed"]}
        return " ".join(f"--{key} {values[key]}" for key in keys)

    def setting(self, *path: str) -> Any:
        """A setting under ``analysis``, by its keys."""
        value = self._settings
        for key in path:
            value = value[key]
        return value

    def labels(self, wildcards: OfBenchmark) -> list[str]:
        """Names of a benchmark's curves."""
        return self._context.layout.labels(wildcards.benchmark)

    def of_benchmark(self, name: str) -> Callable[[OfBenchmark], list[str]]:
        """An input function: one result of each of a benchmark's pairs."""
        return lambda wildcards: self._context.files(name, wildcards.benchmark)

    def table(self, wildcards: OfPair) -> dict[str, Any]:
        """Where a pair's counts are, of a source that is counts alone, with the part of the table that is its own."""
        table: dict[str, Any] = self._context.model(wildcards.model)["counts"][wildcards.benchmark]
        return table

    def table_code(self, wildcards: OfPair) -> str:
        """The code that takes counts over, and what the table holds."""
        return self._context.code.of("import_counts.py", [self.table(wildcards)["file"]])

    def related_counts(self, wildcards: OfBenchmark) -> list[str]:
        """Counts of the pairs on a benchmark that have relatives there."""
        return [path for pair in self._context.layout.related(wildcards.benchmark) for path in self._context.files_of_pair("counts", pair)]

    def related_labels(self, wildcards: OfBenchmark) -> list[str]:
        """Their names."""
        return [pair.label for pair in self._context.layout.related(wildcards.benchmark)]

    def families(self, wildcards: OfBenchmark) -> list[str]:
        """Their families."""
        return list(self._context.layout.related(wildcards.benchmark).values())

    def tokens(self, wildcards: OfPair) -> list[str]:
        """Tokens by problem, of a pair that has samples."""
        return self._context.files_of_pair("tokens_by_problem", pair_of(wildcards))

    def cost(self, wildcards: OfPair, key: str) -> str:
        """What a model's samples cost: its ``architecture``, its ``price``, or its mean ``tokens`` where they are not recorded."""
        return canonical(self._context.model(wildcards.model).get(key))


class Figures:
    """The stage ``draw``."""

    def __init__(self, context: Context) -> None:
        self._context, self._layout = context, context.layout

    def of(self, benchmark: str) -> tuple[str, ...]:
        """Names of a benchmark's figures, in the order of the report."""
        facts = self._layout.facts(benchmark)
        return tuple(name for name, kind in KINDS.items() if kind.exists(facts))

    def sets(self) -> dict[tuple[str, ...], list[str]]:
        """Benchmarks by the figures that they have. Most studies have one set, two where a benchmark has related models or counts alone."""
        sets: dict[tuple[str, ...], list[str]] = {}
        for name in self._layout.benchmarks:
            sets.setdefault(self.of(name), []).append(name)
        return sets

    def inputs(self, kinds: tuple[str, ...]) -> Callable[[OfBenchmark], list[str]]:
        """An input function: the files that some of a benchmark's figures are drawn from, each once."""
        sources = [source for kind in kinds for source in KINDS[kind].inputs.values()]

        def files(wildcards: OfBenchmark) -> list[str]:
            folder = f"{FOLDER}{wildcards.benchmark}"
            folders = {
                "benchmark": [folder],
                "pairs": [FOLDER + pair.folder for pair in self._layout.pairs_of(wildcards.benchmark)],
                "sampled pairs": [FOLDER + pair.folder for pair in self._layout.pairs_of(wildcards.benchmark, sampled=True)],
            }
            return list(dict.fromkeys(f"{place}/{source.file}" for source in sources for place in folders[source.of]))

        return files

    def outputs(self, kinds: tuple[str, ...]) -> list[str]:
        """The files of some of a benchmark's figures."""
        return [FOLDER + RESULTS[f"figure {kind} {form}"].path for kind in kinds for form in FIGURE_FORMATS]

    @staticmethod
    def kind_of(path: str) -> str:
        """The kind of a figure in words, by its file."""
        return path.rpartition("/")[2].partition("-{")[0].replace("_", " ")

    def pairs(self, wildcards: OfBenchmark) -> str:
        """Folders of a benchmark's pairs below the run's folder, by label."""
        return canonical([[pair.label, pair.folder] for pair in self._layout.pairs_of(wildcards.benchmark)])

    def sampled_pairs(self, wildcards: OfBenchmark) -> list[str]:
        """Labels of those that have samples."""
        return self._layout.labels(wildcards.benchmark, sampled=True)

    def title(self, wildcards: OfBenchmark) -> str:
        """A benchmark's name."""
        return self._context.title(wildcards.benchmark)

    def style(self) -> str:
        """Looks."""
        return canonical(self._context.config["figures"])

    def settings(self, wildcards: OfBenchmark) -> str:
        """What figures need beside their files."""
        lines = self._context.config["analysis"]["reference_lines"].items()
        return canonical({"references": {label: line["coverage"] for label, line in lines if line["benchmark"] == wildcards.benchmark}})


class Reporting:
    """The stage ``report``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def config(self, wildcards: object) -> str:
        """The completed configuration. A function, as Snakemake would take what stands in braces in somebody's text for a wildcard."""
        return canonical(self._context.config)

    def inputs(self) -> list[str]:
        """Everything that the report shows of benchmarks and pairs."""
        figures = [name for name in RESULTS if name.startswith("figure ") and name.endswith(" svg")]
        return self._files([*(result.name for result in RESULTS.values() if result.in_report), *figures])

    def figures(self) -> list[str]:
        """All figures, in all their formats."""
        return self._files([name for name in RESULTS if name.startswith("figure ")])

    def behind_samples(self) -> list[str]:
        """All that the page of samples shows."""
        return self._files(["prompts", "references", "samples", "verdicts", "scores"])

    def titles(self, wildcards: object) -> str:
        """Names of the benchmarks."""
        return canonical({name: self._context.title(name) for name in self._context.config["benchmarks"]})

    def everything(self) -> list[str]:
        """All that a manifest describes, but for what the rules of the report make beside it."""
        return self._files([result.name for result in RESULTS.values() if result.in_manifest and result.name != "summary"])

    def _files(self, names: list[str]) -> list[str]:
        return [FOLDER + path for name in names for path in catalogue.files(self._context.layout, name)]
