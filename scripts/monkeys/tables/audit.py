"""How far the verifiers themselves can be trusted.

Four questions, for a verifier's errors put a bound on what repeated sampling can be said to reach (Brown et al., arXiv 2407.21787, section 5.2;
Stroebl et al., arXiv 2411.17501): does it pass solutions that are known to be right, does it fail answers that ignore the question, does it say the
same when it is asked again, and how often does a stricter or a second verifier agree?
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.benchmarks import Benchmark, Row
from monkeys.errors import InputError
from monkeys.graders import constant_answers
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample, read_samples
from monkeys.records.verdict import Verdict, read_verdicts
from monkeys.shards import Cut
from monkeys.statistics.coverage import pass_at_k
from monkeys.tables.shard_files import sample_files, verdict_files_by_shard

GOLD_COLUMNS = ["problem_id", "solution", "wrong", "repeat", "outcome", "detail"]
SHOWN = 10
"""Names of problems that a summary gives; the tables have all."""


def gold_samples(benchmark: Benchmark, rows: Sequence[Row], options: Mapping[str, Any], names: Sequence[str]) -> list[Sample]:
    """Solutions of some problems that are known to be right, as samples, numbered within each problem; none where a benchmark has none."""
    wanted, numbers = set(names), dict.fromkeys(names, 0)
    samples = []
    for name, text in benchmark.gold(rows, options) if benchmark.gold else ():
        if name in wanted:
            samples.append(Sample(name, numbers[name], None, text))
            numbers[name] += 1
    return samples


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """An answer that ignores its problem, so that it must fail. ``chat``: whether it is read as a chat answer or as a completion."""

    problem_id: str
    name: str
    text: str
    chat: bool


def wrong_answers(grader: str, prompt: Prompt, reference: Reference) -> list[WrongAnswer]:
    """What a verifier must fail on a problem: nothing at all, the prompt once more, constants, and the answers of the prompt's solved examples."""
    completions = [("empty answer", ""), ("the prompt itself", prompt.prompt), *constant_answers(grader, reference)]
    examples = [message["content"] for message in prompt.messages if message["role"] == "assistant"]
    found = [WrongAnswer(reference.problem_id, name, text, chat=False) for name, text in completions]
    return found + [
        WrongAnswer(reference.problem_id, f"answer of example {number}", text, chat=True) for number, text in enumerate(examples, start=1)
    ]


def wrong_samples(answers: Sequence[WrongAnswer]) -> list[Sample]:
    """Wrong answers as samples, numbered by their place."""
    return [Sample(answer.problem_id, number, None, answer.text) for number, answer in enumerate(answers)]


def is_hole(verdict: Verdict, right: Collection[str]) -> bool:
    """Whether a wrong answer passed, and not because what was read of it happens to be right.

    Args:
        verdict: on the wrong answer.
        right: answers of the problem that are known to be right, as they are read.
    """
    return verdict.outcome == "passed" and (verdict.answer is None or verdict.answer not in right)


def known_answers(references: Iterable[Reference], gold: Sequence[Verdict]) -> dict[str, set[str]]:
    """By problem, the answers that are right as they are read: the reference's own, and those of gold solutions."""
    found = {reference.problem_id: {str(reference.reference.get("answer", ""))} for reference in references}
    for verdict in gold:
        if verdict.answer is not None:
            found[verdict.problem_id].add(verdict.answer)
    return found


def gold_table(turns: Sequence[Sequence[Verdict]], wrong: Sequence[tuple[WrongAnswer, Verdict]] = ()) -> pd.DataFrame:
    """Verdicts on gold solutions, one row each time that each was verified, and on wrong answers, of which ``wrong`` has the name: ``GOLD_COLUMNS``.

    A wrong answer that happens to be right, such as 0 where the key is 0, is left out.
    """
    rows = [[v.problem_id, str(v.sample_index), "", turn, v.outcome, v.detail] for turn, verdicts in enumerate(turns) for v in verdicts]
    return pd.DataFrame(rows + [[v.problem_id, "", answer.name, 0, v.outcome, v.detail] for answer, v in wrong], columns=GOLD_COLUMNS)


def read_recorded(pair: Path, cut: Cut, first: int) -> tuple[list[Sample], list[Verdict]]:
    """The first samples of each problem, and the run's verdicts on them, in the same order.

    Args:
        pair: its folder.
        cut: how its samples and verdicts are cut into files.
        first: how many samples of each problem.

    Raises:
        InputError: a sample has no verdict.
    """
    samples, verdicts = [], []
    for path, parts in zip(sample_files(pair, cut, first), verdict_files_by_shard(pair, cut, first), strict=True):
        drawn = [sample for sample in read_samples(path) if sample.sample_index < first]
        found = {(verdict.problem_id, verdict.sample_index): verdict for part in parts for verdict in read_verdicts(part)}
        for sample in drawn:
            if (sample.problem_id, sample.sample_index) not in found:
                raise InputError(
                    f"{pair}: sample {sample.sample_index} of {sample.problem_id} has no verdict; delete the shard's verdicts and run again"
                )
        samples += drawn
        verdicts += [found[sample.problem_id, sample.sample_index] for sample in drawn]
    return samples, verdicts


