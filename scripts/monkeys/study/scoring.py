"""What the rules hand over that score samples and choose answers by votes and scores."""

import hashlib
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from monkeys.scorers import load_scorer
from monkeys.selectors import read_entry
from monkeys.study.code import ASSETS, FOLDER
from monkeys.study.configuration import canonical
from monkeys.study.context import Context, OfBenchmark, OfPair, OfShard, pair_of, weights_manifest
from monkeys.study.job_memory import scoring_memory_mb
from monkeys.study.sources import gpus_of, threads_of
from monkeys.study.verification import Verification

Entry = Mapping[str, Any]
"""A scorer of the configuration, completed."""


class OfScorer(Protocol):
    """Wildcards of a job of a scorer."""

    scorer: str


class OfScores(OfScorer, OfShard, Protocol):
    """Wildcards of a job that scores a shard."""


class OfTests(OfScorer, OfBenchmark, Protocol):
    """Wildcards of a job that writes tests for a block."""


class OfTraining(Protocol):
    """Wildcards of a job that trains a reward model."""

    trained: str


def trained_name(entry: Entry, model: Entry) -> str:
    """The name of a reward model that is trained here, by all that it is made of."""
    made_of = canonical([entry["train"], entry["level"], {key: model[key] for key in ("weights", *_MODEL)}])
    return f"{entry['train']['model']}-{hashlib.sha256(made_of.encode()).hexdigest()[:12]}"


_MODEL = ("device", "batch_invariant", "environment", "options", "chat_template_kwargs", "template_date")


def scorer_manifest(context: Context, entry: Entry) -> str:
    """The manifest of the weights of a scorer's model."""
    if entry.get("train"):
        return f"{ASSETS}reward_models/{trained_name(entry, context.model(entry['train']['model']))}.json"
    return weights_manifest(entry["weights"])


