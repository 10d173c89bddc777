"""Tests that a model wrote, never the benchmark's: samples are executed on them in the sandbox, and scored by what they do.

- ``method: codet`` (Chen et al. 2022, arXiv 2207.10397): samples that pass the same tests are a group, whose score is sqrt(samples) x tests passed.
- ``mbr_exec`` (Shi et al. 2022, arXiv 2204.11454): how many samples return the same as this one on every input.
- ``passed``: the share of the tests that the sample passes.

Samples that do the same on every input also share an answer class, on which programs can vote. Groups are counted within a shard, so a problem's samples
should be in one (shard.samples at least samples).

Tests come from a model (``weights``), which ``scripts/write_tests.py`` asks for them (``scorers/test_writing.py``), or from a file of one's own (``tests``:
JSON Lines with problem_id and tests, a list of texts). Of what it writes only comparisons of a call with a value count, both literals
(``formats/assertions.py``): the first ``per_text`` of each text, each once. Floating-point results count as the same to 9 significant digits.
"""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.errors import InfrastructureError, InputError
from monkeys.files import read_jsonl
from monkeys.formats.assertions import Case, assertions
from monkeys.graders.python_tests import program_text
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.score import Score, significant
from monkeys.sandbox import Execute, Execution, FunctionTests, Sandbox, run_programs
from monkeys.scorers import Settings, Task, one_of
from monkeys.scorers.test_writing import OPTIONS, function_name, stub_of

NEEDS = "weights or file, sandbox"
"""The script that scores is given the file, which the other script makes where there are weights."""
__all__ = ["NEEDS", "OPTIONS", "check", "open_scorer"]

CHUNK = 32
"""Cases that one execution answers: as many as the 200 characters hold that the sandbox passes on of an exception."""
PATIENCE = 3
"""Cases at which a program may run into its limits, one by one, before the rest is taken to do so as well."""
BAD = "-----"
CHECK = """
import copy, hashlib


class Found(Exception):
    pass


def canonical(value):
    kind = type(value)
    if kind is float:
        return "%.9g" % value
    if kind in (list, tuple):
        return "%s(%s)" % (kind.__name__, ",".join(map(canonical, value)))
    if kind in (set, frozenset):
        return "set(%s)" % ",".join(sorted(map(canonical, value)))
    if kind is dict:
        return "dict(%s)" % ",".join(sorted(canonical(key) + ":" + canonical(item) for key, item in value.items()))
    if value is None or kind in (bool, int, str, bytes, complex):
        return repr(value)
    return "object"


def check(candidate):
    words = []
    for arguments, keywords, expected in CASES:
        try:
            value = candidate(*copy.deepcopy(arguments), **copy.deepcopy(keywords))
            text = canonical(value)
            passed = text == canonical(expected) or text != "object" and value == expected
        except (Exception, RecursionError) as error:
            text, passed = "raises " + type(error).__name__, False
        words.append(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:5] + "01"[passed])
    raise Found("".join(words))
"""


