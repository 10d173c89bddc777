"""HumanEval+, MBPP and MBPP+ on their real rows."""

import ast
import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.benchmarks.humaneval import EXAMPLES as FUNCTIONS
from monkeys.benchmarks.humaneval import STOP as HUMANEVAL_STOP
from monkeys.benchmarks.humaneval_plus import PATCHES as HUMANEVAL_PATCHES
from monkeys.benchmarks.mbpp import EXAMPLES, check_function, entry_point
from monkeys.benchmarks.mbpp_plus import PATCHES as MBPP_PATCHES
from monkeys.benchmarks.mbpp_plus import STOP
from monkeys.dataset_rows import read_rows, rows_sha256
from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.formats.evalplus import compare_strictly
from monkeys.graders import Settings, verify
from monkeys.graders.python_tests import grade
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

FILES = {
    "humaneval_plus": "humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz",
    "mbpp": "mbpp/mbpp.jsonl",
    "mbpp_plus": "mbppplus/MbppPlus-OriginFmt.jsonl.gz",
}
SIZES = {"humaneval_plus": 164, "mbpp": 500, "mbpp_plus": 378}
NAMES = list(FILES)
PATCHES = {**HUMANEVAL_PATCHES, **MBPP_PATCHES}
QUIET = Progress("test")
Load = Callable[[str], list[Row]]


@pytest.fixture(scope="module")
def load(shared_data: Callable[[str], Path]) -> Load:
    """A benchmark's rows as the hub has them."""

    def rows(name: str) -> list[Row]:
        found = [row for _, row in read_jsonl(shared_data(FILES[name]))]
        return found[10:510] if name == "mbpp" else found

    return rows


def problems_of(name: str, rows: list[Row], **options: object) -> list[Problem]:
    benchmark = load_benchmark(name)
    return list(benchmark.problems(rows, {**benchmark.options, **options}))


def task_id(row: Row) -> str:
    return row["task_id"] if isinstance(row["task_id"], str) else f"Mbpp/{row['task_id']}"


def canonical(row: Row) -> str:
    """What continues the prompt."""
    return row["canonical_solution"] if "canonical_solution" in row else "\n" + row["code"]


def verdicts(problems: list[Problem], texts: list[str], answers: str = "completion") -> list[Verdict]:
    references = {reference.problem_id: reference for _, reference in problems}
    samples = [Sample(prompt.problem_id, 0, None, text) for (prompt, _), text in zip(problems, texts, strict=True)]
    return grade(samples, references, Settings(workers=2, cpu_seconds=3, memory_mb=1024, response_format=answers), QUIET)


def not_passed(found: list[Verdict]) -> list[tuple[str, str, str]]:
    return [(verdict.problem_id, verdict.outcome, verdict.detail) for verdict in found if verdict.outcome != "passed"]


@pytest.mark.parametrize("name", NAMES)
def test_the_pinned_rows_are_the_released_ones(name: str, load: Load) -> None:
    dataset = load_benchmark(name).dataset
    assert dataset is not None
    assert re.fullmatch(r"[0-9a-f]{40}", dataset.revision)
    rows = load(name)
    assert len(rows) == SIZES[name]
    assert rows_sha256(rows) == dataset.rows_sha256


@pytest.mark.parametrize("name", ["humaneval_plus", "mbpp_plus"])
def test_released_file_replaces_hub(name: str, shared_data: Callable[[str], Path]) -> None:
    dataset = load_benchmark(name).dataset
    assert dataset is not None
    assert len(read_rows(shared_data(FILES[name]), dataset.rows_sha256, name)) == SIZES[name]


