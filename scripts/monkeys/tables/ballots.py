"""From verdicts and scores to what selectors choose from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.errors import InputError
from monkeys.files import read_table
from monkeys.records.parquet import read_batches
from monkeys.selectors import Ballot
from monkeys.statistics import FloatArray, IntArray

UNVERIFIED = "unverified"
"""Outcome of samples whose problem has no reference: they can be chosen from, and nobody knows whether they are right."""


@dataclass(frozen=True)
class Problem:
    """All samples of one problem, in the order of their indices; arrays have the shape (n,).

    Args:
        name: its identifier.
        indices: sample indices.
        classes: number of each sample's class of equal answers, -1 without an answer.
        answers: the classes' texts, by number.
        passed: whether each has passed.
        process: whether each takes the right course of steps; None where the benchmark does not know.
        verified: whether the problem has a reference.
        scores: by scorer, NaN where it says nothing.
        scored_tokens: by scorer, what it read or drew for all samples.
        calls, choices: by scorer, recorded comparisons and choices; see ``Ballot``.
    """

    name: str
    indices: IntArray
    classes: IntArray
    answers: Sequence[str]
    passed: FloatArray
    process: FloatArray | None
    verified: bool
    scores: dict[str, FloatArray] = field(default_factory=dict)
    scored_tokens: dict[str, float] = field(default_factory=dict)
    calls: dict[str, dict[tuple[int, int], float]] = field(default_factory=dict)
    choices: dict[str, dict[tuple[int, ...], int]] = field(default_factory=dict)

    @cached_property
    def size(self) -> int:
        """n."""
        return int(self.indices.size)

    def right(self, label: str) -> FloatArray:
        """Which samples are right, by one of ``LABELS``."""
        return self.passed if label == "outcome" or self.process is None else self.passed * self.process

    def ballot(self, scorer: str) -> Ballot:
        """What a selector sees that reads this scorer."""
        scores = self.scores.get(scorer, np.full(self.size, np.nan))
        return Ballot(self.classes, scores, self.indices, self.calls.get(scorer), self.choices.get(scorer))


def read_problems(paths: Sequence[Path], samples: int | None = None) -> list[Problem]:
    """Problems of a study out of its verdicts, in the order in which they come.

    Args:
        paths: files of verdicts.
        samples: indices from here on are left out; None: none is.

    Raises:
        InputError: a file is damaged or was made before verdicts had classes, or verdicts are no verdicts or come twice.
    """
    columns = ["problem_id", "sample_index", "outcome", "answer_class", "process"]
    table = pd.concat([batch.to_pandas() for path in paths for batch in read_batches(path, columns)], ignore_index=True)
    if samples is not None:
        table = table[table["sample_index"] < samples]
    if table.empty:
        raise InputError(f"{paths[0] if paths else 'the study'} has no verdicts, so there is nothing to select from")
    if (table["outcome"] == "infrastructure_error").any():
        raise InputError("verdicts hold an infrastructure_error, which says nothing about the sample; delete their file and run again")
    if (twice := table[table.duplicated(["problem_id", "sample_index"])]).size:
        raise InputError(
            f"problem {twice['problem_id'].iloc[0]} has two verdicts on sample {twice['sample_index'].iloc[0]}; delete its verdicts and run again"
        )
    found = []
    for name, group in table.groupby("problem_id", sort=False):
        rows = group.sort_values("sample_index")
        numbers, answers = pd.factorize(rows["answer_class"], sort=True)
        classes = np.where((rows["outcome"] == "no_answer").to_numpy(), -1, numbers).astype(np.int64)
        steps = rows["process"]
        unverified = (rows["outcome"] == UNVERIFIED).to_numpy()
        if unverified.any() and not (unverified | (rows["outcome"] == "no_answer").to_numpy()).all():
            raise InputError(f"problem {name} has verdicts with and without a reference; verify all its samples again")
        found.append(
            Problem(
                str(name),
                rows["sample_index"].to_numpy(np.int64),
                classes,
                [str(answer) for answer in answers],
                (rows["outcome"] == "passed").to_numpy(np.float64),
                None if steps.isna().all() else steps.fillna(False).astype(bool).to_numpy(np.float64),
                not unverified.any(),
            )
        )
    if any((problem.process is None) != (found[0].process is None) for problem in found):
        # A problem whose samples all lack it would count as right in its steps.
        found = [Problem(**{**vars_of(problem), "process": None}) for problem in found]
    return found


def vars_of(problem: Problem) -> dict[str, Any]:
    """The fields of a problem."""
    return {name: getattr(problem, name) for name in Problem.__dataclass_fields__}


def joined(problems: list[Problem], equality: str | None) -> list[Problem]:
    """Problems whose classes of equal answers, formed in several files, are joined by the grader's equality."""
    if equality is None:
        return problems
    from monkeys.graders.math_answer import answer_classes

    found = []
    for problem in problems:
        names = answer_classes(problem.answers, equality) if len(problem.answers) > 1 else {}
        distinct = sorted(set(names.values()))
        if 1 <= len(distinct) < len(problem.answers):
            numbers = np.array([distinct.index(names[answer]) for answer in problem.answers] + [-1], dtype=np.int64)
            problem = Problem(**{**vars_of(problem), "classes": numbers[problem.classes], "answers": distinct})
        found.append(problem)
    return found


