"""CodeContests: programming contests' problems (Li et al. 2022, arXiv 2203.07814), asked as in Large Language Monkeys (arXiv 2407.21787).

Only problems without an image in their description: 140 of the 165 of the test split. ``CodeContests/7`` is row 7 of that split, images counted, so
the names are those of the paper's released samples (``orig_dset_idx``).

A row's column ``split`` says whether it is ``train``, from which solved examples are drawn, or ``test``, as a row without the column is. Files of fewer
rows make fewer problems.

All tests count: public, then private, then generated ones. Some problems have several right outputs for an input, of which the tests know one: the paper
found that 35 of 122 problems have solutions, called right by the data set, that fail. The audit of gold solutions shows which.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, CrossCheck, Dataset, Problem, Row, chosen_examples, chosen_option
from monkeys.errors import InputError
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

SHOTS = 2
IMAGES = ("<image>", "[Image]")
PYTHON3 = 3
"""Its number among the data set's languages (0 unknown, 1 Python 2, 2 C++, 4 Java)."""

GRADERS = ("paper", "robust")

# Seconds beyond a problem's own limit, for Python's start and the machine. The paper's are wall time; here they are CPU time, which no load changes.
EXTRA_SECONDS = 10

GOLD = 3
"""Right solutions kept of each problem."""

# Word for word the paper's, as prompts of its samples are to be the same.
INSTRUCTION = (
    "Write python code to solve the following coding problem that obeys the constraints and passes the example test cases. The output code needs to read"
    " from and write to standard IO. Please wrap your code answer using ```:"
)

STOP = ["Q:", "Question:"]

_TESTS = ("public_tests", "private_tests", "generated_tests")


def _has_image(row: Row, place: str) -> bool:
    return any(tag in _description(row, place) for tag in IMAGES)


def _description(row: Row, place: str) -> str:
    text = row.get("description")
    if not isinstance(text, str):
        raise InputError(f"{place} of CodeContests has no text under 'description'")
    return text


def _texts(row: Row, column: str, field: str, place: str) -> list[str]:
    lists = row.get(column)
    texts = lists.get(field) if isinstance(lists, Mapping) else None
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise InputError(f"{place} of CodeContests has no list of texts under {f'{column}.{field}'!r}")
    return texts


def _tests(row: Row, place: str) -> list[tuple[str, str]]:
    """Inputs and what is to be written, in the paper's order."""
    found: list[tuple[str, str]] = []
    for column in _TESTS:
        given, expected = _texts(row, column, "input", place), _texts(row, column, "output", place)
        if len(given) != len(expected):
            raise InputError(f"{place} of CodeContests has {len(given)} inputs, but {len(expected)} outputs under {column!r}")
        found += zip(given, expected, strict=True)
    if not found:
        raise InputError(f"{place} of CodeContests has no test under {', '.join(_TESTS)}: every program would pass")
    return found


def _python3(row: Row, place: str) -> list[str]:
    """Right solutions in Python 3, those of ASCII alone, as the paper takes them."""
    texts = _texts(row, "solutions", "solution", place)
    languages = row["solutions"].get("language")
    if not isinstance(languages, list) or len(languages) != len(texts):
        raise InputError(f"{place} of CodeContests has not as many numbers under 'solutions.language' as texts under 'solutions.solution'")
    return [text.strip() for language, text in zip(languages, texts, strict=True) if language == PYTHON3 and text.isascii()]


def _limits(row: Row, place: str) -> dict[str, int]:
    """A problem's limits, which hold where they exceed the study's; where the data set has none (null or 0), the study's alone hold.

    The paper knew no limit of memory (it asked for 2 TB), and a sandbox counts the interpreter, which the problem's limit does not mean.
    """
    time, memory = row.get("time_limit") or {}, row.get("memory_limit_bytes") or 0
    try:
        seconds = time.get("seconds", 0) + time.get("nanos", 0) / 10**9
        found = {"cpu_seconds": math.ceil(seconds + EXTRA_SECONDS) if seconds else 0, "memory_mb": math.ceil(memory / 2**20)}
    except (AttributeError, TypeError) as error:
        raise InputError(
            f"{place} of CodeContests has invalid limits: 'time_limit' must be {{seconds, nanos}} and 'memory_limit_bytes' a number"
        ) from error
    return {name: value for name, value in found.items() if value}


def reduce_row(split: str, row: Row) -> Row | None:
    """What is kept of a row of the hub, which has 19 GB of them: of train, a solution of each problem that can be an example; of test, everything
    but wrong solutions, and of right ones those that ``gold`` gives."""
    place = f"a {split} row"
    if split == "train":
        solutions = [] if _has_image(row, place) else _python3(row, place)[:1]
        columns = ["name", "description"] if solutions else []
    else:
        solutions = _python3(row, place)[:GOLD]
        columns = [column for column in row if column not in ("solutions", "incorrect_solutions", "untranslated_description")]
    if not columns:
        return None
    return {
        "split": split,
        **{column: row[column] for column in columns},
        "solutions": {"language": [PYTHON3] * len(solutions), "solution": solutions},
    }