def test_of_mbpps_released_file_the_test_split_is_taken(shared_data: Callable[[str], Path], load: Load) -> None:
    everything = [row for _, row in read_jsonl(shared_data(FILES["mbpp"]))]
    assert len(everything) == 974
    assert problems_of("mbpp", everything) == problems_of("mbpp", load("mbpp"))


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_a_problem_whose_solution_and_tests_the_model_does_not_see(name: str, load: Load) -> None:
    rows = load(name)
    problems = problems_of(name, rows)
    assert [prompt.problem_id for prompt, _ in problems] == [task_id(row) for row in rows]
    for row, (prompt, reference) in zip(rows, problems, strict=True):
        assert reference.problem_id == prompt.problem_id
        assert set(reference.reference) == {"prompt", "test", "entry_point"}
        assert not prompt.prompt.endswith("\n")
        question = prompt.messages[-1]["content"]
        for text in (prompt.prompt, question):
            assert canonical(row).strip() not in text
            assert "inputs = " not in text
        if name == "mbpp":  # its tests are part of the task
            assert all(test.strip() in prompt.prompt and test.strip() in question for test in row["test_list"])


@pytest.mark.parametrize(
    ("name", "entry_points"), [("mbpp", {56: "check", 126: "sum", 349: "check", 367: "is_tree_balanced"}), ("mbpp_plus", {56: "check"})]
)
def test_the_function_that_the_tests_are_about_is_found(name: str, entry_points: dict[int, str], load: Load) -> None:
    rows = load(name)
    for row, (_, reference) in zip(rows, problems_of(name, rows), strict=True):
        function = reference.reference["entry_point"]
        assert re.search(rf"^def {function}\b", row["code"], re.MULTILINE)
        assert re.search(rf"\b{function} *\(", row["test_list"][0])
        assert function == entry_points.get(row["task_id"], function)


def test_tests_that_call_no_function_of_the_solution_raise() -> None:
    with pytest.raises(InputError, match=r"call 0 functions of its solution \(\), but must call one: assert g\(1\)"):
        entry_point("def f(x): return x", ["assert g(1)"])
    with pytest.raises(InputError, match=r"call 2 functions of its solution \(f, g\), but must call one"):
        entry_point("def f(x): return x\ndef g(x): return x", ["assert f(1)", "assert g(1)"])


@pytest.mark.parametrize("name", ["mbpp", "mbpp_plus"])
def test_a_check_function_holds_the_tests_as_they_are(name: str, load: Load) -> None:
    rows = load(name)
    for row, (_, reference) in zip(rows, problems_of(name, rows), strict=True):
        lines = reference.reference["test"].splitlines()
        assert lines[0] == f"def check({reference.reference['entry_point']}):"
        assert all(line.startswith("    ") for line in lines[1:] if line)
        assert name == "mbpp_plus" or [line[4:] for line in lines[-3:]] == row["test_list"]
        # Indented text means the same where no string and no line goes on in the next line.
        body = textwrap.dedent("\n".join(lines[1:]))
        if any(mark in body for mark in ('"""', "'''", "\\\n")):
            (function,) = ast.parse("\n".join(lines)).body
            assert isinstance(function, ast.FunctionDef)
            assert ast.dump(ast.Module(function.body, [])) == ast.dump(ast.parse(body))


@pytest.mark.parametrize("name", ["humaneval_plus", "mbpp_plus"])
def test_tests_are_the_released_ones_compared_strictly_but_for_those_that_are_wrong(name: str, load: Load) -> None:
    changed = set()
    rows = load(name)
    for row, (_, reference) in zip(rows, problems_of(name, rows), strict=True):
        fields = reference.reference
        strict = compare_strictly(reference.problem_id, row["test"])
        assert (strict == row["test"]) == ("np.allclose" not in row["test"])
        released = strict if name == "humaneval_plus" else check_function(fields["entry_point"], strict)
        if fields["test"] != released:
            changed.add(reference.problem_id)
    assert changed == set(HUMANEVAL_PATCHES if name == "humaneval_plus" else MBPP_PATCHES)


def nearly_right(function: str, right: str) -> dict[str, str]:
    """Programs that np.allclose alone takes for right, by name: they broadcast."""
    return {
        "empty list": f"\ndef {function}(*args, **kwargs):\n    return []\n",
        "list in a list": f"\ndef {function}(*args, **kwargs):\n    return [[]]\n",
        "[0] for []": f"{right}\n_right = {function}\ndef {function}(*args, **kwargs):\n    found = _right(*args, **kwargs)\n"
        "    return type(found)([0]) if isinstance(found, (list, tuple)) and not found else found\n",
    }


