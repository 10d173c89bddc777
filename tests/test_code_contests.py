"""CodeContests: its rows, prompts and limits, verdicts on real problems with their own submissions, and the way through the workflow."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from project import Project

from monkeys.benchmarks import Dataset, Problem, Row, load_benchmark
from monkeys.benchmarks.code_contests import GOLD, IMAGES, INSTRUCTION, SHOTS, STOP, kept, paper_order
from monkeys.dataset_rows import reduced_rows, rows_sha256
from monkeys.errors import InputError
from monkeys.files import read_jsonl, write_jsonl
from monkeys.graders import Settings, load_grader, programs
from monkeys.progress import Progress
from monkeys.records.reference import Reference, read_references, write_references
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict, read_verdicts

BENCHMARK = load_benchmark("code_contests")
GRADER = load_grader(BENCHMARK.grader)
QUIET = Progress("test")
SETTINGS = Settings(workers=2, cpu_seconds=1, memory_mb=512)
ECHO = "print(input())"


def listed(*pairs: tuple[str, str]) -> dict[str, list[str]]:
    return {"input": [given for given, _ in pairs], "output": [expected for _, expected in pairs]}


def row(**columns: object) -> Row:
    """A row with every column of the hub's that is read: a program must write what it reads."""
    return {
        "name": "1_A. Echo",
        "description": "Write the line.",
        "public_tests": listed(("a", "a")),
        "private_tests": listed(("b", "b")),
        "generated_tests": listed(("c", "c"), ("d", "d")),
        "solutions": {"language": [2, 3, 3], "solution": ["int main() {}", f"\n{ECHO}\n", "print(input(), end='')"]},
        "incorrect_solutions": {"language": [3], "solution": ["print()"]},
        "time_limit": {"seconds": 2, "nanos": 500_000_000},
        "memory_limit_bytes": 2 * 10**9,
        "cf_rating": 1700,
        "untranslated_description": "",
        **columns,
    }


def train(number: int) -> Row:
    return row(split="train", description=f"Example {number}.", solutions={"language": [3], "solution": [f"print({number})"]})


def problems_of(rows: list[Row], **options: object) -> list[Problem]:
    return list(BENCHMARK.problems(rows, {**BENCHMARK.options, **options}))


def verdicts(problem: Problem, texts: list[str]) -> list[Verdict]:
    _, reference = problem
    samples = [Sample(reference.problem_id, index, None, text) for index, text in enumerate(texts)]
    return GRADER.grade(samples, {reference.problem_id: reference}, SETTINGS, QUIET)


@pytest.fixture(scope="module")
def kattis(shared_data: Callable[[str], Path]) -> list[Row]:
    return [row for _, row in read_jsonl(shared_data("codecontests/kattis_problemtools_3problems.jsonl"))]


@pytest.fixture(scope="module")
def statements(shared_data: Callable[[str], Path]) -> list[Row]:
    """The test split as CodeT released it: statements up to their examples, no tests."""
    return [row for _, row in read_jsonl(shared_data("codecontests/CodeContests_test165_statements_no_tests.jsonl"))]


# Rows, their order, prompts


def test_images_are_left_out_of_the_real_statements(statements: list[Row]) -> None:
    """CodeT cut examples and notes off, where the others of the paper's 25 have their images (row 0 has one in its note): ten are left."""
    rows = [row(description=statement["prompt"], time_limit=statement["meta_data"]["time_limit"]) for statement in statements]
    problems = problems_of(rows, examples=0)
    named = {int(reference.problem_id.partition("/")[2]) for _, reference in problems}
    assert (len(rows), len(problems), len(named)) == (165, 155, 155)
    assert named == {number for number, statement in enumerate(statements) if "<image>" not in statement["prompt"]}
    assert [statements[number]["meta_data"]["task_name"] for number in sorted(set(range(165)) - named)] == [
        "1579_C. Ticks",
        "1586_B. Omkar and Heavenly Tree",
        "1594_E1. Rubik's Cube Coloring (easy version)",
        "1594_E2. Rubik's Cube Coloring (hard version)",
        "1598_E. Staircases",
        "1599_B. Restaurant Game",
        "1607_E. Robot on the Board 1",
        "1615_C. Menorah",
        "1615_D. X(or)-mas Tree",
        "1623_A. Robot Cleaner",
    ]
    # Limits from half a second to ten, rounded up.
    assert {reference.limits["cpu_seconds"] for _, reference in problems} == {11, 12, 13, 14, 15, 16, 18, 20}


