r"""MATH: competition mathematics (Hendrycks et al. 2021, arXiv 2103.03874), asked as in Large Language Monkeys (arXiv 2407.21787).

Problems are in the order of that paper's own draw, so the first 128 are those that it reports. Problem ``MATH/82`` is row 82 of the test split. MATH-500,
AIME 2024 and AMC 2023 are asked in the same way, by this module's functions.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, CrossCheck, Dataset, Problem, Row, chosen_examples, chosen_option
from monkeys.errors import InputError
from monkeys.formats.latex import last_boxed
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

TRAIN_ROWS = 7500
TEST_ROWS = 5000

DRAWN = 5
"""Train rows that the released code draws for each test row, though its prompt has none of them."""

# Minerva's prompt, of MATH's train split (Lewkowycz et al. 2022, arXiv 2206.14858, appendix D), as the released code has it, with the brace too many.
EXAMPLES = [
    (
        r"Find the domain of the expression  $\frac{\sqrt{x-2}}{\sqrt{5-x}}$.}",
        r"The expressions inside each square root must be non-negative. Therefore, $x-2 \ge 0$, so $x\ge2$, and $5 - x \ge 0$, so $x \le 5$. Also, the"
        r" denominator cannot be equal to zero, so $5-x>0$, which gives $x<5$. Therefore, the domain of the expression is $\boxed{[2,5)}$.",
        "[2,5)",
    ),
    (
        r"If $\det \mathbf{A} = 2$ and $\det \mathbf{B} = 12,$ then find $\det (\mathbf{A} \mathbf{B}).$",
        r"We have that $\det (\mathbf{A} \mathbf{B}) = (\det \mathbf{A})(\det \mathbf{B}) = (2)(12) = \boxed{24}.$",
        "24",
    ),
    (
        "Terrell usually lifts two 20-pound weights 12 times. If he uses two 15-pound weights instead, how many times must Terrell lift them in order to"
        " lift the same total weight?",
        r"If Terrell lifts two 20-pound weights 12 times, he lifts a total of $2\cdot 12\cdot20=480$ pounds of weight.  If he lifts two 15-pound weights"
        r" instead for $n$ times, he will lift a total of $2\cdot15\cdot n=30n$ pounds of weight.  Equating this to 480 pounds, we can solve for $n$:"
        "\n\\begin{align*}\n30n&=480\\\\\n\\Rightarrow\\qquad n&=480/30=\\boxed{16}\n\\end{align*}",
        "16",
    ),
    (
        "If the system of equations\n\n\\begin{align*}\n6x-4y&=a,\\\\\n6y-9x &=b.\n\\end{align*}has a solution $(x, y)$ where $x$ and $y$ are both nonzero,\n"
        r"find $\frac{a}{b},$ assuming $b$ is nonzero.",
        "If we multiply the first equation by $-\\frac{3}{2}$, we obtain\n\n$$6y-9x=-\\frac{3}{2}a.$$Since we also know that $6y-9x=b$, we have\n\n"
        r"$$-\frac{3}{2}a=b\Rightarrow\frac{a}{b}=\boxed{-\frac{2}{3}}.$$",
        r"-\frac{2}{3}",
    ),
]

INSTRUCTION = (
    r"Solve this problem step by step. Put the answer into \boxed{} and say it again in a last line like this:"
    " Final Answer: The final answer is $ANSWER$. I hope it is correct."
)

STOP = ["Problem:"]

GRADERS = ("verify", "minerva")

OPTIONS = {"examples": len(EXAMPLES), "grader": "verify"}

CROSS_CHECK = CrossCheck(options={"grader": "minerva"})

_LEVEL = re.compile(r"Level ([1-5])")


def paper_order() -> list[int]:
    """Rows of the test split in the paper's order.

    As the released code makes it, with its default seed: it draws five rows of the train split for each test row, which its
    prompt then leaves out, and shuffles. The first 128 are the 128 of which counts are published.
    """
    rng = random.Random(0)
    for _ in range(TEST_ROWS):
        rng.sample(range(TRAIN_ROWS), DRAWN)
    order = list(range(TEST_ROWS))
    rng.shuffle(order)
    return order


def text_of(row: Row, column: str, place: str) -> str:
    """The text in a column of a row, of which ``place`` says where it is.

    Raises:
        InputError: there is none.
    """
    text = row.get(column)
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{place} has no text under {column!r}, which each row needs")
    return text


def solved(solution: str, answer: str) -> str:
    """A solution as the prompt's examples have theirs, with the answer in the sentence that Minerva's grader looks for."""
    return f"{solution}\nFinal Answer: The final answer is ${' '.join(answer.split())}$. I hope it is correct."


def _question(text: str) -> dict[str, str]:
    return {"role": "user", "content": f"{INSTRUCTION}\n\n{text}"}


def problem(benchmark: str, name: str, text: str, answer: str, options: Mapping[str, Any], metadata: Mapping[str, Any]) -> Problem:
    """A problem behind the first ``examples`` of Minerva's, and its answer for the ``grader``.

    Raises:
        InputError: an option has no such value.
    """
    grader = chosen_option(benchmark, options, "grader", GRADERS)
    examples = [(asked, solved(solution, said)) for asked, solution, said in chosen_examples(benchmark, options, EXAMPLES)]
    front = "".join(f"Problem:\n{asked}\n\nSolution:\n{solution}\n\n" for asked, solution in examples)
    turns = [message for asked, solution in examples for message in (_question(asked), {"role": "assistant", "content": solution})]
    prompt = Prompt(name, f"{front}Problem:\n{text}\n\nSolution:", [*turns, _question(text)], STOP)
    return prompt, Reference(name, {"answer": answer, "grader": grader}, metadata=dict(metadata))


def contest_problems(
    benchmark: str,
    contest: str,
    rows: Sequence[Row],
    options: Mapping[str, Any],
    parts: Callable[[Sequence[Row], int], tuple[str, int, str]],
) -> Iterator[Problem]:
    """The rows of a contest as problems, in their order.

    Args:
        benchmark: its name.
        contest: its name in error messages.
        rows: of the data set.
        options: of the benchmark.
        parts: of the rows and a row's number, the problem's name, its number in its paper, which is its difficulty, and its answer.

    Raises:
        InputError: an option has no such value, or a row lacks what it needs.
    """
    for number, row in enumerate(rows):
        name, place, answer = parts(rows, number)
        yield problem(benchmark, name, text_of(row, "problem", f"row {number} of {contest}"), answer, options, {"difficulty": place})


def _answer(rows: Sequence[Row], number: int) -> str:
    answer = last_boxed(text_of(rows[number], "solution", f"test row {number} of MATH"))
    if answer is None or not answer.strip():
        raise InputError(f"test row {number} of MATH has no \\boxed{{}} under 'solution', which is where its answer is")
    return answer


def checked(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows, if they are as many as MATH's.

    Raises:
        InputError: they are not.
    """
    if len(rows) != TEST_ROWS:
        raise InputError(f"MATH has {len(rows)} rows here, but needs the {TEST_ROWS} of its test split, in their order")
    return rows