def check(options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""
    one_of(options, "method", ["codet", "mbr_exec", "passed"])
    one_of(options, "response_format", ["chat", "completion"])
    for key in ("texts", "per_text", "most_tests"):
        if isinstance(options[key], bool) or not isinstance(options[key], int) or options[key] < 1:
            raise InputError(f"{key} is {options[key]!r}, but must be a whole number from 1")
    if bool(options["weights"]) == bool(options["tests"]):
        raise InputError("tests and weights must not both be given or both be missing: tests come from a file (tests) or from a model (weights)")


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A program on some inputs. Its output is a word of six characters a case: five of a hash of what it returned or raised, and whether that was expected.

    The outcome is always passed, unless the machinery failed.
    """

    program: str
    entry_point: str
    cases: tuple[Case, ...]
    cpu_seconds: int
    memory_mb: int

    def run(self, execute: Execute) -> Execution:
        """Chunk after chunk; where a chunk runs into a limit, case after case."""
        words, seconds, stopped = [], 0.0, 0
        for first in range(0, len(self.cases), CHUNK):
            chunk = self.cases[first : first + CHUNK]
            execution = execute(self._tests(chunk))
            seconds += execution.cpu_seconds
            found = _words(execution, len(chunk))
            if found is None and execution.outcome in ("timeout", "memory"):
                found = []
                for case in chunk:
                    if stopped >= PATIENCE:
                        found.append(BAD + "0")
                        continue
                    alone = execute(self._tests((case,)))
                    seconds += alone.cpu_seconds
                    word = _words(alone, 1)
                    stopped += word is None
                    found += word or [BAD + "0"]
            words += found if found is not None else [BAD + "0"] * len(chunk)
        return Execution("passed", "", seconds, "".join(words))

    def _tests(self, cases: Sequence[Case]) -> FunctionTests:
        values = ",\n".join(f"({case.arguments}, {case.keywords}, {case.expected})" for case in cases)
        return FunctionTests(self.program, f"CASES = [\n{values},\n]\n{CHECK}", self.entry_point, self.cpu_seconds, self.memory_mb)


def _words(execution: Execution, number: int) -> list[str] | None:
    found = re.search(rf"Found: ([0-9a-f]{{{6 * number}}})$", execution.detail)
    return [found[1][start : start + 6] for start in range(0, 6 * number, 6)] if found else None


def behaviours(
    tasks: Sequence[tuple[Prompt, Sequence[Sample], Sequence[Case]]], settings: Settings, progress: Progress
) -> dict[tuple[str, int], str | None]:
    """What samples do on inputs: by problem and index the words of ``Behaviour``; None where there is no program or no case.

    Raises:
        InfrastructureError: the sandbox failed.
    """
    places: dict[Behaviour, list[tuple[str, int]]] = {}
    found: dict[tuple[str, int], str | None] = {}
    for prompt, samples, cases in tasks:
        name = function_name(prompt)
        reference = Reference(prompt.problem_id, {"prompt": stub_of(prompt), "entry_point": name})
        for sample in samples:
            place = sample.problem_id, sample.sample_index
            text = settings.answer(sample.text)
            program = program_text(text, reference, settings.response_format) if name and cases and text is not None else None
            found[place] = None
            if program is not None and name is not None:
                places.setdefault(Behaviour(program, name, tuple(cases), settings.cpu_seconds, settings.memory_mb), []).append(place)
    programs = list(places)
    for done, (number, execution) in enumerate(run_programs(programs, settings.workers, Sandbox(settings.sandbox, settings.image)), start=1):
        if execution.outcome == "infrastructure_error":
            problem, index = places[programs[number]][0]
            raise InfrastructureError(f"sample {index} of {problem} could not be executed ({execution.detail}); no score is written, run again")
        found |= dict.fromkeys(places[programs[number]], execution.output)
        progress.tick(f"{done} of {len(programs)} distinct programs run on generated tests")
    return found


def scores_of(words: Mapping[int, str | None], method: str) -> dict[int, float | None]:
    """Scores of a problem's samples.

    Args:
        words: by sample index what ``Behaviour`` found, None for samples without a program.
        method: codet, mbr_exec or passed.
    """
    known = {index: word for index, word in words.items() if word is not None}
    passes = {index: word[5::6] for index, word in known.items()}
    same = Counter(known.values())
    agree = Counter(passes.values())
    scores: dict[int, float | None] = dict.fromkeys(words)
    for index, bits in passes.items():
        number = bits.count("1")
        if method == "codet":
            scores[index] = significant(math.sqrt(agree[bits]) * number, 6)
        elif method == "mbr_exec":
            scores[index] = float(same[known[index]])
        else:
            scores[index] = significant(number / len(bits), 6)
    return scores


class GeneratedTests:
    """See ``monkeys.scorers.Scorer``.

    Raises:
        InputError: the file of tests cannot be read, or is of another study.
    """

    def __init__(self, settings: Settings, progress: Progress) -> None:
        assert settings.file is not None
        self._settings, self._options, self._progress = settings, settings.options, progress
        self.provenance = {"scorer": "generated_tests", "sandbox": settings.sandbox}
        self._written = read_tests(settings.file)
        if settings.problems is not None and (foreign := set(self._written) - set(settings.problems)):
            raise InputError(f"{settings.file} has tests of {min(foreign)!r}, which is no problem of the benchmark; name the tests of this study")

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``.

        Raises:
            InputError: a prompt asks for no function, or the file has no tests of a problem.
            InfrastructureError: the sandbox failed.
        """
        for task in tasks:
            if function_name(task.prompt) is None:
                raise InputError(
                    f"problem {task.prompt.problem_id} asks for no function, so that generated_tests cannot score its samples; leave the scorer out of this benchmark"
                )
            if task.prompt.problem_id not in self._written:
                raise InputError(f"{self._settings.file} has no tests of {task.prompt.problem_id}; add them (an empty list where there are none)")
        cases = [self._cases(task.prompt) for task in tasks]
        found = behaviours([(task.prompt, task.samples, some) for task, some in zip(tasks, cases, strict=True)], self._settings, self._progress)
        scores = []
        for task in tasks:
            words = {sample.sample_index: found[sample.problem_id, sample.sample_index] for sample in task.samples}
            values = scores_of(words, self._options["method"])
            # What was drawn is shared by all of a problem's samples.
            share = self._written[task.prompt.problem_id].tokens // max(len(task.samples), 1)
            for index, word in words.items():
                answer = None if word is None else hashlib.sha256(word.encode()).hexdigest()[:16]
                scores.append(Score(task.prompt.problem_id, index, values[index], scored_tokens=share, answer_class=answer))
        return scores

    def _cases(self, prompt: Prompt) -> list[Case]:
        name = function_name(prompt) or ""
        chosen = [case for text in self._written[prompt.problem_id].tests for case in assertions(text, name)[: self._options["per_text"]]]
        return list(dict.fromkeys(chosen))[: self._options["most_tests"]]


@dataclass(frozen=True, slots=True)
class Written:
    """Texts with tests of a problem, and the tokens that writing them took."""

    tests: list[str]
    tokens: int = 0


def read_tests(path: Path) -> dict[str, Written]:
    """Texts with tests by problem.

    Raises:
        InputError: a line lacks a field, or a problem stands there twice.
    """
    written: dict[str, Written] = {}
    for number, row in read_jsonl(path):
        name, texts, tokens = row.get("problem_id"), row.get("tests"), row.get("tokens", 0)
        if not isinstance(name, str) or not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise InputError(
                f"{path}, line {number} must have a text under 'problem_id' and a list of texts under 'tests', but has {json.dumps(row)[:100]}"
            )
        if isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0:
            raise InputError(f"{path}, line {number} has {tokens!r:.100} under 'tokens', but needs a whole number from 0")
        if name in written:
            raise InputError(f"{path}, line {number}: the tests of {name} stand there twice; put them into one line")
        written[name] = Written(texts, tokens)
    return written


def open_scorer(settings: Settings, progress: Progress) -> GeneratedTests:
    """See ``ScorerModule.open_scorer``."""
    return GeneratedTests(settings, progress)
