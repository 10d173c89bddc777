"""Strategies of a configuration: their defaults, and that what they name exists and fits."""

from collections.abc import Mapping
from typing import Any

from monkeys.errors import InputError, nearest
from monkeys.graders import answer_reader
from monkeys.scorers import load_scorer
from monkeys.search import complete as complete_search
from monkeys.study.layout import REPEATED
from monkeys.study.sources import SOURCES, gpus_of


def complete_strategies(config: dict[str, Any]) -> None:
    """Fill in the defaults of strategies, and check them. Scorers are complete.

    Raises:
        InputError: a strategy is impossible; the sentence names its key.
    """
    for name, given in config["strategies"].items():
        if given["method"] == REPEATED:
            others = [key for key in given if key not in ("method", "sampling", "samples")]
            if others:
                raise InputError(f"config key strategies.{name}.{others[0]} is for a search, but strategies.{name}.method is {REPEATED}")
            continue
        strategy = complete_search(name, given)
        config["strategies"][name] = strategy
        key = f"config key strategies.{name}"
        if strategy["scorer"]:
            _check_scorer(f"{key}.scorer", strategy, config)
        if "min_tokens" in strategy["sampling"] or any("min_tokens" in one["sampling"] for one in config["benchmarks"].values()):
            raise InputError(f"{key}.method is {strategy['method']}, which draws step by step, so that min_tokens cannot hold; leave min_tokens out")


def _check_scorer(key: str, strategy: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """See that the scorer that steers a strategy exists and values steps."""
    name, scorers = strategy["scorer"], config["scorers"]
    if name not in scorers:
        raise InputError(f"{key} is {name!r}, which scorers does not have{nearest(name, scorers)}; it has {', '.join(scorers) or 'none'}")
    entry = scorers[name]
    if not hasattr(load_scorer(entry["kind"]), "open_values"):
        raise InputError(f"{key} is {name}, of the kind {entry['kind']}, which has no values of steps; name a scorer of the kind reward_model")
    if entry["level"] != "process":
        raise InputError(f"{key} is {name}, whose level is {entry['level']}, but a search needs values of steps; set scorers.{name}.level: process")
    if entry["activation"] == "none" and (strategy["method"] == "particles" or strategy["value"] == "product"):
        raise InputError(f"{key} is {name}, whose activation is none, but this strategy needs probabilities; set scorers.{name}.activation: sigmoid")


def check_search_pair(name: str, model: Mapping[str, Any], grader: str, config: Mapping[str, Any]) -> None:
    """See that a model, on a benchmark with a grader, can be searched by the strategy of a name.

    Raises:
        InputError: it cannot; the sentence names the key.
    """
    strategy, place = config["strategies"][name], f"config key strategies.{name}"
    if not SOURCES[model["engine"]].weights:
        raise InputError(
            f"{place}.method is {strategy['method']}, which goes on with texts token by token, but a model's engine is {model['engine']}; "
            "list under pairs which model is searched"
        )
    if strategy["pick"] not in ("best", "last"):
        try:
            answer_reader(grader)
        except InputError as error:
            raise InputError(f"{place}.pick is {strategy['pick']}, but the grader {grader} {error}; set pick: best") from error
    if strategy["scorer"]:
        scorer = config["scorers"][strategy["scorer"]]
        if scorer["device"] != model["device"]:
            raise InputError(
                f"{place}.scorer runs on a {scorer['device']}, but the model on a {model['device']}; a search has both in one job, so give them one device"
            )
        if not strategy["apart"] and gpus_of(scorer) > gpus_of(model):
            raise InputError(f"{place}.scorer takes {gpus_of(scorer)} GPUs, but the model {gpus_of(model)}; set strategies.{name}.apart: true")
