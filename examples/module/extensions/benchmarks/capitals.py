"""Capitals of eight countries. The answer is a text, which the grader `exact_text` compares."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, Problem, Row
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

CAPITALS = {
    "France": "Paris",
    "Japan": "Tokyo",
    "Kenya": "Nairobi",
    "Peru": "Lima",
    "Norway": "Oslo",
    "Australia": "Canberra",
    "Canada": "Ottawa",
    "Bhutan": "Thimphu",
}


def problems(_rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[Problem]:
    """The capital of each country."""
    for country, capital in CAPITALS.items():
        asked = f"What is the capital of {country}?"
        name = f"capitals/{country}"
        yield Prompt(name, f"Question: {asked}\nAnswer:", [{"role": "user", "content": asked}], ["\n"]), Reference(name, {"answer": capital})


BENCHMARK = Benchmark(name="capitals", title="Capitals", version=1, grader="exact_text", problems=problems)