def test_the_order_and_the_shots_are_the_released_codes_draws() -> None:
    """Written as that code has it: a global generator, samples of rows, then a shuffle of rows."""
    rng = random.Random(0)
    examples, rows = list(range(1000, 1500)), [{"row": number} for number in range(140)]
    for one in rows:
        one["shots"] = rng.sample(examples, 2)  # type: ignore[assignment]
    rng.shuffle(rows)
    order, shots = paper_order(140, 500)
    assert order == [one["row"] for one in rows]
    assert [[1000 + shot for shot in shots[number]] for number in order] == [one["shots"] for one in rows]


def test_rows_of_train_are_shots_and_only_those_that_can_be() -> None:
    unfit = [
        row(split="train", description=f"Look: {IMAGES[0]}"),
        row(split="train", description=f"Look: {IMAGES[1]}"),
        row(split="train", solutions={"language": [1, 2, 4], "solution": ["print 1", "int main() {}", "class A {}"]}),
        row(split="train", solutions={"language": [3], "solution": ["print('é')"]}),
    ]
    rows = [*unfit[:2], train(0), *unfit[2:], train(1), row(), row(description=f"No {IMAGES[0]}"), row(split="test")]
    problems = problems_of(rows)
    assert sorted(prompt.problem_id for prompt, _ in problems) == ["CodeContests/0", "CodeContests/2"]
    for prompt, _ in problems:
        assert sorted(number for number in (0, 1) if f"Example {number}.\nA: ```print({number})```\n" in prompt.prompt) == [0, 1]
        assert prompt.prompt.count("Q: ") == 3


def test_a_row_of_train_without_a_description_can_be_a_shot_as_in_the_released_code() -> None:
    empty = row(split="train", description="")
    assert kept("train", empty) is not None
    assert problems_of([empty, train(0), row()])[0][0].prompt.count(f"Q: {INSTRUCTION}\n\nA: ```{ECHO}```\n") == 1


def test_the_prompt_is_the_papers() -> None:
    (prompt, reference) = problems_of([train(0), train(1), train(2), row()])[0]
    first, second = paper_order(1, 3)[1][0]
    expected = "".join(f"Q: {INSTRUCTION}\nExample {number}.\nA: ```print({number})```\n" for number in (first, second))
    assert prompt.prompt == f"{expected}Q: {INSTRUCTION}\nWrite the line.\nA:"
    assert INSTRUCTION.startswith("Write python code to solve the following coding problem") and INSTRUCTION.endswith(
        "wrap your code answer using ```:"
    )
    assert prompt.stop == STOP
    assert [message["role"] for message in prompt.messages] == ["user", "assistant"] * SHOTS + ["user"]
    assert prompt.messages[1]["content"] == f"```python\nprint({first})\n```"
    assert prompt.messages[-1]["content"] == f"{INSTRUCTION}\nWrite the line."
    assert reference == Reference(
        "CodeContests/0",
        {"tests": [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d")], "grader": "paper"},
        {"cpu_seconds": 13, "memory_mb": 1908},
        {"difficulty": 1700},
    )


@pytest.mark.parametrize("count", range(SHOTS + 1))
def test_as_many_shots_as_wanted_stand_in_front(count: int) -> None:
    rows = [*map(train, range(30)), *(row() for _ in range(5))]
    fewer, all_shots = problems_of(rows, examples=count), problems_of(rows)
    assert [prompt.problem_id for prompt, _ in fewer] == [prompt.problem_id for prompt, _ in all_shots]
    for (prompt, _), (full, _) in zip(fewer, all_shots, strict=True):
        assert prompt.messages == [*full.messages[: 2 * count], full.messages[-1]]
        assert prompt.prompt.count("\nA: ```") == count


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        ({"time_limit": {"seconds": 1, "nanos": 0}, "memory_limit_bytes": 256_000_000}, {"cpu_seconds": 11, "memory_mb": 245}),
        ({"time_limit": {"seconds": 0, "nanos": 500_000_000}, "memory_limit_bytes": 0}, {"cpu_seconds": 11}),
        ({"time_limit": {"seconds": 0, "nanos": 0}, "memory_limit_bytes": None}, {}),
        ({"time_limit": None, "memory_limit_bytes": None}, {}),
    ],
)
def test_a_problem_without_limits_has_the_studys(limits: dict[str, Any], found: dict[str, int]) -> None:
    assert problems_of([row(**limits)], examples=0)[0][1].limits == found


