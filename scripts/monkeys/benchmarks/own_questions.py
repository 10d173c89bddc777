"""Questions of the user's own: a benchmark that is an entry of the configuration, without code.

The configuration names a file (or a data set of the hub) and its columns; the rows come with their places, so that an error message can name the line. Problem
``quiz/0`` is the first row of the entry ``quiz``, or has the name that a column gives it.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter, ascii_uppercase
from typing import Any

from monkeys.benchmarks import Benchmark, Problem, Row
from monkeys.errors import InputError, nearest
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

PLACE, FIELDS = "place", "row"
"""Keys of a row as it was fetched: where it stands in the file, and its columns."""

INSTRUCTIONS = {
    "numeric_answer": "Solve this problem step by step. End with the sentence: The answer is N, with a number for N.",
    "gsm8k_answer": "Solve this problem step by step. Write the answer, a number, behind #### in the last line.",
    "math_answer": "Solve this problem step by step. Put the final answer in \\boxed{}.",
    "exact_text": "Answer this question. End with the sentence: The answer is X, with the answer for X.",
    "multiple_choice": "Answer this question. End with the sentence: The answer is (X), with the letter of the right choice for X.",
    "input_output": "Write a Python program that solves this problem. It reads standard input and writes standard output. Write the whole program in one code block.",
    "python_tests": "Write the Python function {function}. Write the whole function in one code block.",
}
"""What stands before a question in a chat, by the grader, where the user has no template."""

TEXTS = ("numeric_answer", "gsm8k_answer", "math_answer", "exact_text", "multiple_choice")
"""Graders whose answers are texts or numbers."""
READINGS = {"gsm8k_answer": "robust", "math_answer": "verify"}
"""Of graders that read answers in several ways, the one for questions of the user's own."""

