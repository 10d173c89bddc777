"""What the rules hand over that verify samples and audit the verifiers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monkeys.graders import file_options
from monkeys.sandbox import choose
from monkeys.study.code import ASSETS, FOLDER
from monkeys.study.configuration import canonical
from monkeys.study.context import Context, OfBenchmark, OfPair, pair_of
from monkeys.study.job_memory import verification_memory_mb


def sandbox_kind(config: Mapping[str, Any]) -> str:
    """The sandbox that programs run in, as this machine decides where the configuration says auto."""
    return choose(config["verification"]["sandbox"])


def sandbox_images(config: Mapping[str, Any]) -> list[str]:
    """The image of Apptainer: one of the user's own, else one that a rule makes. bubblewrap needs none."""
    image = config["verification"]["image"]
    if sandbox_kind(config) != "apptainer":
        return []
    return [image] if "://" not in image and not image.endswith(".def") else [f"{ASSETS}sandbox.sif"]


def files_of_grader(config: Mapping[str, Any], grader: str) -> list[str]:
    """Files that a grader's options name, such as an image of its own."""
    options = config["verification"]["graders"].get(grader, {})
    return [options[option] for option in file_options(options)]


def folders_of_grader(config: Mapping[str, Any], grader: str) -> list[str]:
    """Images of one's own that lie in a folder, which a grader's option names: not inputs, as nobody knows which of them are wanted."""
    images = str(config["verification"]["graders"].get(grader, {}).get("images", ""))
    return sorted(map(str, Path(images).glob("*.sif"))) if images and "://" not in images else []


class Verification:
    """The stage ``verify``."""

    def __init__(self, context: Context) -> None:
        self._context, self._config = context, context.config

    def sandbox_kind(self) -> str:
        """The sandbox that programs run in."""
        return sandbox_kind(self._config)

    def sandbox_images(self) -> list[str]:
        """Its image, where it has one."""
        return sandbox_images(self._config)

    def sandbox_code(self, wildcards: object) -> str:
        """The code that checks the sandbox."""
        return self._context.code.of("check_sandbox.py", self.sandbox_images())

    def sandbox(self, wildcards: OfBenchmark) -> str:
        """The sandbox of a job; ``none`` where nothing is run."""
        return self.sandbox_kind() if self._context.runs_programs(wildcards.benchmark) else "none"

    def sandbox_check(self, wildcards: OfBenchmark) -> list[str]:
        """What says that the sandbox works, for jobs that run programs."""
        return self._context.files("sandbox") if self._context.runs_programs(wildcards.benchmark) else []

    def image(self, wildcards: OfBenchmark) -> list[str]:
        """The sandbox's image, for jobs that run programs."""
        return self.sandbox_images() if self._context.runs_programs(wildcards.benchmark) else []

    def grader(self, wildcards: OfBenchmark) -> str:
        """The module that verifies."""
        return self._context.grader(wildcards.benchmark)

    def grader_files(self, wildcards: OfBenchmark) -> list[str]:
        """Files that its options name."""
        return files_of_grader(self._config, self.grader(wildcards))

    def threads(self, wildcards: OfBenchmark) -> int:
        """Cores of a job: one for each sandbox at a time."""
        return int(self._config["verification"]["workers"]) if self._context.runs_programs(wildcards.benchmark) else 1

    def memory(self, wildcards: OfBenchmark, attempt: int) -> int:
        """Megabytes of a job's memory."""
        return verification_memory_mb(self.grader(wildcards), self._config["verification"], self.threads(wildcards), attempt)

    def settings_of(self, benchmark: str, model: str | None = None) -> dict[str, Any]:
        """How a benchmark's grader verifies, a model's answers if one is named."""
        options, runs_programs = (
            self._config["verification"]["graders"].get(self._context.grader(benchmark), {}),
            self._context.runs_programs(benchmark),
        )
        chosen: dict[str, Any] = {"options": options} if options else {}
        if runs_programs:
            chosen |= {key: self._config["verification"][key] for key in ("cpu_seconds", "memory_mb")}
        if model:
            settings = self._context.model(model)
            # Every grader reads chat answers behind the model's reasoning. Only those that run programs read completions otherwise.
            chosen |= {"response_format": settings["response_format"]} if runs_programs or settings["response_format"] == "chat" else {}
            chosen |= {} if settings["reasoning_marks"] is None else {"reasoning_marks": settings["reasoning_marks"]}
            chosen |= {"reasoning_opened": True} if settings["reasoning_opened"] else {}
        return chosen

    def settings(self, wildcards: OfPair) -> str:
        """How a pair's samples are verified."""
        return canonical(self.settings_of(wildcards.benchmark, wildcards.model))

    def code_of(self, script: str, *benchmarks: str, **modules: list[str]) -> str:
        """A script that verifies, with the graders of some benchmarks and the user's own files that these take."""
        graders = sorted({self._context.grader(name) for name in benchmarks})
        files = self.sandbox_images() if any(self._context.runs_programs(name) for name in benchmarks) else []
        files = [*files, *(path for name in graders for path in files_of_grader(self._config, name) + folders_of_grader(self._config, name))]
        return self._context.code.of(script, files, graders=graders, **modules)

    def code(self, wildcards: OfBenchmark) -> str:
        """The code that verifies samples."""
        return self.code_of("verify_samples.py", wildcards.benchmark)

    def rows(self, wildcards: Any) -> str:
        """The option that says which rows of a shard a job verifies; empty for all."""
        rows = self._context.layout.cut(pair_of(wildcards)).rows(wildcards.part)
        return "" if rows == slice(None) else f"--rows {rows.start}:{rows.stop}"

    def verdicts_of_pair(self, wildcards: OfPair) -> list[str]:
        """All verdicts of a pair."""
        return self._context.files_of_pair("verdicts", pair_of(wildcards))

    def references(self, wildcards: OfBenchmark) -> list[str]:
        """All references of a benchmark."""
        return self._context.files("references", wildcards.benchmark)