# Problems with a float in the place of their result, which an empty list equals under np.allclose; and some that expect an empty list or tuple.
BROADCAST = {
    "humaneval_plus": ["HumanEval/2", "HumanEval/4", "HumanEval/45"],
    "mbpp_plus": [
        f"Mbpp/{number}" for number in (14, 80, 82, 85, 98, 120, 124, 137, 139, 233, 267, 276, 287, 293, 300, 312, 422, 432, 606, 622, 721)
    ],
}
EXPECT_EMPTY = {
    "humaneval_plus": [f"HumanEval/{number}" for number in (5, 7, 9, 22, 29, 96, 163)],
    "mbpp_plus": [f"Mbpp/{number}" for number in (7, 8, 64, 75, 104)],
}


@pytest.mark.parametrize("name", ["humaneval_plus", "mbpp_plus"])
def test_results_that_broadcast_fail(name: str, load: Load) -> None:
    rows = load(name)
    references = {reference.problem_id: reference for _, reference in problems_of(name, rows)}
    gold = dict(load_benchmark(name).gold(rows, load_benchmark(name).options))  # type: ignore[misc]
    samples, kinds = [], []
    for problem in (*BROADCAST[name], *EXPECT_EMPTY[name]):
        programs = nearly_right(references[problem].reference["entry_point"], gold[problem].rstrip())
        tried = ("empty list", "list in a list") if problem in BROADCAST[name] else ("[0] for []",)
        samples += [Sample(problem, number, None, programs[kind]) for number, kind in enumerate(tried)]
        kinds += [(problem, kind) for kind in tried]
    found = verify("python_tests", samples, references, Settings(workers=2), Progress("test"))
    assert [kind for kind, verdict in zip(kinds, found, strict=True) if verdict.outcome == "passed"] == []


def test_a_comparison_that_is_not_evalplus_own_is_refused() -> None:
    with pytest.raises(InputError, match=r"HumanEval/0: its tests call np\.allclose in a way that is not EvalPlus's"):
        compare_strictly("HumanEval/0", "def check(candidate):\n    assert np.allclose(candidate(1), 2)\n")


def test_an_input_that_is_too_large_is_left_out_and_no_other(load: Load) -> None:
    rows = [row for row in load("mbpp_plus") if row["task_id"] == 255]
    released = rows[0]["test"]
    ((_, reference),) = problems_of("mbpp_plus", rows)

    def inputs(test: str) -> list[list[object]]:
        (line,) = [line for line in test.splitlines() if line.strip().startswith("inputs = ")]
        return ast.literal_eval(line.partition("=")[2].strip())

    before, after = inputs(released), inputs(reference.reference["test"])
    assert len(before) == 112
    assert [value for value in before if value not in after] == [[["Dog", "Cat", "CatBird", "Bird", "Fish"], 77]]
    assert len(after) == 111


# Prompts


def test_humaneval_plus_asks_as_humaneval_does(load: Load) -> None:
    rows = load("humaneval_plus")
    for options in ({"examples": 0}, {"examples": 2}):
        ours = problems_of("humaneval_plus", rows, **options)
        assert [prompt for prompt, _ in ours] == [prompt for prompt, _ in problems_of("humaneval", rows, **options)]


def test_mbpps_prompt_is_the_papers(load: Load) -> None:
    prompt, _ = problems_of("mbpp", load("mbpp"))[0]
    shots = prompt.prompt.split("\n[DONE]\n\n")
    assert len(shots) == 4
    assert shots[0] == (
        "You are an expert Python programmer, and here is your task: Write a function to find the similar elements from the given two tuple lists."
        " Your code should pass these tests:\n\n"
        "assert similar_elements((3, 4, 5, 6),(5, 7, 4, 10)) == (4, 5)\n"
        "assert similar_elements((1, 2, 3, 4),(5, 4, 3, 7)) == (3, 4)\n"
        "assert similar_elements((11, 12, 14, 13),(17, 15, 14, 13)) == (13, 14)\n"
        "[BEGIN]\n"
        "def similar_elements(test_tup1, test_tup2):\n"
        "  res = tuple(set(test_tup1) & set(test_tup2))\n"
        "  return (res)"
    )
    assert shots[3] == (
        "You are an expert Python programmer, and here is your task: Write a python function to remove first and last occurrence of a given character"
        ' from the string. Your code should pass these tests:\n\nassert remove_Occ("hello","l") == "heo"\nassert remove_Occ("abcda","a") == "bcd"\n'
        'assert remove_Occ("PHP","P") == "H"\n[BEGIN]'
    )
    assert prompt.stop == ["[DONE]"]