PROGRAM_STOPS = ["\nif __name__", "\nprint", "\nassert", "\n```"]
FUNCTION_STOPS = ["\nclass", "\ndef", "\n#", "\n@", "\nif", *PROGRAM_STOPS[1:]]
"""What ends a continuation that writes a function, or the body of one whose header it was given."""


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The rows as problems, in their order.

    Args:
        rows: each with ``place`` and ``row``.
        options: ``own``, the entry of the configuration: ``name``, ``data``, ``question``, ``answer``, ``grader``; where they are wanted ``choices``, ``id``,
            ``template`` (its text), ``stop``, ``function``, ``code``, ``difficulty``, ``group``.

    Raises:
        InputError: a row lacks a column, or what stands there does not fit; the message names file, line and column.
    """
    own: Mapping[str, Any] = options["own"]
    seen: dict[str, str] = {}
    for number, fetched in enumerate(rows):
        row = _Fields(own, fetched)
        name = f"{own['name']}/{number}" if "id" not in own else row.text("id").strip()
        if not name.isprintable():
            raise InputError(f"{row.at('id')} has {_shown(name)}, but must have a name without line breaks and control characters")
        if name in seen:
            raise InputError(f"{row.at('id')} has {name!r} again, which {seen[name]} has; every question needs a name of its own")
        seen[name] = fetched[PLACE]
        reference = _reference(row)
        question = row.text("question")
        yield _prompt(name, row, question, reference), Reference(name, reference, metadata=_metadata(row))


def places(rows: Sequence[Row], options: Mapping[str, Any]) -> list[str]:
    """Where the answer of each problem stands, for error messages."""
    own: Mapping[str, Any] = options["own"]
    return [_Fields(own, fetched).at("answer") for fetched in rows]


class _Fields:
    """The columns of one row, by the keys of the configuration that name them."""

    def __init__(self, own: Mapping[str, Any], fetched: Row) -> None:
        self.own, self.row, self._place = own, fetched[FIELDS], fetched[PLACE]

    def at(self, key: str, column: str | None = None) -> str:
        """Where a value stands: file, line and column."""
        return f"{self.own['data']}, {self._place}, column {column or self.own[key]!r}"

    def value(self, key: str, column: str | None = None) -> Any:
        """What stands in the column that a key names; a path of names leads into objects.

        Raises:
            InputError: the row has no such column.
        """
        name = column or self.own[key]
        if name in self.row:
            return self.row[name]
        value: Any = self.row
        for part in name.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise InputError(
                    f"{self.own['data']}, {self._place} lacks the column {name!r}, which benchmarks.{self.own['name']}.{key} names{nearest(name, self.row)};"
                    f" it has {', '.join(self.row) or 'none'}"
                )
            value = value[part]
        return value

    def text(self, key: str) -> str:
        """The text, or the number, in the column that a key names.

        Raises:
            InputError: there is none.
        """
        value = self.value(key)
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            raise InputError(f"{self.at(key)} has {_shown(value)}, but must have a text")
        return str(value)

    def parsed(self, key: str) -> Any:
        """What stands in a column that may hold a list or an object as JSON, as it has to in CSV."""
        value = self.value(key)
        if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
            try:
                return json.loads(value)
            except ValueError as error:
                raise InputError(f"{self.at(key)} has {_shown(value)}, which begins like JSON, but is none ({error}); correct it") from error
        return value

    def choices(self) -> list[Any]:
        """The texts of the choices: from one column with a list, or from one column each, empty ones left out."""
        named = self.own["choices"]
        if isinstance(named, list):
            found = [self.value("choices", column) for column in named]
            return [value for value in found if value is not None and str(value).strip()]
        value = self.parsed("choices")
        # As the hub's ARC and CommonsenseQA have them.
        if isinstance(value, Mapping) and isinstance(value.get("text"), list):
            value = value["text"]
        if not isinstance(value, list):
            raise InputError(
                f"{self.at('choices')} has {_shown(value)}, but must have a list of texts; columns of one choice each are named as a list"
            )
        return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}..."


def _metadata(row: _Fields) -> dict[str, Any]:
    """What analysis may group by: a number under ``difficulty``, a word under ``group``."""
    found: dict[str, Any] = {"group": row.text("group")} if "group" in row.own else {}
    if "difficulty" in row.own:
        value = row.value("difficulty")
        try:
            found["difficulty"] = value if isinstance(value, int | float) and not isinstance(value, bool) else float(str(value))
        except ValueError:
            raise InputError(f"{row.at('difficulty')} has {_shown(value)}, but must have a number") from None
        if not math.isfinite(found["difficulty"]):
            raise InputError(f"{row.at('difficulty')} has {_shown(value)}, but must have a number")
    return found


def _reference(row: _Fields) -> dict[str, Any]:
    """What the grader needs. An object under ``answer`` is the whole reference, with the grader's own fields."""
    grader = row.own["grader"]
    # A text such as [0, 1) only looks like JSON.
    answer = row.value("answer") if grader in TEXTS else row.parsed("answer")
    if grader == "python_tests":
        return _function_tests(row, answer)
    if grader == "input_output":
        return {"tests": _pairs(row, answer)} | ({"grader": answer["grader"]} if isinstance(answer, dict) and "grader" in answer else {})
    if isinstance(answer, dict):
        return answer
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        raise InputError(f"{row.at('answer')} is empty, but must have the right answer")
    if grader in READINGS:
        return {"answer": answer, "grader": READINGS[grader]}
    if grader == "numeric_answer":
        return {"answer": str(answer)}
    if grader == "multiple_choice":
        return {"answer": answer} | ({"options": row.choices()} if "choices" in row.own else {})
    return {"answer": answer}


def _pairs(row: _Fields, answer: Any) -> Any:
    """Tests of a program as pairs of input and output. Two lists, as APPS and CodeContests have them, are put together."""
    if isinstance(answer, dict):
        given, expected = (next((answer[name] for name in names if name in answer), None) for names in (("inputs", "input"), ("outputs", "output")))
        if "tests" in answer:
            return answer["tests"]
        if isinstance(given, list) and isinstance(expected, list):
            if len(given) != len(expected):
                raise InputError(f"{row.at('answer')} has {len(given)} inputs and {len(expected)} outputs, but must have one output for each input")
            return [list(pair) for pair in zip(given, expected, strict=True)]
        return answer
    if isinstance(answer, list):
        return [[one.get("input"), one.get("output")] if isinstance(one, dict) else one for one in answer]
    return answer