def add_scores(problems: Sequence[Problem], scorer: str, paths: Sequence[Path], samples: int | None = None) -> None:
    """Read a scorer's scores into problems.

    Raises:
        InputError: scores are NaN, come twice, are of samples without a verdict or of another study, or are missing.
    """
    columns = ["problem_id", "sample_index", "score"]
    known = {problem.name: problem for problem in problems}
    frames = []
    for path in paths:
        for batch in read_batches(path, columns):
            scores = batch.column(2)
            frame = batch.to_pandas().assign(null=scores.is_null().to_numpy(zero_copy_only=False), path=str(path))
            frames.append(frame)
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*columns, "null", "path"])
    if samples is not None:
        table = table[table["sample_index"] < samples]
    if table.empty:
        raise InputError(f"the scorer {scorer} has no scores ({', '.join(map(str, paths)) or 'no files'}); score the samples first")
    values = table["score"].to_numpy(np.float64)
    bad = ~np.isfinite(values) & ~table["null"].to_numpy(bool)
    if bad.any():
        row = table[bad].iloc[0]
        raise InputError(
            f"{row['path']} has the score {row['score']} for sample {row['sample_index']} of {row['problem_id']}, which cannot be ordered; write null where there is none"
        )
    foreign = ~table["problem_id"].isin(list(known))
    if foreign.all():
        raise InputError(
            f"{table['path'].iloc[0]} scores none of the study's problems (it begins with {table['problem_id'].iloc[0]}, the study with {problems[0].name});"
            " it belongs to another study"
        )
    if foreign.any():
        row = table[foreign].iloc[0]
        raise InputError(f"{row['path']} has a score of problem {row['problem_id']}, which the study does not have; score this study's samples")
    if (twice := table[table.duplicated(["problem_id", "sample_index"])]).size:
        row = twice.iloc[0]
        raise InputError(
            f"{row['path']} has a second score of sample {row['sample_index']} of {row['problem_id']}; delete the scores of {scorer} and run again"
        )
    groups = dict(tuple(table.groupby("problem_id", sort=False)))
    for problem in problems:
        own = groups.get(problem.name)
        where = pd.Index(problem.indices)
        places = where.get_indexer(own["sample_index"]) if own is not None else np.zeros(0, dtype=np.int64)
        if (places < 0).any() and own is not None:
            index = own["sample_index"].to_numpy()[places < 0][0]
            raise InputError(
                f"{own['path'].iloc[0]} has a score of sample {index} of {problem.name}, on which there is no verdict; verify or draw it first"
            )
        if own is None or len(own) < problem.size:
            index = problem.indices[~np.isin(np.arange(problem.size), places)][0]
            raise InputError(f"the scorer {scorer} has no score of sample {index} of {problem.name}; score the samples again")
        scores = np.empty(problem.size)
        scores[places] = own["score"].to_numpy(np.float64)
        problem.scores[scorer] = scores
    _add_tokens(problems, scorer, paths, samples)


