"""A study: everything that the rules ask of a configuration, in the order of the stages."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from monkeys.errors import InputError
from monkeys.home import own_file
from monkeys.study.analysis import Analysis, Figures, Reporting
from monkeys.study.catalogue import RESULTS
from monkeys.study.code import FOLDER, Code, command
from monkeys.study.context import Context
from monkeys.study.generation import Generation
from monkeys.study.preparation import Preparation
from monkeys.study.scaling import Scaling
from monkeys.study.scoring import Scoring, Selection
from monkeys.study.verification import Audit, Verification

_LOGS = {
    "run": "",
    "benchmark": "/{benchmark}",
    "pair": "/{benchmark}/{model}/{strategy}",
    "shard": "/{benchmark}/{model}/{strategy}/{block}-{round}",
    "scores": "/{benchmark}/{model}/{strategy}/{scorer}/{block}-{round}",
    "tests": "/{benchmark}/{scorer}/{block}",
    "part": "/{benchmark}/{model}/{strategy}/{block}-{round}-{part}",
}


class Study:
    """A study, by its completed configuration.

    Args:
        config: completed (``monkeys.study.configuration.complete``).
        cores: asked how many this run may use; None where it is not known. A run that hands its jobs to a cluster has no such number, and is not asked.
        fault: the error to raise where a file of the user's cannot be read.
    """

    def __init__(self, config: Mapping[str, Any], cores: Callable[[], int | None] = lambda: None, fault: type[Exception] = InputError) -> None:
        self.config = config
        context = Context(config, Code(fault))
        self.layout, self.code, self.benchmarks = context.layout, context.code, context.benchmarks
        self.files, self.title = context.files, context.title
        self.preparation = Preparation(context)
        self.verification = Verification(context)
        self.audit = Audit(context, self.verification)
        self.scoring = Scoring(context, self.verification, cores)
        self.generation = Generation(context, self.scoring, cores)
        self.selection = Selection(context)
        self.analysis = Analysis(context)
        self.scaling = Scaling(context, self.generation, self.scoring, self.selection)
        self.figures = Figures(context)
        self.reporting = Reporting(context)

    def uses_gpus(self) -> bool:
        """Whether a model or a scorer runs on a GPU."""
        return any(entry.get("device") == "gpu" for kind in ("models", "scorers") for entry in self.config[kind].values())

    command = staticmethod(command)
    own_file = staticmethod(own_file)

    @staticmethod
    def path(name: str) -> str:
        """The path of a result, as rules write it: ``<results>/`` and wildcards."""
        path = RESULTS[name].path.replace("{shard}", "{block}-{round}").replace("{part}", "{block}-{round}-{part}")
        return FOLDER + path

    @staticmethod
    def log(rule: str, scope: str = "run") -> str:
        """The path of a rule's log; ``scope`` is what one job of it makes: ``run``, ``benchmark``, ``pair``, ``shard``, ``scores``, ``tests`` or ``part``."""
        return f"{FOLDER}logs/{rule}{_LOGS[scope]}.log"

    @staticmethod
    def progress(rule: str, scope: str) -> str:
        """Arguments of a script that shows progress: what its lines begin with, which is the rule and what one job of it makes, and the rule's log."""
        made = re.sub(r"\{(\w+)\}", r"{wildcards.\1}", _LOGS[scope]).replace("/", " ")
        return f"--label '{rule}{made}' --log {{log:q}}"

    @staticmethod
    def benchmark_file(rule: str, scope: str) -> str:
        """Where Snakemake writes what a job took: seconds, CPU time, memory. Beside the log, as times are no results."""
        return f"{FOLDER}logs/{rule}{_LOGS[scope]}.benchmark.tsv"

    @staticmethod
    def pattern(names: Iterable[str]) -> str:
        """The pattern of a wildcard: these names, or nothing."""
        return "|".join(map(re.escape, names)) or "^$"

    def models(self, has_samples: bool) -> list[str]:
        """Models that have samples, or those that have counts alone."""
        return list(dict.fromkeys(pair.model for pair in self.layout.pairs if self.layout.has_samples(pair) == has_samples))