def sample_table(recorded: Sequence[Verdict], turns: Sequence[Sequence[Verdict]], other: Sequence[Verdict] | None) -> pd.DataFrame:
    """Verdicts on the same samples, one row a sample.

    Args:
        recorded: the run's.
        turns: those of each time that the samples were verified again.
        other: the cross-check's, on those samples whose problems it knows; None where there is no cross-check.

    Returns:
        Columns problem_id, sample_index, recorded, again_1, again_2, …, other (empty where the cross-check does not know the problem).
    """
    table = pd.DataFrame(
        {
            "problem_id": [verdict.problem_id for verdict in recorded],
            "sample_index": [verdict.sample_index for verdict in recorded],
            "recorded": [verdict.outcome for verdict in recorded],
        }
    )
    for number, verdicts in enumerate(turns, start=1):
        table[f"again_{number}"] = [verdict.outcome for verdict in verdicts]
    outcomes = {(verdict.problem_id, verdict.sample_index): verdict.outcome for verdict in other or ()}
    table["other"] = [outcomes.get((verdict.problem_id, verdict.sample_index), "") for verdict in recorded]
    return table


def summarise_gold(table: pd.DataFrame) -> dict[str, Any]:
    """What became of gold solutions.

    Returns:
        ``solutions`` and ``problems``; ``failing``, solutions that did not pass the first time, and ``unsolved``, problems none of whose solutions
        did, with the first names of these; ``changed``, solutions that passed some of the times; ``wrong``, how many wrong answers were tried, and
        ``holes``, how many problems pass one of them, with the first such problems and answers.
    """
    table = table.assign(passed=table["outcome"] == "passed")
    wrong = table[table["wrong"] != ""]
    holes = wrong[wrong["passed"]]
    table = table[table["wrong"] == ""]
    first = table[table["repeat"] == 0]
    solved = first.groupby("problem_id", sort=False)["passed"].any()
    times = table.groupby(["problem_id", "solution"])["passed"]
    return {
        "solutions": len(first),
        "problems": len(solved),
        "failing": int((~first["passed"]).sum()),
        "unsolved": int((~solved).sum()),
        "unsolved_problems": list(solved.index[~solved][:SHOWN]),
        "changed": int((times.max() != times.min()).sum()),
        "repeats": int(table["repeat"].max()) if len(table) else 0,
        "wrong": len(wrong),
        "holes": holes["problem_id"].nunique(),
        "holes_found": [f"{problem} ({', '.join(names)})" for problem, names in list(holes.groupby("problem_id", sort=False)["wrong"])[:SHOWN]],
    }


def summarise_samples(table: pd.DataFrame) -> dict[str, Any]:
    """How verdicts on the same samples agree.

    Returns:
        ``samples`` and ``problems``; ``repeats``, and ``changed``, samples that passed some of the times and not the others, with the number of their
        problems; ``other``: None without a second verifier, else, on the ``samples`` whose problems it knows, how many pass under each verifier and under
        both, ``other_given_own`` and ``own_given_other`` (shares of what one passes that the other passes; None where it passes nothing), and
        coverage under each at ``k``, 1 and the fewest samples of a problem.
    """
    turns = [column for column in table if column == "recorded" or str(column).startswith("again_")]
    passed = table[turns] == "passed"
    changed = passed.any(axis=1) & ~passed.all(axis=1)
    return {
        "samples": len(table),
        "problems": table["problem_id"].nunique(),
        "repeats": len(turns) - 1,
        "changed": int(changed.sum()),
        "changed_problems": table.loc[changed, "problem_id"].nunique(),
        "other": _compare(table[table["other"] != ""]),
    }


def _compare(table: pd.DataFrame) -> dict[str, Any] | None:
    if table.empty:
        return None
    own, other = table["recorded"] == "passed", table["other"] == "passed"
    both = int((own & other).sum())
    groups = pd.DataFrame({"n": 1, "own": own, "other": other}).groupby(table["problem_id"]).sum()
    ks = sorted({1, int(groups["n"].min())})
    return {
        "samples": len(table),
        "problems": len(groups),
        "own": int(own.sum()),
        "other": int(other.sum()),
        "both": both,
        "other_given_own": both / int(own.sum()) if own.any() else None,
        "own_given_other": both / int(other.sum()) if other.any() else None,
        "k": ks,
        **{f"{judge}_coverage": np.mean(pass_at_k(groups["n"], groups[judge], ks), axis=0).tolist() for judge in ("own", "other")},
    }