class Audit:
    """The stage ``audit``."""

    def __init__(self, context: Context, verification: Verification) -> None:
        self._context, self._verification = context, verification

    def setting(self, key: str) -> int:
        """How much is audited; 0 where nothing is."""
        return int(self._context.config["verification"].get("audit", {}).get(key, 0))

    def samples(self, wildcards: OfPair) -> list[str]:
        """The shards that hold the first samples of each problem, as many as are audited."""
        return self._context.files_of_pair("samples", pair_of(wildcards), self.setting("samples"))

    def verdicts(self, wildcards: OfPair) -> list[str]:
        """The verdicts on them."""
        return self._context.files_of_pair("verdicts", pair_of(wildcards), self.setting("samples"))

    def gold_code(self, wildcards: OfBenchmark) -> str:
        """The code that verifies gold solutions."""
        return self._verification.code_of("audit_gold.py", wildcards.benchmark, benchmarks=[self._context.module(wildcards.benchmark)])

    def gold_settings(self, wildcards: OfBenchmark) -> str:
        """How a benchmark's gold solutions are verified."""
        return canonical(self._verification.settings_of(wildcards.benchmark))

    def options(self, wildcards: OfBenchmark) -> str:
        """A benchmark's options."""
        return canonical(self._context.options(wildcards.benchmark))

    def second_benchmark(self, benchmark: str) -> str | None:
        """The benchmark whose references are the cross-check's; None where there is none, or the study does not have it, and so not its data."""
        other = self._context.benchmarks[benchmark].cross_check
        name = (other.benchmark or benchmark) if other else None
        return name if name in self._context.benchmarks else None

    def second_dataset(self, wildcards: OfBenchmark) -> list[str]:
        """Its rows."""
        name = self.second_benchmark(wildcards.benchmark)
        return [f"{FOLDER}{name}/dataset.jsonl"] if name else []

    def _second_options(self, benchmark: str) -> dict[str, Any]:
        """Options of the cross-check's benchmark. A study that has chosen the cross-check for its own gets the usual one for the second."""
        name, check = self.second_benchmark(benchmark), self._context.benchmarks[benchmark].cross_check
        assert name is not None and check is not None
        own: dict[str, Any] = self._context.settings(name)["options"]
        swapped = name == benchmark and all(own.get(key) == value for key, value in check.options.items())
        return own | {key: self._context.benchmarks[name].options[key] if swapped else value for key, value in check.options.items()}

    def second_settings(self, wildcards: OfPair) -> str:
        """The cross-check, as the audit's script takes it; null where there is none."""
        name = self.second_benchmark(wildcards.benchmark)
        if not name:
            return "null"
        settings = self._verification.settings_of(name, wildcards.model)
        return canonical({"benchmark": name, "options": self._second_options(wildcards.benchmark), "settings": settings})

    def samples_code(self, wildcards: OfPair) -> str:
        """The code that verifies samples again."""
        names = [wildcards.benchmark, self.second_benchmark(wildcards.benchmark)]
        known = [name for name in names if name]
        return self._verification.code_of("audit_samples.py", *known, benchmarks=[self._context.module(name) for name in known])

    def _second_title(self, benchmark: str) -> str | None:
        """What the report calls the cross-check."""
        name, check = self.second_benchmark(benchmark), self._context.benchmarks[benchmark].cross_check
        if name is None or check is None:
            return None
        if name == benchmark:
            return ", ".join(f"{key}: {self._second_options(benchmark)[key]}" for key in check.options)
        return self._context.title(name)

    def benchmarks(self) -> str:
        """What the summary is made of: for each benchmark the folders of its pairs, by label, and the cross-check's name."""
        layout = self._context.layout
        pairs = {name: {pair.label: pair.folder for pair in layout.pairs_of(name, sampled=True)} for name in self._context.benchmarks}
        return canonical({name: {"pairs": pairs[name], "cross_check": self._second_title(name)} for name in self._context.benchmarks})

    def tables(self) -> list[str]:
        """All tables of the audit."""
        return self._context.files("audit_gold") + self._context.files("audit_samples")