def test_mbpps_shots_are_tasks_2_to_4(shared_data: Callable[[str], Path]) -> None:
    rows = [row for _, row in read_jsonl(shared_data(FILES["mbpp"]))][1:4]
    for row, example in zip(rows, EXAMPLES, strict=True):
        assert example["text"] == row["text"]
        assert example["test_list"] == [test.strip() for test in row["test_list"]]
        assert example["code"].split("\n") == [line.rstrip() for line in row["code"].splitlines()]


@pytest.mark.parametrize("count", range(len(EXAMPLES) + 1))
def test_mbpp_shots_precede_question(count: int, load: Load) -> None:
    prompt, _ = problems_of("mbpp", load("mbpp")[:1], examples=count)[0]
    assert [message["role"] for message in prompt.messages] == ["user", "assistant"] * count + ["user"]
    assert prompt.prompt.count("[DONE]") == count
    assert [example["code"] in prompt.prompt for example in EXAMPLES] == [number < count for number in range(len(EXAMPLES))]
    assert [f"```python\n{example['code']}\n```" for example in EXAMPLES[:count]] == [message["content"] for message in prompt.messages[1::2]]


@pytest.mark.parametrize("count", [-1, 4, "2", 1.0, None])
@pytest.mark.parametrize("name", ["humaneval_plus", "mbpp"])
def test_a_number_of_examples_that_is_not_there_is_named(name: str, count: object) -> None:
    assert len(EXAMPLES) == len(FUNCTIONS) == 3
    with pytest.raises(InputError, match=rf"config key benchmarks\.{name}\.options\.examples is {count!r}, but must be a number from 0 to 3"):
        problems_of(name, [], examples=count)


def test_mbpp_plus_asks_as_evalplus_does(shared_data: Callable[[str], Path], load: Load) -> None:
    released = {row["task_id"]: row["prompt"] for _, row in read_jsonl(shared_data("mbppplus/MbppPlus.jsonl.gz"))}
    problems = problems_of("mbpp_plus", load("mbpp_plus"))
    assert {prompt.problem_id: prompt.prompt + "\n" for prompt, _ in problems} == released


@pytest.mark.parametrize(("name", "stop"), [("humaneval_plus", HUMANEVAL_STOP), ("mbpp", ["[DONE]"]), ("mbpp_plus", STOP)])
def test_stop_strings_cut_no_canonical_solution_short(name: str, stop: list[str], load: Load) -> None:
    rows = load(name)
    for row, (prompt, _) in zip(rows, problems_of(name, rows), strict=True):
        assert prompt.stop == stop
        assert not [text for text in stop if text in "\n" + canonical(row).rstrip()], prompt.problem_id


# Verdicts


EVERY = [pytest.param(name, 1, marks=pytest.mark.thorough) for name in NAMES if name.endswith("_plus")]


@pytest.mark.parametrize(("name", "step"), [("mbpp", 1), ("humaneval_plus", 3), ("mbpp_plus", 3), *EVERY])
def test_canonical_solutions_pass_within_their_limits(name: str, step: int, load: Load) -> None:
    """Every third of those with many tests, and those whose tests are corrected; all of them in the thorough tier."""
    rows = load(name)
    numbered = enumerate(zip(problems_of(name, rows), rows, strict=True))
    taken = [(problem, row) for number, (problem, row) in numbered if number % step == 0 or problem[0].problem_id in PATCHES]
    assert not_passed(verdicts([problem for problem, _ in taken], [canonical(row) for _, row in taken])) == []