@pytest.mark.parametrize(
    ("rows", "options", "sentence"),
    [
        ([], {"examples": 3}, r"config key benchmarks\.code_contests\.options\.examples is 3, but must be a number from 0 to 2"),
        ([], {"grader": "papr"}, r"config key benchmarks\.code_contests\.options\.grader is 'papr', but must be paper or robust"),
        ([], {"grader": ["paper"]}, r"options\.grader is \['paper'\], but must be"),
        (
            [row(), train(0)],
            {"examples": 2},
            r"options\.examples is 2, but 1 rows can be examples: they need 'split' train, .*; set examples to 0 or add such rows",
        ),
        ([row(split="valid")], {}, r"a row of CodeContests has 'valid' under 'split', but it must be train or test"),
        ([row(), row(description=None)], {}, r"test row 1 of CodeContests has no text under 'description'"),
        ([row(description=" \n")], {}, r"test row 0 of CodeContests has nothing under 'description'"),
        ([row(public_tests=None)], {}, r"test row 0 of CodeContests has no list of texts under 'public_tests\.input'"),
        ([row(private_tests={"input": []})], {}, r"test row 0 of CodeContests has no list of texts under 'private_tests\.output'"),
        ([row(generated_tests={"input": [1], "output": ["1"]})], {}, r"has no list of texts under 'generated_tests\.input'"),
        ([row(private_tests={"input": ["1", "2"], "output": ["1"]})], {}, r"has 2 inputs, but 1 outputs under 'private_tests'"),
        (
            [row(**dict.fromkeys(("public_tests", "private_tests", "generated_tests"), listed()))],
            {},
            r"has no test under .*: every program would pass",
        ),
        ([row(time_limit="2 seconds")], {}, r"test row 0 of CodeContests has limits that are none: 'time_limit' must be \{seconds, nanos\}"),
        ([row(time_limit={"seconds": "2", "nanos": 0})], {}, r"has limits that are none"),
        ([row(memory_limit_bytes="256 MB")], {}, r"has limits that are none"),
        ([{**train(0), "solutions": {"language": [3], "solution": []}}], {}, r"train row 0 of CodeContests has not as many numbers under"),
        ([{**train(0), "solutions": None}], {}, r"train row 0 of CodeContests has no list of texts under 'solutions\.solution'"),
    ],
)
def test_bad_rows_and_options_are_told_in_one_sentence(rows: list[Row], options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(rows, **{"examples": 0, **options})
    assert "\n" not in str(caught.value)


# The hub's rows


def test_the_hubs_rows_are_reduced_as_they_are_read(tmp_path: Path) -> None:
    """A folder of Parquet in the hub's layout, read by ``datasets`` as the hub is."""
    rows = {
        "train": [
            row(description="With one."),
            row(description=IMAGES[0]),
            row(solutions={"language": [2], "solution": [""]}),
            row(description="Two."),
        ],
        "test": [row(), row(description=IMAGES[0], solutions={"language": [3] * 9, "solution": [ECHO] * 9})],
    }
    (tmp_path / "data").mkdir()
    for split, table in rows.items():
        for part in range(2):  # files of a split in their order
            pq.write_table(
                pa.Table.from_pylist(table[part::2] if split == "test" else table[2 * part :][:2]),
                tmp_path / f"data/{split}-0000{part}-of-00002.parquet",
            )
    dataset = BENCHMARK.dataset
    assert dataset is not None and dataset.reduction and BENCHMARK.kept is kept
    found = reduced_rows(Dataset(str(tmp_path), dataset.subset, dataset.split, dataset.revision, None), kept)
    assert [(one["split"], one["description"]) for one in found] == [
        ("train", "With one."),
        ("train", "Two."),
        ("test", "Write the line."),
        ("test", IMAGES[0]),
    ]
    assert set(found[0]) == {"split", "name", "description", "solutions"}
    assert [len(one["solutions"]["solution"]) for one in found] == [1, 1, 2, GOLD]
    assert "incorrect_solutions" not in found[2]
    # Problems, and what the audit grades, are the same as those of the rows as they were.
    whole = [{"split": split, **one} for split, table in rows.items() for one in table]
    assert problems_of(found) == problems_of(whole)
    assert BENCHMARK.gold is not None
    assert (
        list(BENCHMARK.gold(found, {}))
        == list(BENCHMARK.gold(whole, {}))
        == [("CodeContests/0", f" ```{text}```") for text in (ECHO, "print(input(), end='')")]
    )


# Verdicts


def test_all_tests_count_in_their_order_until_the_first_that_fails() -> None:
    problem = problems_of([row()], examples=0)[0]
    texts = [f" ```{program}```" for program in (ECHO, "print('a')", "print(min(input(), 'c'))", "print('b')")]
    assert [(verdict.outcome, verdict.detail.partition(":")[0]) for verdict in verdicts(problem, texts)] == [
        ("passed", ""),
        ("failed", "test 2 of 4"),
        ("failed", "test 4 of 4"),
        ("failed", "test 1 of 4"),
    ]


@pytest.mark.parametrize("reading", ["paper", "robust"])
def test_real_submissions_get_the_verdicts_that_they_got(reading: str, kattis: list[Row]) -> None:
    """With the limits of their problems: of one right submission, which counts to 100 million for each line, the data say that it is slow."""
    for prompt, reference in problems_of(kattis, examples=0, grader=reading):
        one = kattis[int(prompt.problem_id.partition("/")[2])]
        right = [text for text in one["solutions"]["solution"] if "needless loop" not in text]
        found = verdicts((prompt, reference), [f" ```{text.strip()}```\nQ: " for text in [*right, *one["incorrect_solutions"]["solution"]]])
        assert [verdict.outcome for verdict in found] == ["passed"] * len(right) + ["failed"] * (len(found) - len(right)), found
        assert reference.limits == {"cpu_seconds": 12, "memory_mb": 245}


def test_gold_passes_but_for_the_solution_that_is_slow_on_purpose(kattis: list[Row]) -> None:
    assert BENCHMARK.gold is not None
    gold = list(BENCHMARK.gold(kattis, BENCHMARK.options))
    assert [name for name, _ in gold] == ["CodeContests/0", "CodeContests/0", "CodeContests/1", "CodeContests/2"]
    references = {reference.problem_id: reference for _, reference in problems_of(kattis, examples=0)}
    quick = [Sample(name, index, None, text) for index, (name, text) in enumerate(gold) if "needless loop" not in text]
    assert [verdict.outcome for verdict in GRADER.grade(quick, references, SETTINGS, QUIET)] == ["passed"] * 3


def test_a_problems_duplicate_programs_run_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    run_programs = programs.run_programs

    def counted(distinct: Any, *arguments: Any) -> Any:
        ran.append(len(distinct))
        return run_programs(distinct, *arguments)

    monkeypatch.setattr(programs, "run_programs", counted)
    problem = problems_of([row()], examples=0)[0]
    texts = [f" ```{ECHO}```", f"```python\n{ECHO}\n```", f"So:\n```\n{ECHO}  \n```\nThat is it.", ECHO, " ```print(1)```"] * 20
    outcomes = [verdict.outcome for verdict in verdicts(problem, texts)]
    assert ran == [2]
    assert outcomes == ["passed", "passed", "passed", "passed", "failed"] * 20


ABSURD = {
    "empty": "",
    "white space": " " * 10**6,
    "binary": "".join(map(chr, range(256))) * 4000,
    "lone surrogates": "```print('\udc80')```",
    "null bytes": "```\0```",
    "text": "a " * 500_000,
    "fences": "```" * 300_000,
    "fences with words": "```python\n" * 100_000,
    "a fence and spaces": "```" + " " * 10**6,
    "a fence and a word": "```" + "p" * 10**6,
    "spaces and ticks": ("`` " * 300_000) + "```",
    "brackets": "```" + "(" * 10**6 + "```",
    "signs": "```x = " + "-" * 10**6 + "1```",
    "a power of powers": "```print(10 ** 10 ** 10)```",
    "an endless line": "```while True: print(end='x' * 10**6)```",
    "LaTeX": "\\frac{" * 200_000,
    "no end": "```input()\nimport time\nwhile True: pass```",
}


@pytest.mark.parametrize("reading", ["paper", "robust"])
def test_absurd_answers_get_a_verdict(reading: str) -> None:
    problem = problems_of([row(time_limit=None, memory_limit_bytes=None)], examples=0, grader=reading)[0]
    found = verdicts(problem, list(ABSURD.values()))
    assert len(found) == len(ABSURD)
    outcomes = {kind: verdict.outcome for kind, verdict in zip(ABSURD, found, strict=True)}
    assert set(outcomes.values()) <= {"failed", "timeout", "memory", "no_answer"}, outcomes
    assert (outcomes["empty"], outcomes["no end"], outcomes["a power of powers"]) == ("no_answer", "timeout", "timeout")


def test_megabytes_of_tests_travel(tmp_path: Path) -> None:
    """Four of input and four of output in 20 tests, there and back through a file, for three programs."""
    lines = "\n".join(str(number) for number in range(30_000))
    numbered = [(f"{number}\n{lines}", f"{number}\n{lines}") for number in range(20)]
    write_references(tmp_path / "references.jsonl", [problems_of([row(generated_tests=listed(*numbered))], examples=0)[0][1]])
    assert (tmp_path / "references.jsonl").stat().st_size > 6 * 10**6
    (reference,) = read_references(tmp_path / "references.jsonl")
    texts = [
        "import sys\nprint(sys.stdin.read())",
        "import sys\nprint(*sys.stdin)",
        "import sys\nt = sys.stdin.read()\nprint(t[:-1] if t[:2] == '19' else t)",
    ]
    samples = [Sample(reference.problem_id, index, None, f"```{text}```") for index, text in enumerate(texts)]
    found = GRADER.grade(samples, {reference.problem_id: reference}, SETTINGS, QUIET)
    assert [(verdict.outcome, verdict.detail) for verdict in found] == [
        ("passed", ""),
        ("passed", ""),
        ("failed", "test 22 of 22: wrote 2999 where 29999 was expected"),
    ]


# Through the workflow


@pytest.fixture
def study(tmp_path: Path, kattis: list[Row]) -> Project:
    """The three real problems with their own submissions as recorded samples, in chat form and as completions."""
    project = Project.fresh(tmp_path / "project")
    write_jsonl(project.folder / "rows.jsonl", kattis)
    write_jsonl(
        project.folder / "samples.jsonl",
        [
            {"task_id": f"CodeContests/{number}", "completion": text}
            for number, one in enumerate(kattis)
            for right, wrong in [(one["solutions"]["solution"][0], (one["incorrect_solutions"]["solution"] or ["print('no')"])[0])]
            for text in (f" ```{right.strip()}```", f"```python\n{wrong}\n```", f"{right}\n1/0", f"```{right}")
        ],
    )
    benchmark = {
        "problems": 3,
        "samples": 4,
        "shard": {"problems": 2, "samples": 4},
        "options": {"examples": 0},
        "data": "rows.jsonl",
        "data_sha256": rows_sha256(kattis),
    }
    models = {"m": {"engine": "recorded", "samples": {"code_contests": "samples.jsonl"}}}
    (project.folder / "study.yaml").write_text(yaml.safe_dump({"run": "study", "models": models, "benchmarks": {"code_contests": benchmark}}))
    return project


def test_real_problems_go_all_the_way_and_another_reading_draws_nothing_again(study: Project) -> None:
    folder = study.folder / "results/study/code_contests/m"

    def outcomes() -> list[list[str]]:
        study.run("results/study/code_contests/m/repeated/counts.csv")
        found = [verdict for path in sorted((folder / "verdicts").glob("*.parquet")) for verdict in read_verdicts(path)]
        return [[verdict.outcome for verdict in found if verdict.problem_id == f"CodeContests/{number}"] for number in range(3)]

    # For the paper what writes the right thing and then fails has passed, and what is cut off has not; robustly it is the other way round.
    assert outcomes() == [["passed", "failed", "passed", "failed"]] * 3
    samples = {path: path.stat().st_mtime_ns for path in folder.glob("samples/*.parquet")}
    study.configure(lambda config: config["benchmarks"]["code_contests"]["options"].update(grader="robust"))
    assert outcomes() == [["passed", "failed", "failed", "passed"]] * 3
    assert len(samples) == 2 and samples == {path: path.stat().st_mtime_ns for path in samples}