def problems_of_rows(benchmark: str, rows: Sequence[Row], numbers: Sequence[int], options: Mapping[str, Any]) -> Iterator[Problem]:
    """Some rows of the test split as problems; the level is a problem's difficulty.

    Raises:
        InputError: an option has no such value, there are more or fewer rows, or one of them lacks what it needs.
    """
    checked(rows)
    for number in numbers:
        place = f"test row {number} of MATH"
        level = text_of(rows[number], "level", place)
        if (found := _LEVEL.fullmatch(level)) is None:
            raise InputError(f"{place} has {level!r} under 'level', but must have 'Level 1' to 'Level 5'")
        metadata = {"difficulty": int(found[1]), "subject": text_of(rows[number], "type", place)}
        yield problem(benchmark, f"MATH/{number}", text_of(rows[number], "problem", place), _answer(rows, number), options, metadata)


def gold_of_rows(rows: Sequence[Row], numbers: Sequence[int]) -> Iterator[tuple[str, str]]:
    """The data set's own solutions of some rows, as completions of their prompts."""
    checked(rows)
    return ((f"MATH/{number}", f" {solved(rows[number]['solution'], _answer(rows, number))}") for number in numbers)


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The test split, in the paper's order."""
    return problems_of_rows("math", rows, paper_order(), options)


def gold(rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The data set's own solutions."""
    return gold_of_rows(rows, paper_order())


DATASET = Dataset(
    # A copy of what the paper fetched, hendrycks/competition_math, which is not to be had any more.
    hub="DigitalLearningGmbH/MATH-lighteval",
    subset="default",
    split="test",
    # As others pin it; not seen at the hub itself from here, so the hash has the last word.
    revision="0530c78699ea5e8eb5530600900e1f328b48acad",
    # Of ToRA's test.jsonl without its column idx. The hub's tables of single subjects have as many rows and bytes (algebra: 1,187 and 648,291); that
    # this one has the subjects in the same order, which the published counts are numbered by, is to be expected and was not seen.
    rows_sha256="6477f167ba74f1b9cb3536aa4e851d3e579238476799d13e6cf38108561f7447",
)

BENCHMARK = Benchmark(
    name="math",
    title="MATH",
    version=1,
    grader="math_answer",
    problems=problems,
    size=lambda _options: 5000,
    dataset=DATASET,
    options=OPTIONS,
    gold=gold,
    cross_check=CROSS_CHECK,
)
