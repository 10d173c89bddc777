"""Scores by tests that a model wrote: what counts as a test, and what programs do on them in the sandbox."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from codet import accuracies

from monkeys.errors import InputError
from monkeys.formats.assertions import Case, assertions
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample
from monkeys.records.score import Score
from monkeys.sandbox import Execution, Sandbox
from monkeys.scorers import Settings, Task, complete, generated_tests, load_scorer
from monkeys.scorers.generated_tests import Behaviour, scores_of
from monkeys.scorers.test_writing import asked_for_tests, function_name, stub_of


def calls(text: str, name: str = "f") -> list[str]:
    return [f"{case.arguments[1:-1]} -> {case.expected}" for case in assertions(text, name)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("assert f(1) == 2", ["1 -> 2"]),
        ("```python\nassert f(1, [2, -3]) == {'a': (1, None)}, 'words'\n```", ["1, [2, -3] -> {'a': (1, None)}"]),
        ("assert 2 == f(1)", ["1 -> 2"]),
        ("assert f(1) is True\nassert f(\n    2,\n) == False", ["1 -> True", "2 -> False"]),
        ("assert \n    f([], 1) == False, 'Empty'\nassert \n    f([1], 1) == True", ["[], 1 -> False", "[1], 1 -> True"]),
        ("  assert f('a\\nb') == 'c' # comment", ["'a\\nb' -> 'c'"]),
        # Nothing that would have to be executed, and nothing on other functions.
        ("assert f(g(1)) == 2\nassert f(x) == 2\nassert g(1) == 2\nassert f(1) == __import__('os').system('true')", []),
        ("assert f(1) != 2\nassert f(1) < 3\nassert f(1)\nassert not f(1)\nassert f(1) == f(1)", []),
        ("assert f(*[1]) == 2\nassert f(**{'a': 1}) == 2\nassert f(float('inf')) == 1\nassert f(1e999) == 1", []),
        ("assertive f(1) == 2\nassert f(1) == \n\nassert f(2) == 3", ["2 -> 3"]),
        ("assert ____ == ____, 'test failed'", []),
        ("assert f(" + "[" * 3000 + " == 1", []),
        ("", []),
    ],
)
def test_assertions_with_literals_are_tests(text: str, expected: list[str]) -> None:
    assert calls(text) == expected


def test_keywords_belong_to_a_call() -> None:
    assert assertions("assert f(1, n=2) == 3", "f") == [Case("[1]", "{'n': 2}", "3")]


def test_function_is_the_last_that_the_prompt_defines() -> None:
    stub = "import math\n\ndef helper(x):\n    return x\n\ndef area(r):\n    '''Area.'''\n"
    assert function_name(Prompt("p", stub, [])) == "area" and stub_of(Prompt("p", stub, [])) == stub
    question = "Write a function.\nassert min_cost([[1]], 2) == 8"
    assert function_name(Prompt("p", "", [{"role": "user", "content": question}])) == "min_cost"
    assert function_name(Prompt("p", "What is 2 + 2?", [])) is None and stub_of(Prompt("p", "What is 2 + 2?", [])) == ""


def test_model_is_asked_as_in_codet_or_in_a_chat() -> None:
    asked = asked_for_tests(Prompt("p", "def area(r):\n    '''Area.'''\n", []), 5)
    assert asked.prompt == "def area(r):\n    '''Area.'''\n    pass\n\n# check the correctness of area\nassert "
    assert "Write 5 tests" in asked.messages[0]["content"] and "assert area(arguments) == value" in asked.messages[0]["content"]
    with pytest.raises(InputError, match="problem p asks for no function"):
        asked_for_tests(Prompt("p", "What is 2 + 2?", []), 5)


def test_scores_by_hand() -> None:
    """Three tests: samples 0 and 1 do the same, 2 passes the same tests with another output, 3 passes all, 4 is no program."""
    words = {0: "aaaaa1bbbbb0ccccc1", 1: "aaaaa1bbbbb0ccccc1", 2: "aaaaa1ddddd0ccccc1", 3: "aaaaa1eeeee1ccccc1", 4: None}
    assert scores_of(words, "codet") == {0: 3.4641, 1: 3.4641, 2: 3.4641, 3: 3.0, 4: None}
    assert math.sqrt(3) * 2 == pytest.approx(3.4641, abs=1e-4)
    assert scores_of(words, "mbr_exec") == {0: 2.0, 1: 2.0, 2: 1.0, 3: 1.0, 4: None}
    assert scores_of(words, "passed") == {0: 0.666667, 1: 0.666667, 2: 0.666667, 3: 1.0, 4: None}
    assert scores_of({}, "codet") == {}


PROMPT = Prompt("p", "def double(x):\n    '''Twice x.'''\n", [])
PROGRAMS = [
    "    return 2 * x\n",
    "    return x + x\n",
    "    return 2.0 * x + 1e-13\n",
    "    return x * x\n",
    "    while x == 3:\n        pass\n    return 2 * x\n",
    "    raise ValueError(x)\n",
    "    import os\n    os._exit(0)\n",
    "    return (\n",
    "    x.append(0)\n    return x\n",
]
TESTS = [
    "assert double(2) == 4\nassert double(3) == 6\nassert double(5) == 10",
    "assert double(2) == 4\nassert double([1]) == [1, 1]\nassert double(0) == 1",
]


def scored(folder: Path, method: str, programs: list[str] = PROGRAMS, tests: list[str] = TESTS, prompt: Prompt = PROMPT) -> list[Score]:
    path = folder / "tests.jsonl"
    path.write_text(json.dumps({"problem_id": "p", "tests": tests}) + "\n", encoding="utf-8")
    entry = complete("mine", {"kind": "generated_tests", "tests": str(path), "method": method})
    settings = Settings(entry, file=path, cpu_seconds=1, workers=2)
    samples = [Sample("p", index, None, text) for index, text in enumerate(programs)]
    return load_scorer("generated_tests").open_scorer(settings, Progress("test")).score([Task(prompt, samples)])


def test_programs_are_scored_by_what_they_do(tmp_path: Path) -> None:
    scores = scored(tmp_path, "passed")
    # Of double(2), double(3), double(5), double([1]) and the wrong double(0) == 1.
    assert [one.score for one in scores] == [0.8, 0.8, 0.6, 0.2, 0.6, 0, 0, 0, 0]
    classes = [one.answer_class for one in scores]
    assert classes[0] == classes[1] and len(set(classes[:6])) == 5
    assert all(one.score is not None and one.scored_tokens == 0 for one in scores)


def test_groups_are_of_samples_that_pass_the_same_tests(tmp_path: Path) -> None:
    scores = scored(tmp_path, "codet", PROGRAMS[:4])
    assert [one.score for one in scores] == [pytest.approx(value, abs=1e-4) for value in (math.sqrt(2) * 4, math.sqrt(2) * 4, 3, 1)]


def test_more_tests_than_one_execution_answers(tmp_path: Path) -> None:
    tests = [f"assert double({number}) == {2 * number}" for number in range(1, 90)]
    assert [one.score for one in scored(tmp_path, "passed", PROGRAMS[:1] + PROGRAMS[4:5], tests)] == [1.0, 0.988764]


def test_without_tests_there_is_no_score(tmp_path: Path) -> None:
    assert [(one.score, one.answer_class) for one in scored(tmp_path, "codet", PROGRAMS[:2], ["no test"])] == [(None, None)] * 2


def test_options_and_limits_of_the_study_reach_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Behaviour] = []

    def run(programs: Sequence[Behaviour], workers: int, sandbox: Sandbox) -> Iterator[tuple[int, Execution]]:
        ran.extend(programs)
        assert (workers, sandbox) == (3, Sandbox("bubblewrap"))
        yield from ((number, Execution("passed", "", 0.1, "aaaaa1" * len(one.cases))) for number, one in enumerate(programs))

    monkeypatch.setattr(generated_tests, "run_programs", run)
    path = tmp_path / "tests.jsonl"
    texts = [f"assert double({text}) == 1\nassert double({text}1) == 1\nassert double({text}2) == 1" for text in (1, 2, 3)]
    path.write_text(json.dumps({"problem_id": "p", "tests": texts, "tokens": 103}) + "\n", encoding="utf-8")
    entry = complete("mine", {"kind": "generated_tests", "tests": str(path), "per_text": 2, "most_tests": 5})
    settings = Settings(entry, file=path, workers=3, cpu_seconds=2, memory_mb=300)
    samples = [Sample("p", index, None, text) for index, text in enumerate(PROGRAMS[:4])]
    scores = load_scorer("generated_tests").open_scorer(settings, Progress("test")).score([Task(PROMPT, samples)])
    # The first two tests of each text, five in all.
    assert [case.arguments for case in ran[0].cases] == ["[1]", "[11]", "[2]", "[21]", "[3]"]
    assert {(one.cpu_seconds, one.memory_mb, one.entry_point) for one in ran} == {(2, 300, "double")} and len(ran) == 4
    # The tokens of the tests are shared by the samples.
    assert [one.scored_tokens for one in scores] == [25] * 4


def test_results_are_the_same_to_nine_digits(tmp_path: Path) -> None:
    programs = [f"    return {factor} * x\n" for factor in ("2.0", "2.0000000001", "2.00000001")]
    first, near, far = (one.answer_class for one in scored(tmp_path, "passed", programs, ["assert double(3) == 6"]))
    assert first == near != far


def test_chat_answers_are_read_as_the_grader_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "tests.jsonl"
    path.write_text(json.dumps({"problem_id": "p", "tests": TESTS}) + "\n", encoding="utf-8")
    entry = complete("mine", {"kind": "generated_tests", "tests": str(path), "method": "passed"})
    settings = Settings(entry, response_format="chat", file=path)
    texts = ["Sure:\n```python\ndef double(x):\n    return 2 * x\n```", "I cannot.", "<think>\n```python\ndef double(x):\n    return 2 * x\n```"]
    samples = [Sample("p", index, None, text) for index, text in enumerate(texts)]
    scores = load_scorer("generated_tests").open_scorer(settings, Progress("test")).score([Task(PROMPT, samples)])
    assert [one.score for one in scores] == [0.8, None, None]


def test_problem_without_a_function_or_tests_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="problem p asks for no function"):
        scored(tmp_path, "codet", prompt=Prompt("p", "What is 2 + 2?", []))
    with pytest.raises(InputError, match="has no tests of q"):
        scored(tmp_path, "codet", prompt=Prompt("q", PROMPT.prompt, []))


@pytest.mark.parametrize(
    ("line", "message"), [('{"problem_id": "p"}', "line 1 must have"), ('{"problem_id": "p", "tests": "assert"}', "line 1 must have")]
)
def test_bad_file_of_tests_names_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "tests.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    entry = complete("mine", {"kind": "generated_tests", "tests": str(path)})
    with pytest.raises(InputError, match=message):
        load_scorer("generated_tests").open_scorer(Settings(entry, file=path), Progress("test"))


@pytest.mark.thorough
def test_codet_chooses_better_than_chance_on_its_own_published_samples(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    """Eleven of HumanEval's problems, 40 of the 100 samples."""
    found = accuracies(shared_data, tmp_path, range(0, 164, 16), 40)
    assert found["random"] > 15
    assert found["codet"] > found["random"] + 2