class Scoring:
    """The stage ``score``."""

    def __init__(self, context: Context, verification: Verification, cores: Callable[[], int | None]) -> None:
        self._context, self._verification, self._cores = context, verification, cores
        self._entries: Mapping[str, Entry] = context.config["scorers"]

    def _own(self, name: str) -> dict[str, Any]:
        """A scorer's own keys, without those that say where it is used."""
        return {key: value for key, value in self._entries[name].items() if key not in ("benchmarks", "price")}

    def steering(self, strategy: Mapping[str, Any]) -> dict[str, Any] | None:
        """The scorer that steers a strategy, with its own keys; None where it has none."""
        return self._own(strategy["scorer"]) if strategy["scorer"] else None

    def names(self, with_model: bool) -> list[str]:
        """Scorers that load a model, or those that load none."""
        return [name for name, entry in self._entries.items() if _loads_model(entry) == with_model]

    def trained(self) -> dict[str, str]:
        """Scorers whose reward model is trained here, by its name."""
        return {
            trained_name(entry, self._context.model(entry["train"]["model"])): name for name, entry in self._entries.items() if entry.get("train")
        }

    def weights(self, wildcards: OfScorer) -> list[str]:
        """The manifest of a scorer's weights, where it scores by a model."""
        return self.weights_of(wildcards.scorer)

    def weights_of(self, scorer: str) -> list[str]:
        """The manifest of the weights of a scorer of a name."""
        entry = self._entries[scorer]
        if not _loads_model(entry):
            return []
        return [scorer_manifest(self._context, entry)]

    def file(self, wildcards: OfScores) -> list[str]:
        """A file that a scorer reads: scores of someone else's, or tests."""
        entry = self._entries[wildcards.scorer]
        if entry["kind"] == "recorded" and entry["field"]:
            return [self._context.model(wildcards.model)["votes"][wildcards.benchmark]["file"]]
        if entry["kind"] == "recorded":
            return [entry["files"][wildcards.benchmark][wildcards.model]]
        if entry["kind"] == "generated_tests":
            return [entry["tests"] or f"{FOLDER}{wildcards.benchmark}/tests/{wildcards.scorer}/{wildcards.block}.jsonl"]
        return []

    def problems(self, wildcards: OfScores) -> list[str]:
        """Names of all the benchmark's problems, for scorers with a file."""
        return self._context.files("problems", wildcards.benchmark) if self.file(wildcards) else []

    def _runs_programs(self, wildcards: OfScorer) -> bool:
        return "sandbox" in load_scorer(self._entries[wildcards.scorer]["kind"]).NEEDS

    def sandbox_check(self, wildcards: OfScorer) -> list[str]:
        """What says that the sandbox works, for scorers that run programs."""
        return self._context.files("sandbox") if self._runs_programs(wildcards) else []

    def image(self, wildcards: OfScorer) -> list[str]:
        """The sandbox's image, for scorers that run programs."""
        return self._verification.sandbox_images() if self._runs_programs(wildcards) else []

    def sandbox(self, wildcards: OfScorer) -> str:
        """The sandbox of a job; ``none`` where nothing is run."""
        return self._verification.sandbox_kind() if self._runs_programs(wildcards) else "none"

    def threads(self, wildcards: OfScorer) -> int:
        """Cores of a job of a scorer without a model: one for each sandbox at a time."""
        return int(self._context.config["verification"]["workers"]) if self._runs_programs(wildcards) else 1

    def memory(self, wildcards: OfScorer, attempt: int) -> int:
        """Megabytes of memory of a job of a scorer without a model."""
        return scoring_memory_mb(self._runs_programs(wildcards), self._context.config["verification"], self.threads(wildcards), attempt)

    def gpus(self, wildcards: OfScorer) -> int:
        """GPUs of a job of a scorer with a model."""
        return gpus_of(self._entries[wildcards.scorer])

    def settings(self, wildcards: OfScores) -> str:
        """How samples are scored."""
        model, verification = self._context.model(wildcards.model), self._context.config["verification"]
        samples = self._context.layout.samples(wildcards.benchmark, wildcards.strategy)
        chosen: dict[str, Any] = {
            "scorer": self._own(wildcards.scorer),
            **{key: model[key] for key in ("response_format", "reasoning_marks", "reasoning_opened")},
        }
        if samples is not None and wildcards.benchmark not in model["allocation"]:
            chosen["total"] = samples
        source = self._context.layout.source(pair_of(wildcards))
        if source.answers_alone:
            chosen["answers"] = source.reading(model, wildcards.benchmark)["columns"]
        if self._runs_programs(wildcards):
            chosen |= {key: verification[key] for key in ("cpu_seconds", "memory_mb")}
        return canonical(chosen)

    def code(self, wildcards: OfScores) -> str:
        """The code that scores, and what the user's own files hold."""
        # What runs programs imports a grader's reading of them, and loads no grader.
        return self._context.code.of("score_samples.py", self.file(wildcards), scorers=[self._entries[wildcards.scorer]["kind"]], graders=[])

    def accuracies(self) -> dict[str, str]:
        """By scorer, the JSON file of what a reward model that is trained here is worth on held-out problems."""
        found = {name: scorer_manifest(self._context, entry) for name, entry in self._entries.items() if entry.get("train")}
        used = {name for pair in self._context.layout.pairs for name in self._context.layout.scorers(pair)}
        return {name: f"{path.removesuffix('.json')}-accuracy.json" for name, path in found.items() if name in used}

    def training_source(self, wildcards: OfTraining) -> str:
        """The manifest of the weights on which a reward model is trained."""
        return weights_manifest(self._trained_on(wildcards)["weights"])

    def training_settings(self, wildcards: OfTraining) -> str:
        """How a reward model is trained."""
        entry, model = self._entries[self.trained()[wildcards.trained]], self._trained_on(wildcards)
        return canonical({"train": entry["train"], "level": entry["level"], "model": {key: model[key] for key in _MODEL}})

    def test_writers(self) -> list[str]:
        """Scorers whose tests a model writes."""
        return [name for name, entry in self._entries.items() if entry["kind"] == "generated_tests" and not entry["tests"]]

    def writer_weights(self, wildcards: OfTests) -> str:
        """The manifest of the weights of the model that writes tests."""
        return weights_manifest(self._entries[wildcards.scorer]["weights"])

    def entry(self, wildcards: OfTests) -> str:
        """A scorer, as the script that writes tests takes it."""
        return canonical(self._own(wildcards.scorer))

    def model_threads(self, wildcards: OfScorer) -> int:
        """Cores of a job of a scorer with a model."""
        return threads_of(self._entries[wildcards.scorer], self._cores)

    def _trained_on(self, wildcards: OfTraining) -> Entry:
        """The model on which a reward model is trained."""
        return self._context.model(self._entries[self.trained()[wildcards.trained]]["train"]["model"])

    def training_threads(self, wildcards: OfTraining) -> int:
        """Cores of a job that trains a reward model."""
        return threads_of(self._trained_on(wildcards), self._cores)

    def training_gpus(self, wildcards: OfTraining) -> int:
        """GPUs of a job that trains a reward model."""
        return gpus_of(self._trained_on(wildcards))

    def training_modules(self) -> dict[str, list[str]]:
        """Modules that training loads by name."""
        return {"benchmarks": ["arithmetic"], "scorers": ["reward_model"], "graders": ["numeric_answer"]}

    def writing_modules(self) -> dict[str, list[str]]:
        """Modules that writing tests loads by name."""
        return {"scorers": ["generated_tests"], "graders": []}


