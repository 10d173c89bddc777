"""What comparisons at equal cost need of a pair: each problem's accuracy under every selector, what a draw takes, and how hard the problem seems.

Difficulty is judged by samples of its own. Where the samples that judge also measure, the bin of easy problems holds those on which the strategy was
lucky, and its accuracy there is too high on other problems of the bin too. So a judging pair's samples are split at random: one half judges, and the
curves of the part ``measuring`` are those of the other half.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.files import read_table
from monkeys.records.parquet import column_names, read_batches, write_parquet
from monkeys.selectors import Draws, Entry
from monkeys.statistics import IntArray
from monkeys.tables.ballots import Problem
from monkeys.tables.selection import Curves, curves, subset_sizes

ALL, MEASURING = "all", "measuring"
SUCCESS = ""
"""In the column ``scorer`` of judgements: the share of samples that passed, which no scorer says."""
DIGITS = 12
KEYS = ("part", "selector", "scorer", "options", "label")


def judging_places(problem: Problem, seed: int) -> IntArray:
    """Which samples of a problem judge how hard it is: half of them, rounded down, at random; sorted places."""
    digest = hashlib.sha256(f"judging {seed} {problem.name}".encode()).digest()
    order = np.random.default_rng(int.from_bytes(digest[:16], "little")).permutation(problem.size)
    return np.sort(order[: problem.size // 2]).astype(np.int64)


def part_of(problem: Problem, places: IntArray) -> Problem:
    """A problem with some of its samples."""
    share, indices = places.size / problem.size, set(problem.indices[places].tolist())
    choices = {scorer: {subset: one for subset, one in known.items() if indices.issuperset(subset)} for scorer, known in problem.choices.items()}
    return replace(
        problem,
        indices=problem.indices[places],
        classes=problem.classes[places],
        passed=problem.passed[places],
        process=None if problem.process is None else problem.process[places],
        scores={name: scores[places] for name, scores in problem.scores.items()},
        scored_tokens={name: tokens * share for name, tokens in problem.scored_tokens.items()},
        choices=choices,
    )


def measuring_curves(problems: Sequence[Problem], entries: Sequence[Entry], points: int, draws: Draws) -> tuple[list[Curves], IntArray]:
    """The curves of the samples that do not judge, and their k."""
    rest = [part_of(one, np.setdiff1d(np.arange(one.size), judging_places(one, draws.seed))) for one in problems if one.verified]
    ks = subset_sizes(min((one.size for one in rest), default=0), points)
    return curves(rest, entries, ks, draws), ks


def write_problem_curves(path: Path, problems: Sequence[Problem], parts: Mapping[str, tuple[Sequence[Curves], IntArray]]) -> None:
    """Write the accuracy of each problem at each k, of each selector, label and part, as Parquet. ``scored_tokens`` are those that the selector's scorer
    takes for one sample of the problem on average; null where that is not known.
    """
    import pyarrow as pa

    verified = [problem for problem in problems if problem.verified]
    schema = pa.schema(
        [
            ("problem_id", pa.string()),
            *((name, pa.string()) for name in KEYS),
            ("k", pa.int64()),
            ("accuracy", pa.float64()),
            ("scored_tokens", pa.float64()),
        ]
    )
    rows = [row for part, (found, ks) in parts.items() for one in found for row in _rows(part, one, ks, verified)]
    write_parquet(path, rows, schema)


def _rows(part: str, one: Curves, ks: IntArray, problems: Sequence[Problem]) -> Iterator[dict[str, Any]]:
    scorer, options = (one.entry.scorer, one.entry.changed) if one.entry else ("", "")
    keys = dict(zip(KEYS, (part, one.entry.selector if one.entry else one.name, scorer, options, one.label), strict=True))
    for problem, values in zip(problems, one.table, strict=True):
        total = problem.scored_tokens.get(scorer) if scorer else 0.0
        tokens = None if total is None else round(total / problem.size, DIGITS)
        for k, accuracy in zip(ks.tolist(), values.tolist(), strict=True):
            if not np.isnan(accuracy):
                yield {"problem_id": problem.name, **keys, "k": k, "accuracy": round(accuracy, DIGITS), "scored_tokens": tokens}


def judgements(problems: Sequence[Problem], scorers: Sequence[str], seed: int) -> pd.DataFrame:
    """How hard each problem seems by the half of its samples that judges: the share that passed, and the mean of each scorer's scores.

    Returns:
        Columns problem_id, scorer (``SUCCESS`` for the share that passed), samples, value; a value is missing where nothing was scored.
    """
    rows = []
    for problem in (one for one in problems if one.verified):
        judged = part_of(problem, judging_places(problem, seed))
        values = {SUCCESS: judged.passed, **{name: judged.scores[name] for name in scorers if name in judged.scores}}
        for scorer, value in values.items():
            known = value[~np.isnan(value)]
            rows.append((problem.name, scorer, judged.size, round(float(known.mean()), DIGITS) if known.size else np.nan))
    return pd.DataFrame(rows, columns=["problem_id", "scorer", "samples", "value"])


def read_problem_curves(path: Path) -> pd.DataFrame:
    """What ``write_problem_curves`` wrote."""
    columns = ["problem_id", *KEYS, "k", "accuracy", "scored_tokens"]
    frames = [batch.to_pandas() for batch in read_batches(path, columns, rows=1 << 20)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def read_judgements(path: Path) -> pd.DataFrame:
    """What ``judgements`` found."""
    return read_table(path, dtype={"problem_id": str, "scorer": str}, keep_default_na=False, na_values={"value": [""]})


def read_draws(paths: Sequence[Path], samples: int | None) -> pd.DataFrame:
    """What a draw takes on each problem: all tokens that the policy drew, which for a search are those of its whole tree, and those that its scorer read.

    Args:
        paths: files of samples; ``generated_tokens`` and ``scored_tokens`` may be missing, or null, of independent samples.
        samples: indices from here on are left out; None: none is.

    Returns:
        A row a problem: ``problem_id``, ``samples``, ``prompt_tokens`` (of its prompt, once), ``policy_tokens`` and ``search_tokens`` (read by the scorer
        of the search), means of a draw; NaN where any of the problem's draws lacks them.
    """
    frames = []
    for path in paths:
        there = column_names(path)
        wanted = ["problem_id", "sample_index", "prompt_tokens", "output_tokens"]
        extra = [name for name in ("generated_tokens", "scored_tokens") if name in there]
        for batch in read_batches(path, [*(name for name in wanted if name in there), *extra]):
            frame = batch.to_pandas()
            frames.append(frame if samples is None else frame[frame["sample_index"] < samples])
    table = pd.concat(frames, ignore_index=True)
    for name in ("prompt_tokens", "output_tokens", "generated_tokens", "scored_tokens"):
        # A column without a value comes as objects.
        table[name] = pd.to_numeric(table[name]).astype(np.float64) if name in table else np.nan
    drawn = table["generated_tokens"].fillna(table["output_tokens"])
    groups = table.assign(policy_tokens=drawn, search_tokens=table["scored_tokens"].fillna(0.0)).groupby("problem_id", sort=False)
    known = groups["policy_tokens"].count() == groups.size()
    means = groups[["policy_tokens", "search_tokens"]].mean()
    found = pd.DataFrame({"samples": groups.size(), "prompt_tokens": groups["prompt_tokens"].max(), **means})
    found["policy_tokens"] = found["policy_tokens"].where(known)
    return found.reset_index()
