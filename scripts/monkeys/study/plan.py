"""What a study would still do: samples there and to draw, hours of GPUs, and disk, as far as earlier runs, prices and architectures tell."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from monkeys.costs.price import PerGpuHour, read_price
from monkeys.files import read_json, read_text
from monkeys.study.catalogue import RESULTS, of_pair
from monkeys.study.configuration_faults import check_keys
from monkeys.study.context import weights_manifest
from monkeys.study.layout import Layout, Pair
from monkeys.study.sizes import samples_by_file
from monkeys.study.sources import gpus_of

BYTES_A_TOKEN = 4
"""Of text, about, before compression: what a sample takes at most where no sample of the model is there to be measured."""


@dataclass(frozen=True, slots=True)
class PairPlan:
    """What a pair needs. ``tokens`` and ``seconds`` are of the samples to draw; ``at_most`` where tokens are the limit's and not measured.

    ``seconds`` is None where no speed is known; ``gpus`` is 0 on a CPU.
    """

    pair: Pair
    wanted: int
    there: int
    stored: int
    tokens: float
    at_most: bool
    seconds: float | None
    gpus: int
    disk: float

    @property
    def to_draw(self) -> int:
        """Samples that are neither in the run nor in the store."""
        return max(0, self.wanted - self.there - self.stored)


class Earlier:
    """What earlier runs of this checkout measured, below ``results``."""

    def __init__(self, results: Path, config: Mapping[str, Any]) -> None:
        self._results, self._config = results, config
        self._weights: dict[str, set[tuple[str, str]]] = {}
        for path in sorted(results.glob("*/config.yaml")):
            run = path.parent.name
            for name, model in (yaml.safe_load(read_text(path)).get("models") or {}).items():
                if model.get("weights"):
                    self._weights.setdefault(model["weights"], set()).add((run, name))

    def _places(self, model: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Runs with the same weights, and what they call the model."""
        return sorted(self._weights.get(str(model.get("weights")), ()))

    def tokens_a_sample(self, pair: Pair) -> float | None:
        """Mean output tokens of the model's samples on the benchmark, over runs with the same limit of tokens."""
        total = samples = 0.0
        for run, name in self._places(self._config["models"][pair.model]):
            limit = self._limit(yaml.safe_load(read_text(self._results / run / "config.yaml")), pair.benchmark)
            if limit != self._limit(self._config, pair.benchmark):
                continue
            for path in sorted((self._results / run / pair.benchmark / name).glob("*/tokens.json")):
                found = read_json(path)
                if found.get("output_tokens") is not None and found.get("samples"):
                    total, samples = total + found["output_tokens"], samples + found["samples"]
        return total / samples if samples else None

    @staticmethod
    def _limit(config: Mapping[str, Any], benchmark: str) -> object:
        return config["benchmarks"].get(benchmark, {}).get("sampling", {}).get("max_tokens")

    def tokens_a_second(self, model: Mapping[str, Any]) -> float | None:
        """Output tokens a second of a job of the model's, from the usage that jobs leave."""
        tokens = seconds = 0.0
        for run, name in self._places(model):
            for path in sorted((self._results / run / "logs" / "generate_samples").glob(f"*/{name}/**/*.usage.json")):
                usage = read_json(path)
                tokens, seconds = tokens + usage["output_tokens"], seconds + usage["seconds_drawing"]
        return tokens / seconds if tokens and seconds else None

    def problems(self, benchmark: str, number: int) -> list[str] | None:
        """Names of a benchmark's problems, from any run that has prepared them."""
        for path in sorted(self._results.glob(f"*/{benchmark}/problems.txt")):
            names = read_text(path).split("\n")[:-1]
            if len(names) >= number:
                return names[:number]
        return None

    def stored(self, model: Mapping[str, Any], sampling: Mapping[str, Any], names: Iterable[str]) -> dict[str, set[int]]:
        """Samples in the store by problem, of these weights on this device with this sampling. Prompts and seeds are not compared."""
        manifest = Path(weights_manifest(model["weights"]))
        if not manifest.is_file():
            return {}
        files, wanted = read_json(manifest)["files"], set(names)
        found: dict[str, set[int]] = {}
        for recipe_path in sorted((self._results / "assets" / "samples").glob("*/recipe.json")):
            recipe = read_json(recipe_path)
            if (recipe.get("weights"), recipe.get("device"), recipe.get("sampling")) != (files, model["device"], sampling):
                continue
            for path in sorted(recipe_path.parent.glob("*.json")):
                contents = read_json(path)
                if "samples" in contents and "prompts" in contents:
                    for name in wanted & contents["prompts"].keys():
                        found.setdefault(name, set()).update(range(*contents["samples"]))
        return found


def plan_pairs(layout: Layout, results: Path, sampling: Callable[[Pair], Mapping[str, Any] | None]) -> list[PairPlan]:
    """The plan of every pair whose samples are drawn.

    Args:
        layout: of the study.
        results: the folder of all runs.
        sampling: of a pair: its parameters.
    """
    config, run = layout.config, results / layout.config["run"]
    earlier, sizes = Earlier(results, config), samples_by_file(layout, "generate") or {}
    plans = []
    for pair in layout.pairs:
        parameters = sampling(pair)
        if not layout.source(pair).drawn or parameters is None:
            continue
        model = config["models"][pair.model]
        own = {path: sizes[path] for path in of_pair(layout, RESULTS["samples"], pair) if path in sizes}
        files = [run / path for path in own if (run / path).is_file()]
        wanted, there = sum(own.values()), sum(own[path] for path in own if (run / path).is_file())
        stored = 0
        if config["reuse_samples"] and there < wanted and not layout.searches(pair):
            settings = config["benchmarks"][pair.benchmark]
            names = earlier.problems(pair.benchmark, settings["problems"]) or []
            each = layout.samples(pair.benchmark, pair.strategy) or 0
            found = earlier.stored(model, parameters, names)
            stored = max(0, sum(len([index for index in indices if index < each]) for indices in found.values()) - there)
        mean = earlier.tokens_a_sample(pair)
        tokens = mean if mean is not None else float(parameters["max_tokens"])
        to_draw = max(0, wanted - there - stored)
        speed, gpus = earlier.tokens_a_second(model), gpus_of(model)
        if speed is None and isinstance(price := read_price(model.get("price")), PerGpuHour):
            speed = price.output_tokens_per_second * max(1, gpus)
        size = sum(path.stat().st_size for path in files) / there if there else tokens * BYTES_A_TOKEN
        plans.append(
            PairPlan(
                pair,
                wanted,
                there,
                stored,
                to_draw * tokens,
                mean is None,
                None if speed is None else to_draw * tokens / speed,
                gpus,
                (wanted - there) * size,
            )
        )
    return plans


def merged(paths: Iterable[Path]) -> dict[str, Any]:
    """Configuration files as Snakemake joins them: a later one puts its keys in the place of an earlier one's.

    Raises:
        InputError: a file is no YAML or no mapping, or a key stands twice in it.
    """

    def put(old: dict[str, Any], new: Mapping[str, Any]) -> None:
        for key, value in new.items():
            if isinstance(value, Mapping) and isinstance(old.get(key), dict):
                put(old[key], value)
            else:
                old[key] = json.loads(json.dumps(value, default=str))

    config: dict[str, Any] = {}
    for path in paths:
        check_keys(path)
        put(config, yaml.safe_load(read_text(path)))
    return config