class Selection:
    """The stage ``select``."""

    def __init__(self, context: Context) -> None:
        self._context, self._settings = context, context.config["selection"]

    def code(self, wildcards: OfPair) -> str:
        """The code that chooses answers."""
        names = sorted({read_entry(value).selector for value in self._selectors(wildcards)})
        return self._context.code.of("select_answers.py", self.calls(wildcards), selectors=names, graders=[])

    def _selectors(self, wildcards: OfPair) -> list[Any]:
        return self._context.layout.selectors(pair_of(wildcards))

    def used(self, wildcards: OfPair) -> list[str]:
        """The scorers that the selectors use."""
        named = [read_entry(value).scorer for value in self._selectors(wildcards)]
        return list(dict.fromkeys(name for name in [*named, self._classes(wildcards)] if name and name in self._context.config["scorers"]))

    def _classes(self, wildcards: OfPair) -> str:
        """The scorer whose answer classes votes count, where it rates this pair's samples."""
        scorer = str(self._settings["classes"])
        return scorer if scorer in self._context.layout.scorers(pair_of(wildcards)) else ""

    def scores(self, wildcards: OfPair) -> list[str]:
        """The scores that the selectors use."""
        return [path for name in self.used(wildcards) for path in self._context.files_of_pair("scores", pair_of(wildcards), scorer=name)]

    def scorer_weights(self, wildcards: OfPair) -> list[str]:
        """Manifests of the weights of the scorers that the selectors use."""
        return list(self._manifests(wildcards).values())

    def _manifests(self, wildcards: OfPair) -> dict[str, str]:
        entries = {name: self._context.config["scorers"][name] for name in self.used(wildcards)}
        return {name: scorer_manifest(self._context, entry) for name, entry in entries.items() if _loads_model(entry)}

    def calls(self, wildcards: OfPair) -> list[str]:
        """Files of recorded comparisons and choices that the selectors use."""
        return list(self._calls(wildcards).values())

    def _calls(self, wildcards: OfPair) -> dict[str, str]:
        pair = pair_of(wildcards)
        named = [read_entry(value).scorer for value in self._selectors(wildcards)]
        return {name: self._settings["calls"][name][pair.benchmark][pair.model] for name in named if name in self._settings["calls"]}

    def costs(self, wildcards: OfPair) -> str:
        """Options: what a pair's samples and its scorers cost, and the recorded calls."""
        model, words = self._context.model(wildcards.model), []
        prices = {name: price for name in self.used(wildcards) if (price := self._price(name)) is not None}
        for option, value in (("scorer-weights", self._manifests(wildcards)), ("scorer-prices", prices), ("calls", self._calls(wildcards))):
            words += [f"--{option} {shlex.quote(canonical(value))}"] if value else []
        words += [f"--architecture {shlex.quote(canonical(model['architecture']))}"] if "architecture" in model else []
        return " ".join(words)

    def _price(self, scorer: str) -> float | None:
        """Dollars for a million tokens that a scorer reads: its own, or that of the study's model with the same weights."""
        entry = self._context.config["scorers"][scorer]
        if entry.get("price") is not None:
            return float(entry["price"])
        named = (entry.get("train") or {}).get("model")
        same = [model for name, model in self._context.config["models"].items() if name == named or model.get("weights", "") == entry.get("weights")]
        prices = [model["price"]["per_million_tokens"]["prompt"] for model in same if "per_million_tokens" in model.get("price", {})]
        return float(prices[0]) if prices else None

    def selector_list(self, wildcards: OfPair) -> str:
        """The selectors as JSON."""
        return canonical(self._selectors(wildcards))

    def judges(self, wildcards: OfPair) -> str:
        """Whether the pair's samples say how hard problems are."""
        return "--judges" if self._context.layout.judges(pair_of(wildcards)) else ""

    def numbers(self, wildcards: OfPair) -> str:
        """Further options: how many samples, k and random orders; the classes that count."""
        samples, classes = self._context.layout.samples(wildcards.benchmark, wildcards.strategy), self._classes(wildcards)
        words = [f"--points {self._settings['points']} --permutations {self._settings['permutations']}"]
        words += [] if samples is None else [f"--samples {samples}"]
        words += [f"--classes {classes}"] if classes else []
        return " ".join([*words, *self._equality(wildcards)])

    def _equality(self, wildcards: OfPair) -> list[str]:
        if self._context.grader(wildcards.benchmark) != "math_answer":
            return []
        reading = str(self._context.settings(wildcards.benchmark)["options"].get("grader", "robust"))
        return [f"--equality {'minerva' if reading == 'minerva' else 'verify'}"]

    def votes(self, wildcards: OfPair) -> str:
        """Options of the forecasts of votes: how many samples, thresholds at which a vote stops, random orders."""
        settings, samples = self._settings["plan_votes"], self._context.layout.samples(wildcards.benchmark, wildcards.strategy)
        words = [f"--orders {settings['orders']}"]
        words += [f"--thresholds {' '.join(map(str, settings['thresholds']))}"] if settings["thresholds"] else []
        words += [] if samples is None else [f"--samples {samples}"]
        words += [] if settings["cap"] is None else [f"--cap {settings['cap']}"]
        return " ".join([*words, *self._equality(wildcards)])

    def votes_code(self, wildcards: OfPair) -> str:
        """The code that forecasts votes."""
        return self._context.code.of("forecast_votes.py", selectors=[], graders=[])


def _loads_model(entry: Entry) -> bool:
    return entry["kind"] != "generated_tests" and bool(entry.get("weights") or entry.get("train"))
