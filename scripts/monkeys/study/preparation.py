"""What the rules hand over that fetch data sets, weights and images, and prepare prompts and references."""

from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from monkeys.benchmarks import OwnData
from monkeys.extensions import places
from monkeys.home import HOME, definition, own_file
from monkeys.study.code import FOLDER, is_own
from monkeys.study.configuration import canonical
from monkeys.study.context import Context, OfBenchmark, weights_manifest
from monkeys.study.questions import is_file
from monkeys.study.questions import is_own as is_own_questions
from monkeys.study.verification import files_of_grader, sandbox_images
from monkeys.weights import model_files, model_folder, parse_source


class OfWeights(Protocol):
    """Wildcards of a job of a model's weights."""

    weights: str


class OfImage(Protocol):
    """Wildcards of a job of an image."""

    image: str


class Preparation:
    """The stages ``fetch`` and ``prepare``."""

    def __init__(self, context: Context) -> None:
        self._context, self._config = context, context.config

    # Benchmarks

    def rule_files(self) -> list[str]:
        """Rule files of this study's benchmarks that have steps of their own; the others are not read."""
        return [str(path) for name in self._with_module() if (path := _rule_file(name)).exists()]

    def without_rules(self) -> list[str]:
        """Benchmarks of this study whose module makes their prompts and references."""
        return [name for name in self._with_module() if not _rule_file(name).exists()]

    def _with_module(self) -> list[str]:
        return [name for name in sorted(self._context.benchmarks) if name not in self.voted()]

    def voted(self) -> list[str]:
        """Benchmarks of which there are answers alone."""
        return self._context.layout.voted_benchmarks

    def _votes(self, benchmark: str) -> dict[str, Any]:
        return {pair.model: self._context.model(pair.model)["votes"][benchmark] for pair in self._context.layout.pairs_of(benchmark)}

    def votes_files(self, benchmark: str) -> list[str]:
        """The files of answers of a benchmark."""
        return list(dict.fromkeys(entry["file"] for entry in self._votes(benchmark).values()))

    def votes_settings(self, benchmark: str) -> str:
        """What names and references of a benchmark of answers alone depend on."""
        settings = self._context.settings(benchmark)
        return canonical({"problems": settings["problems"], "block": settings["shard"]["problems"], "votes": self._votes(benchmark)})

    def votes_code(self, benchmark: str) -> str:
        """The code that writes them, and what the files hold."""
        return self._context.code.of("prepare_votes.py", self.votes_files(benchmark), graders=["recorded_answer"])

    def dataset(self, benchmark: str) -> list[str]:
        """A benchmark's rows; none where its problems are made from its options alone."""
        return [f"{FOLDER}{benchmark}/dataset.jsonl"] if self._context.benchmarks[benchmark].dataset else []

    def code(self, benchmark: str) -> str:
        """The code that prepares a benchmark: its module. The grader that checks the references leaves no trace in them."""
        return self._context.code.of("prepare_benchmark.py", benchmarks=[self._context.module(benchmark)], graders=[])

    def settings(self, benchmark: str) -> str:
        """What a benchmark's prompts and references depend on beside its rows."""
        settings = self._context.settings(benchmark)
        chosen = {"problems": settings["problems"], "block": settings["shard"]["problems"], "options": self._context.options(benchmark)}
        return canonical(chosen | {"version": self._context.benchmarks[benchmark].version})

    # What comes over the network

    def fetched(self) -> list[str]:
        """Everything that needs a network."""
        datasets = [path for name in self._context.benchmarks for path in self.dataset(name)]
        return datasets + self.weights_manifests() + [path for path in self._images() if not is_own(path)]

    def _images(self) -> list[str]:
        graders = {benchmark.grader for benchmark in self._context.benchmarks.values()}
        return sandbox_images(self._config) + [path for name in sorted(graders) for path in files_of_grader(self._config, name)]

    def dataset_settings(self, wildcards: OfBenchmark) -> str:
        """Where a benchmark's rows come from, and the hash that they should have."""
        dataset, settings = self._context.benchmarks[wildcards.benchmark].dataset, self._context.settings(wildcards.benchmark)
        expected = {"rows_sha256": settings["data_sha256"]} if "data_sha256" in settings else {}
        assert dataset is not None
        if is_own_questions(settings):
            # Where a file lies changes no row.
            return canonical({"own": True} | ({} if isinstance(dataset, OwnData) else asdict(dataset)) | expected)
        return canonical(asdict(dataset) | expected)

    def local_data(self, wildcards: OfBenchmark) -> list[str]:
        """A file of the user's own in place of the download."""
        settings = self._context.settings(wildcards.benchmark)
        return [settings["data"]] if "data" in settings and (not is_own_questions(settings) or is_file(settings)) else []

    def dataset_code(self, wildcards: OfBenchmark) -> str:
        """The code that fetches rows."""
        return self._context.code.of("fetch_dataset.py", self.local_data(wildcards), benchmarks=[self._context.module(wildcards.benchmark)])

    def dataset_origins(self) -> str:
        """Where each benchmark's rows come from, for the manifest, which has the hashes of files of the user's own."""
        return canonical({name: asdict(benchmark.dataset) for name, benchmark in self._context.benchmarks.items() if benchmark.dataset})

    def weights(self) -> dict[str, str]:
        """Sources of weights by the name of their folder."""
        layout = self._context.layout
        named = [self._context.model(pair.model)["weights"] for pair in layout.pairs if layout.source(pair).weights]
        for entry in self._config["scorers"].values():
            named += [entry["weights"]] if entry.get("weights") else []
            named += [self._context.model(entry["train"]["model"])["weights"]] if entry.get("train") else []
        return {parse_source(weights).slug: weights for weights in named}

    def weights_manifests(self) -> list[str]:
        """Manifests of all weights."""
        return [weights_manifest(weights) for weights in self.weights().values()]

    def weights_source(self, wildcards: OfWeights) -> str:
        """Where weights come from."""
        return self.weights()[wildcards.weights]

    def weights_code(self, wildcards: OfWeights) -> str:
        """The code that fetches weights; with weights in a folder of the user's own, what is in it."""
        source = parse_source(self.weights_source(wildcards))
        files = [str(path) for path in model_files(model_folder(source))] if source.kind == "folder" else []
        return self._context.code.of("fetch_model.py", files)

    # Images

    def image_sources(self) -> list[str]:
        """Files that the sandbox's image is made of."""
        verification = self._config["verification"]
        return [path for path in (definition(verification["image"]), verification.get("base", "")) if path and "://" not in path]

    def sandbox_definition(self) -> str:
        """What the sandbox's image is built or pulled from."""
        return definition(self._config["verification"]["image"])

    def sandbox_code(self, wildcards: object) -> str:
        """The code that builds the sandbox's image."""
        return self._context.code.of("build_sandbox.py", self.image_sources())

    def image_code(self, wildcards: OfImage) -> str:
        """The code that builds an image of the workflow's own."""
        return self._context.code.of("build_image.py", [own_file(f"envs/{wildcards.image}.def")])


def _rule_file(benchmark: str) -> Path:
    """Of the workflow, or beside the module of an extension."""
    own = [Path(place) / f"{benchmark}.smk" for place in places("benchmarks")]
    return next((path for path in own if path.exists()), HOME / "rules" / "benchmarks" / f"{benchmark}.smk")