@pytest.mark.parametrize("name", NAMES)
def test_functions_that_return_nothing_fail(name: str, load: Load) -> None:
    # Every fifth, and those whose tests are fixed: loading numpy for the tests of all of them takes most of a minute.
    problems = [problem for number, problem in enumerate(problems_of(name, load(name))) if number % 5 == 0 or problem[0].problem_id in PATCHES]
    texts = [f"\ndef {reference.reference['entry_point']}(*arguments):\n    return None\n" for _, reference in problems]
    assert [verdict.problem_id for verdict in verdicts(problems, texts) if verdict.outcome != "failed"] == []


def test_canonical_solutions_pass_as_chat_answers(load: Load) -> None:
    for name in NAMES:
        rows = load(name)[:6]
        texts = [f"Here it is:\n\n```python\n{row.get('prompt', '') if name == 'humaneval_plus' else ''}{canonical(row)}\n```\nDone." for row in rows]
        problems = problems_of(name, rows)
        assert not_passed(verdicts(problems, texts, "chat")) == []
        assert {verdict.outcome for verdict in verdicts(problems, texts[1:] + texts[:1], "chat")} == {"no_answer"}


def one(name: str, number: object, load: Load) -> list[Problem]:
    return problems_of(name, [row for row in load(name) if row["task_id"] == number])


@pytest.mark.parametrize(
    ("body", "outcome"),
    [("0.0", "failed"), ("-1e9", "failed"), ("1e9", "failed"), ("None", "failed"), ("'0'", "failed")],
)
def test_a_wrong_zero_of_a_polynomial_fails(body: str, outcome: str, load: Load) -> None:
    assert [verdict.outcome for verdict in verdicts(one("humaneval_plus", "HumanEval/32", load), [f"    return {body}\n"])] == [outcome]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("return bool(re.search('^[aeiouAEIOU]', text))", "passed"),
        ("return True", "failed"),
        ("return False", "failed"),
        ("return re.search('a', text)", "failed"),
        ("return re.match('[aeiouAEIOU]', text)", "passed"),  # a match object, or None
    ],
)
def test_tests_that_take_any_object_for_true_judge(code: str, outcome: str, load: Load) -> None:
    (verdict,) = verdicts(one("mbpp_plus", 737, load), [f"\nimport re\n\ndef check_str(text):\n    {code}\n"])
    assert verdict.outcome == outcome, verdict.detail


def test_a_class_that_the_tests_need_may_be_the_programs(load: Load) -> None:
    """Task 367 builds its trees from a class Node that the program has to define."""
    node = "\nclass Node:\n    def __init__(self, data):\n        self.data, self.left, self.right = data, None, None\n"
    height = "\ndef height(root):\n    return max(height(root.left), height(root.right)) + 1 if root else 0\n"
    right = (
        "\ndef is_tree_balanced(root):\n"
        "    if root is None:\n"
        "        return True\n"
        "    return abs(height(root.left) - height(root.right)) <= 1 and is_tree_balanced(root.left) and is_tree_balanced(root.right)\n"
    )
    wrong = "\ndef is_tree_balanced(root):\n    return height(root.left) == height(root.right)\n"
    problem = one("mbpp", 367, load)
    assert [verdicts(problem, [text])[0].outcome for text in (node + height + right, node + height + wrong, height + right)] == [
        "passed",
        "failed",
        "failed",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_only_problems_with_slow_solutions_have_limits_of_their_own(name: str, load: Load) -> None:
    limits = {reference.problem_id: reference.limits for _, reference in problems_of(name, load(name)) if reference.limits}
    assert len(limits) == {"humaneval_plus": 7, "mbpp": 1, "mbpp_plus": 13}[name]
    assert all(set(own) == {"cpu_seconds"} and own["cpu_seconds"] > 3 for own in limits.values())


def test_references_are_records(load: Load) -> None:
    assert all(isinstance(reference, Reference) for name in NAMES for _, reference in problems_of(name, load(name)[:3]))