def _parted(rows: Sequence[Row]) -> tuple[list[tuple[str, str]], list[tuple[int, Row]]]:
    """Solved examples, as (description, solution), and the problems with their numbers; images nowhere."""
    examples: list[tuple[str, str]] = []
    problems: list[tuple[int, Row]] = []
    numbers = {"train": 0, "test": 0}
    for row in rows:
        split = row.get("split", "test")
        if split not in numbers:
            raise InputError(f"a row of CodeContests has {split!r} under 'split', but it must be train or test")
        number = numbers[split]
        numbers[split] += 1
        place = f"{split} row {number}"
        if _has_image(row, place):
            continue
        if split == "test":
            if not row["description"].strip():
                raise InputError(f"{place} of CodeContests has nothing under 'description'")
            problems.append((number, row))
        elif solutions := _python3(row, place):
            examples.append((row["description"], solutions[0]))
    return examples, problems


def paper_order(problems: int, examples: int) -> tuple[list[int], list[list[int]]]:
    """The paper's order of problems, and for each of them, by its number before, the numbers of its examples.

    As the released code draws them, with its default seed: examples for one problem after the other, then the shuffle.
    So the order, too, depends on how many examples there are to draw from.
    """
    rng = random.Random(0)
    shots = [rng.sample(range(examples), min(SHOTS, examples)) for _ in range(problems)]
    order = list(range(problems))
    rng.shuffle(order)
    return order, shots


def _asked(description: str) -> str:
    return f"{INSTRUCTION}\n{description}"


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The test rows as problems, the first ``examples`` of a problem's own shots in front of it.

    A problem's difficulty is its rating at Codeforces, where it has one. Programs read standard input whatever ``input_file`` says, as the prompt
    has it.

    Args:
        rows: train and test rows, in the data set's order.
        options: ``examples``; ``grader``, which the references hand on.

    Raises:
        InputError: an option has no such value, there are too few examples, or a row lacks its description or its tests.
    """
    count = len(chosen_examples("code_contests", options, range(SHOTS)))
    grader = chosen_option("code_contests", options, "grader", GRADERS)
    solved, unsolved = _parted(rows)
    if len(solved) < count:
        raise InputError(
            f"config key benchmarks.code_contests.options.examples is {count}, but {len(solved)} rows can be examples: they need 'split' train,"
            " a description without an image and a solution in Python 3; set examples to 0 or add such rows"
        )
    order, shots = paper_order(len(unsolved), len(solved))
    for position in order:
        number, row = unsolved[position]
        name, place = f"CodeContests/{number}", f"test row {number}"
        examples = [solved[shot] for shot in shots[position][:count]]
        front = "".join(f"Q: {_asked(description)}\nA: ```{solution}```\n" for description, solution in examples)
        turns = [
            message
            for description, solution in examples
            for message in ({"role": "user", "content": _asked(description)}, {"role": "assistant", "content": f"```python\n{solution}\n```"})
        ]
        question = _asked(row["description"])
        rating = row.get("cf_rating")
        yield (
            Prompt(name, f"{front}Q: {question}\nA:", [*turns, {"role": "user", "content": question}], STOP),
            Reference(name, {"tests": _tests(row, place), "grader": grader}, _limits(row, place), {"difficulty": rating} if rating else {}),
        )


def gold(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The first right solutions in Python 3 of each problem that has any, as the examples of a prompt are written."""
    for number, row in _parted(rows)[1]:
        for solution in _python3(row, f"test row {number}")[:GOLD]:
            yield f"CodeContests/{number}", f" ```{solution}```"


BENCHMARK = Benchmark(
    name="code_contests",
    title="CodeContests",
    version=1,
    grader="input_output",
    problems=problems,
    size=lambda _options: 140,
    dataset=Dataset(
        hub="deepmind/code_contests",
        subset=None,
        split="train+test",
        # As many others pin it, the hub's only version since June 2023: 13,328 rows of train and 165 of test. Neither the hub nor a copy of its rows
        # with their tests could be seen from here, so the hash of what ``reduce_row`` leaves of them is not known.
        revision="802411c3010cb00d1b05bad57ca77365a3c699d6",
        rows_sha256=None,
        reduction=1,
    ),
    options={"examples": SHOTS, "grader": "paper"},
    gold=gold,
    cross_check=CrossCheck(options={"grader": "robust"}),
    reduce_row=reduce_row,
)