def _function_tests(row: _Fields, answer: Any) -> dict[str, Any]:
    """Tests of a function: a function ``check(candidate)``, or assertions, as a text or a list."""
    if isinstance(answer, dict):
        return answer
    lines = answer if isinstance(answer, list) else [answer]
    if not lines or not all(isinstance(line, str) and line.strip() for line in lines):
        raise InputError(f"{row.at('answer')} has {_shown(answer)}, but must have assertions, or a function check(candidate)")
    tests = "\n".join(line.strip("\n") for line in lines)
    function = row.text("function").strip() if "function" in row.own else _tested(row, tests)
    if not re.search(r"^def check\(", tests, re.MULTILINE):
        # The argument has the function's own name, by which the assertions call it.
        tests = f"def check({function}):\n" + "".join(f"    {line}\n" for line in tests.splitlines())
    code = row.text("code") if row.own.get("code") else ""
    return {"prompt": code and code.rstrip("\n") + "\n", "test": tests, "entry_point": function}


def _tested(row: _Fields, tests: str) -> str:
    found = list(dict.fromkeys(re.findall(r"^\s*assert\s+(?:not\s+)?\(*([A-Za-z_]\w*)\s*\(", tests, re.MULTILINE)))
    if len(found) != 1:
        raise InputError(
            f"{row.at('answer')} has tests that call {', '.join(found) or 'no function'} behind assert; name the column with the function's name"
            f" in benchmarks.{row.own['name']}.function"
        )
    return str(found[0])


def lettered(choices: Sequence[Any]) -> str:
    """The choices as lines: A) Paris."""
    return "\n".join(f"{letter}) {choice}" for letter, choice in zip(ascii_uppercase, choices, strict=False))


def _prompt(name: str, row: _Fields, question: str, reference: Mapping[str, Any]) -> Prompt:
    """How a model is asked: by the user's template, or by the grader's own instruction in a chat and as question and answer in a completion."""
    grader, choices = row.own["grader"], reference.get("options")
    if "template" in row.own:
        text = _filled(row, {"question": question, "choices": lettered(choices) if isinstance(choices, list) else None})
        return Prompt(name, text, [{"role": "user", "content": text}], list(row.own.get("stop", ())))
    asked = question if not isinstance(choices, list) else f"{question}\n\n{lettered(choices)}"
    code = str(reference.get("prompt", "")) if grader == "python_tests" else ""
    instruction = INSTRUCTIONS.get(grader, "").replace("{function}", str(reference.get("entry_point")))
    chat = "\n\n".join(part for part in (instruction, asked, f"```python\n{code}```" if code else "") if part)
    if grader == "python_tests":
        # A completion is a program: the question as a comment, then the code that the answer goes on from, or else the whole function.
        commented = "".join(f"# {line}".rstrip() + "\n" for line in asked.splitlines())
        stop = row.own.get("stop", FUNCTION_STOPS if code else PROGRAM_STOPS)
        return Prompt(name, (commented + code).rstrip(), [{"role": "user", "content": chat}], list(stop))
    return Prompt(name, f"Question: {asked}\nAnswer:", [{"role": "user", "content": chat}], list(row.own.get("stop", ["\nQuestion:"])))


def _filled(row: _Fields, own: Mapping[str, str | None]) -> str:
    """The template with what its names stand for: the question, the choices, and columns of the row."""
    words = []
    for text, name, _, _ in template_parts(row.own["template"], row.own["name"]):
        value = "" if name is None else own[name] if own.get(name) is not None else row.value("template", name)
        words += [text, str(value)]
    return "".join(words).rstrip("\n")


def template_parts(template: str, benchmark: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """The parts of a template: texts, each with the name in braces behind it.

    Raises:
        InputError: braces do not pair up, or hold no plain name.
    """
    key = f"config key benchmarks.{benchmark}.template"
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise InputError(f"{key} cannot be read ({error}); a brace that stands for itself is written twice, as in \\boxed{{{{}}}}") from error
    for _, name, form, conversion in parts:
        if name is not None and (not name or form or conversion):
            raise InputError(
                f"{key} has {{{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}}}, but braces hold the name of a column, question or choices;"
                " a brace that stands for itself is written twice"
            )
    return parts


BENCHMARK = Benchmark(name="own_questions", title="", version=1, grader="", problems=problems, places=places)
