"""Finds samples by problem, outcome, answer and score, and compares verdicts: of two models, two runs, or two graders."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce
from io import StringIO
from typing import Any

from monkeys.errors import InputError, nearest
from monkeys.files import read_text
from monkeys.formats.samples.rows import natural
from monkeys.records.verdict import OUTCOMES
from monkeys.tables.joined import Draws, Place

COMPARISONS = {"<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b, ">": lambda a, b: a > b, "=": lambda a, b: a == b}


@dataclass(frozen=True, slots=True)
class Condition:
    """What a score must be, as in ``prm<0.5``; a sample without that score is not it."""

    scorer: str
    sign: str
    value: float

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """Read ``prm<0.5``.

        Raises:
            InputError: it is no such condition.
        """
        match = re.fullmatch(r"([^<>=]+)(<=|>=|<|>|=)(.+)", text)
        try:
            if match:
                return cls(match[1].strip(), match[2], float(match[3]))
        except ValueError:
            pass
        raise InputError(f"the score {text!r} must be a scorer, one of < <= = >= >, and a number, as in 'prm<0.5'")


@dataclass(frozen=True, slots=True)
class Query:
    """Which samples are wanted; None or nothing: all."""

    problem: str | None = None
    outcomes: tuple[str, ...] = ()
    answer: str | None = None
    scores: tuple[Condition, ...] = field(default=())

    def check(self, draws: Iterable[Draws]) -> None:
        """See that outcomes and scorers exist.

        Raises:
            InputError: one does not.
        """
        for outcome in self.outcomes:
            if outcome not in OUTCOMES:
                raise InputError(f"there is no outcome {outcome!r}{nearest(outcome, OUTCOMES)}; an outcome is one of {', '.join(OUTCOMES)}")
        scorers = sorted({name for one in draws for name in one.scorers()})
        for condition in self.scores:
            if condition.scorer not in scorers:
                raise InputError(
                    f"no samples have scores of {condition.scorer!r}{nearest(condition.scorer, scorers)}; the scorers are {', '.join(scorers) or 'none'}"
                )


def matching(draws: Draws, query: Query) -> Iterator[tuple[str, list[Place]]]:
    """By shard, the samples that are wanted, problem by problem and in the order of their numbers."""
    import pyarrow.compute as pc

    for shard in draws.shards(query.problem):
        table = draws.verdicts(shard, ("problem_id", "sample_index", "outcome", "answer"))
        tests = []
        if query.problem is not None:
            tests.append(equal(table["problem_id"], query.problem))
        if query.outcomes:
            tests.append(reduce(pc.or_, (equal(table["outcome"], outcome) for outcome in query.outcomes)))
        if query.answer is not None and "answer" in table.column_names:
            tests.append(equal(pc.utf8_trim_whitespace(table["answer"].cast("string")), query.answer.strip()))
        chosen = pc.indices_nonzero(reduce(pc.and_, tests)).to_pylist() if tests else range(len(table))
        places = [(table["problem_id"][number].as_py(), table["sample_index"][number].as_py()) for number in chosen]
        for condition in query.scores if places else ():
            scores = draws.scores(condition.scorer, shard)
            places = [place for place in places if holds(condition, scores.get(place))]
        if places:
            yield shard, sorted(places, key=lambda place: (natural(place[0]), place[1]))


def equal(column: Any, text: str) -> Any:
    """Where a column of texts has one of them. To hand pyarrow a value or a list imports pandas, which takes a second; a pattern does not."""
    import pyarrow.compute as pc

    return pc.match_substring_regex(column, pattern=r"\A\Q" + text.replace(r"\E", r"\E\\E\Q") + r"\E\z")


def holds(condition: Condition, score: float | None) -> bool:
    return score is not None and bool(COMPARISONS[condition.sign](score, condition.value))


def outcomes_of(draws: Draws) -> Counter[str]:
    """How many samples have each outcome."""
    found: Counter[str] = Counter()
    for shard in draws.shards():
        found.update(draws.verdicts(shard, ("outcome",))["outcome"].to_pylist())
    return found


def check_problem(draws: Sequence[Draws], problem: str) -> None:
    """See that a problem was verified.

    Raises:
        InputError: it was not.
    """
    names: set[str] = set()
    for one in draws:
        if one.shards(problem):
            names |= {name for shard in one.shards(problem) for name in one.verdicts(shard, ("problem_id",))["problem_id"].unique().to_pylist()}
    if problem not in names:
        names |= {name for one in draws for shard in one.shards() for name in one.verdicts(shard, ("problem_id",))["problem_id"].unique().to_pylist()}
        raise InputError(f"no samples are of the problem {problem!r}{nearest(problem, names)}; the first is {min(names, key=natural)!r}")


def passes(draws: Draws) -> dict[str, tuple[int, int]]:
    """Of each problem, how many samples passed, and of how many; failures of the machinery count for neither."""
    drawn: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for shard in draws.shards():
        table = draws.verdicts(shard, ("problem_id", "outcome"))
        for name, outcome in zip(table["problem_id"].to_pylist(), table["outcome"].to_pylist(), strict=True):
            drawn[name] += outcome != "infrastructure_error"
            passed[name] += outcome == "passed"
    return {name: (passed[name], drawn[name]) for name in sorted(drawn, key=natural)}


def solved_by_one(one: Draws, other: Draws) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    """Problems that both were asked, and that only the first solved at least once: the name, and (passed, samples) of each."""
    first, second = passes(one), passes(other)
    return [(name, first[name], second[name]) for name in first if name in second and first[name][0] and not second[name][0]]


@dataclass(frozen=True, slots=True)
class Change:
    """A sample whose verdicts differ: what each said, (outcome, answer)."""

    place: Place
    before: tuple[str, str | None]
    after: tuple[str, str | None]


def changes(one: Draws, other: Draws, problem: str | None = None) -> tuple[int, list[Change]]:
    """How many samples two runs have in common, and those on which their verdicts differ in outcome or answer."""
    before, after = _verdicts(one, problem), _verdicts(other, problem)
    common = sorted(before.keys() & after.keys(), key=lambda place: (natural(place[0]), place[1]))
    return len(common), [Change(place, before[place], after[place]) for place in common if before[place] != after[place]]


def _verdicts(draws: Draws, problem: str | None) -> dict[Place, tuple[str, str | None]]:
    found: dict[Place, tuple[str, str | None]] = {}
    for shard in draws.shards(problem):
        for row in draws.verdicts(shard, ("problem_id", "sample_index", "outcome", "answer")).to_pylist():
            if problem in (None, row["problem_id"]):
                found[row["problem_id"], row["sample_index"]] = row["outcome"], row.get("answer")
    return found


def graders_differ(draws: Draws) -> tuple[int, list[tuple[Place, dict[str, str]]]]:
    """Of the samples that an audit verified again: how many, and those on which graders or repetitions differ, with what each said.

    Raises:
        InputError: the run had no audit.
    """
    path = draws.folder / "audit.csv"
    if not path.is_file():
        raise InputError(f"{draws.title} was not audited, so {path} does not exist; set verification.audit and run again")
    rows: list[dict[str, Any]] = list(csv.DictReader(StringIO(read_text(path))))
    found = []
    for row in rows:
        said = {name: value for name, value in row.items() if name not in ("problem_id", "sample_index") and value}
        if len(set(said.values())) > 1:
            found.append(((row["problem_id"], int(row["sample_index"])), said))
    return len(rows), found
