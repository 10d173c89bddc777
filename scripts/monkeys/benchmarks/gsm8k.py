"""GSM8K: word problems of grade school (Cobbe et al. 2021, arXiv 2110.14168), asked as in Large Language Monkeys (arXiv 2407.21787).

Problems are in the order of that paper's own draw, so the first 127 are those whose samples its authors released. Problem ``GSM8K/91`` is row 91 of
the test split.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, CrossCheck, Dataset, Problem, Row, chosen_examples, chosen_option
from monkeys.errors import InputError
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

TRAIN_ROWS = 7473
TEST_ROWS = 1319
SHOTS = 5

# Johnny loses $5, wins $11 and loses 1.5 times as much, $16.50: $3.50 a race. The key says 3. The paper's authors left it out of what they released.
WRONG_KEY = 1042

GRADERS = ("paper", "robust")

INSTRUCTION = "Solve this problem step by step. Write the answer, a number, behind #### in the last line."

STOP = ["Q:", "Question:"]

_KEY = re.compile(r"^#### (-?[0-9,.]*[0-9])\s*\Z", re.MULTILINE)


def paper_draw() -> tuple[list[int], list[list[int]]]:
    """Rows of the test split in the paper's order, and for each row of it (by number) those of the train split that are its shots.

    As the released code draws them, with its default seed: shots for one test row after the other, then the shuffle, of
    which the paper takes the first 128. They are the 127 rows of the released samples and row 1042. The same code gives all 128 problems of MATH,
    so the shots will be the paper's as well.
    """
    rng = random.Random(0)
    shots = [rng.sample(range(TRAIN_ROWS), SHOTS) for _ in range(TEST_ROWS)]
    order = list(range(TEST_ROWS))
    rng.shuffle(order)
    return order, shots


def _text(rows: Sequence[Row], number: int, column: str) -> str:
    text = rows[number].get(column)
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{_place(number)} of GSM8K has no text under {column!r}; each row needs question and answer")
    return text


def _place(number: int) -> str:
    return f"train row {number}" if number < TRAIN_ROWS else f"test row {number - TRAIN_ROWS}"


def _key(rows: Sequence[Row], number: int) -> tuple[str, int]:
    """The right answer of a row, and how many lines its solution has."""
    answer = _text(rows, number, "answer")
    found = _KEY.search(answer)
    if found is None:
        raise InputError(f"{_place(number)} of GSM8K ends in {answer[-40:]!r}, but the last line of an answer must be #### and a number")
    return found[1], sum(1 for line in answer[: found.start()].splitlines() if line.strip())


def _question(text: str) -> dict[str, str]:
    return {"role": "user", "content": f"{INSTRUCTION}\n\n{text}"}


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The test split as problems; the first ``examples`` of a problem's own shots precede it, with GSM8K's calculator annotations.

    A problem's difficulty is the number of lines of its solution.

    Args:
        rows: the train split, then the test split.
        options: ``examples``; ``grader``, which the references hand on; ``wrong_key``, whether the row whose key is wrong stays in.

    Raises:
        InputError: an option has no such value, there are more or fewer rows, or one of them lacks its question or its answer.
    """
    chosen_examples("gsm8k", options, range(SHOTS))
    grader = chosen_option("gsm8k", options, "grader", GRADERS)
    wrong_key = chosen_option("gsm8k", options, "wrong_key", (True, False))
    if len(rows) != TRAIN_ROWS + TEST_ROWS:
        raise InputError(
            f"GSM8K has {len(rows)} rows here, but needs the {TRAIN_ROWS} of its train split and then the {TEST_ROWS} of its test split in one file:"
            " cat train.jsonl test.jsonl"
        )
    order, shots = paper_draw()
    for number in order:
        if number == WRONG_KEY and not wrong_key:
            continue
        name = f"GSM8K/{number}"
        question = _text(rows, TRAIN_ROWS + number, "question")
        answer, lines = _key(rows, TRAIN_ROWS + number)
        examples = [(_text(rows, shot, "question"), _text(rows, shot, "answer")) for shot in chosen_examples("gsm8k", options, shots[number])]
        front = "".join(f"Question: {asked}\nAnswer: {solution}\n\n" for asked, solution in examples)
        turns = [message for asked, solution in examples for message in (_question(asked), {"role": "assistant", "content": solution})]
        prompt = Prompt(name, f"{front}Question: {question}\nAnswer:", [*turns, _question(question)], STOP)
        yield prompt, Reference(name, {"answer": answer, "grader": grader}, metadata={"difficulty": lines})


def gold(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The test split's own solutions."""
    for number in range(len(rows) - TRAIN_ROWS):
        yield f"GSM8K/{number}", " " + _text(rows, TRAIN_ROWS + number, "answer")


BENCHMARK = Benchmark(
    name="gsm8k",
    title="GSM8K",
    version=1,
    grader="gsm8k_answer",
    problems=problems,
    size=lambda options: 1318 + bool(options["wrong_key"]),
    dataset=Dataset(
        hub="openai/gsm8k",
        subset="main",
        # Shots come from the one, problems from the other: rows of both in one file, in this order.
        split="train+test",
        # As others pin it and as public caches of the hub's table are named; not seen at the hub itself from here, so the hash has the last word.
        revision="cc7b047b6e5bb11b4f1af84efc572db110a51b3c",
        # Of the released train.jsonl and test.jsonl, one behind the other. The hub's table has as many rows and bytes in each split (3,963,202 and
        # 713,732).
        rows_sha256="ad5783508f45b9115c301719830326dd08718be325ac81f5ac9b5f9284e98f5a",
    ),
    options={"examples": SHOTS, "grader": "paper", "wrong_key": False},
    gold=gold,
    cross_check=CrossCheck(options={"grader": "robust"}),
)