def _add_tokens(problems: Sequence[Problem], scorer: str, paths: Sequence[Path], samples: int | None) -> None:
    totals: dict[str, float] = {}
    for path in paths:
        try:
            batches = list(read_batches(path, ["problem_id", "sample_index", "scored_tokens"]))
        except InputError as error:
            if "scored_tokens" not in str(error):
                raise
            return  # scores of someone else's, of unknown cost
        for batch in batches:
            frame = batch.to_pandas()
            frame = frame if samples is None else frame[frame["sample_index"] < samples]
            for name, tokens in frame.groupby("problem_id")["scored_tokens"].sum().items():
                totals[str(name)] = totals.get(str(name), 0.0) + float(tokens)
    for problem in problems:
        problem.scored_tokens[scorer] = totals.get(problem.name, 0.0)


def with_classes(problems: Sequence[Problem], scorer: str, paths: Sequence[Path]) -> list[Problem]:
    """Problems with the answer classes that a scorer found, such as programs' behaviour on generated inputs, in place of the verdicts'.

    Raises:
        InputError: the scorer forms no classes, or does not know a sample.
    """
    table = pd.concat([batch.to_pandas() for path in paths for batch in read_batches(path, ["problem_id", "sample_index", "answer_class"])])
    if table["answer_class"].isna().all():
        raise InputError(f"the scorer {scorer} forms no answer classes, so that votes cannot count them; name one that executes programs")
    found = []
    groups = dict(tuple(table.groupby("problem_id", sort=False)))
    for problem in problems:
        own = groups.get(problem.name)
        known = {} if own is None else dict(zip(own["sample_index"], own["answer_class"], strict=True))
        if missing := [index for index in problem.indices.tolist() if index not in known]:
            raise InputError(f"the scorer {scorer} has no class of sample {missing[0]} of {problem.name}; score the samples again")
        numbers, answers = pd.factorize(pd.Series([known[index] for index in problem.indices.tolist()], dtype=object), sort=True)
        fields = {**vars_of(problem), "classes": numbers.astype(np.int64), "answers": [str(answer) for answer in answers]}
        found.append(Problem(**fields))
    return found


def add_calls(problems: Sequence[Problem], scorer: str, path: Path) -> None:
    """Read recorded comparisons (columns problem_id, first, second, first_better) or choices (problem_id, subset, chosen; subset as ``3 7 12``).

    Raises:
        InputError: a column is missing, a sample is unknown, or a chance is none.
    """
    table = read_table(path, dtype={"problem_id": str, "subset": str})
    known = {problem.name: problem for problem in problems}
    pairs, choices = {"problem_id", "first", "second", "first_better"}, {"problem_id", "subset", "chosen"}
    columns = set(table.columns)
    if not (pairs <= columns or choices <= columns):
        raise InputError(f"{path} must have the columns {', '.join(sorted(pairs))} (comparisons) or {', '.join(sorted(choices))} (choices)")
    for line, row in enumerate(table.to_dict("records"), start=2):
        problem = known.get(str(row["problem_id"]))
        if problem is None:
            raise InputError(f"{path}, line {line}: the study has no problem {row['problem_id']}")
        if pairs <= columns:
            members, value = [int(row["first"]), int(row["second"])], float(row["first_better"])
            if not 0 <= value <= 1:
                raise InputError(f"{path}, line {line}: first_better is {value}, but must be a chance from 0 to 1")
            problem.calls.setdefault(scorer, {})[members[0], members[1]] = value
        else:
            members = sorted(int(one) for one in str(row["subset"]).split())
            if int(row["chosen"]) not in members:
                raise InputError(f"{path}, line {line}: the choice {row['chosen']} is not in the subset {row['subset']}")
            problem.choices.setdefault(scorer, {})[tuple(members)] = int(row["chosen"])
        if not np.isin(members, problem.indices).all():
            raise InputError(
                f"{path}, line {line}: problem {problem.name} has no sample {next(one for one in members if one not in problem.indices)}"
            )
