"""Ways to spend tokens: each strategy with each selector, its curves by problem and what a draw costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from monkeys.costs.cost import cost_of_k
from monkeys.costs.price import read_price
from monkeys.errors import InputError
from monkeys.shards import Cut
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.inference_scaling import Candidate
from monkeys.tables.counts import groups_of, read_counts
from monkeys.tables.problem_curves import ALL, KEYS, MEASURING, read_draws, read_judgements, read_problem_curves
from monkeys.tables.shard_files import sample_files

BASELINES = ("oracle", "random")
"""Coverage, and a blind choice: no selectors, but curves beside theirs."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A strategy of a model: what it is (``spec``, as the rule says it), its curves, its judgements and what its draws take."""

    spec: Mapping[str, Any]
    curves: pd.DataFrame
    judgements: pd.DataFrame
    counts: pd.DataFrame
    draws: pd.DataFrame

    @property
    def strategy(self) -> str:
        """Its name."""
        return str(self.spec["strategy"])


@dataclass(frozen=True, slots=True)
class Way:
    """A strategy and a selector.

    Args:
        strategy, selector, scorer, options: as tables name them.
        ks: shape (K,).
        accuracy: of each problem at each k, shape (problems, K).
        policy, search, scored: mean tokens of a draw, by problem: drawn by the policy; read by the scorer of the search; read by the scorer of the selector.
        policy_parameters, search_parameters, scorer_parameters: of the models that take them; NaN where unknown.
        dollars: what one draw costs, and each prompt once, by problem: shape (2, problems); NaN where unknown.
    """

    strategy: str
    selector: str
    scorer: str
    options: str
    ks: IntArray
    accuracy: FloatArray
    policy: FloatArray
    search: FloatArray
    scored: FloatArray
    policy_parameters: float
    search_parameters: float
    scorer_parameters: float
    dollars: FloatArray

    @property
    def name(self) -> str:
        """The selector, as figures name it."""
        said = ", ".join(part for part in (self.scorer, self.options) if part)
        name = self.selector.replace("_", " ")
        return f"{name} ({said})" if said else name

    @property
    def tokens(self) -> FloatArray:
        """Of one draw, by problem."""
        return self.policy + self.search + self.scored

    @property
    def flops(self) -> FloatArray:
        """Of one draw, by problem: 2 a parameter and token, whatever the length of the context."""
        found = 2 * self.policy_parameters * self.policy
        for tokens, parameters in ((self.search, self.search_parameters), (self.scored, self.scorer_parameters)):
            found = found + np.where(tokens == 0, 0.0, 2 * parameters * tokens)
        return np.asarray(found)

    @property
    def candidate(self) -> Candidate:
        """What is compared at equal cost."""
        return Candidate(self.strategy, self.name, self.ks, self.accuracy, self.tokens)

    def costs(self, rows: IntArray) -> dict[str, FloatArray]:
        """Means a problem at each k, over some problems."""
        k = self.ks.astype(np.float64)
        each, once = self.dollars[:, rows].mean(axis=1)
        scored = (self.search + self.scored)[rows].mean()
        return {
            "policy_tokens": k * self.policy[rows].mean(),
            "scored_tokens": k * scored,
            "tokens": k * self.tokens[rows].mean(),
            "flops": k * self.flops[rows].mean(),
            # What scorers cost is not known.
            "dollars": k * each + once if scored == 0 else np.full(k.size, np.nan),
        }


def read_pair(spec: Mapping[str, Any], results: Path) -> Pair:
    """The files of a pair, by its folder and cut."""
    folder = results / str(spec["folder"])
    paths = sample_files(folder, Cut.read(str(spec["cut"])))
    return Pair(
        spec,
        read_problem_curves(folder / "selection_problems.parquet"),
        read_judgements(folder / "judgements.csv"),
        read_counts(folder / "counts.csv"),
        read_draws(paths, spec["samples"]),
    )


def common_problems(pairs: Sequence[Pair]) -> list[str]:
    """Problems that all strategies of a model have drawn and verified, in the order of the first.

    Raises:
        InputError: there are none.
    """
    names = list(dict.fromkeys(pairs[0].curves["problem_id"].astype(str)))
    for pair in pairs[1:]:
        there = set(pair.curves["problem_id"].astype(str))
        names = [name for name in names if name in there]
    if not names:
        raise InputError(
            f"the strategies {', '.join(pair.strategy for pair in pairs)} of {pairs[0].spec['model']} share no verified problem, so nothing can be compared"
        )
    return names


def ways(pair: Pair, label: str, measuring: bool, names: list[str], parameters: Mapping[str, float]) -> list[Way]:
    """The ways of a strategy: coverage, a blind choice, and every selector.

    Args:
        pair: the strategy of a model.
        label: what is right, ``outcome`` or ``process``.
        measuring: take the samples that do not judge, where the pair has judged.
        names: problems, in order.
        parameters: by scorer, and under an empty name of the policy; NaN where unknown.
    """
    part = MEASURING if measuring and (pair.curves["part"] == MEASURING).any() else ALL
    table = pair.curves[(pair.curves["part"] == part) & (pair.curves["label"] == label)]
    draws = pair.draws.set_index("problem_id").reindex(names)
    policy, search = (draws[name].to_numpy(dtype=np.float64) for name in ("policy_tokens", "search_tokens"))
    dollars = _dollars(draws, pair.spec["price"])
    found = []
    for key, own in table.groupby(list(KEYS), sort=False):
        _, selector, scorer, options, _ = map(str, key)
        wide = own.pivot(index="problem_id", columns="k", values="accuracy").reindex(names)
        wide = wide.loc[:, wide.notna().all()]
        if wide.empty:
            continue
        scored = own.groupby("problem_id")["scored_tokens"].first().reindex(names).to_numpy(dtype=np.float64)
        found.append(
            Way(
                pair.strategy,
                selector,
                scorer,
                options,
                wide.columns.to_numpy(dtype=np.int64),
                wide.to_numpy(dtype=np.float64),
                policy,
                search,
                scored,
                parameters.get("", np.nan),
                parameters.get(str(pair.spec["search_scorer"]), np.nan),
                parameters.get(scorer, np.nan) if scorer else np.nan,
                dollars,
            )
        )
    return found


def _dollars(draws: pd.DataFrame, price: Mapping[str, Any] | None) -> FloatArray:
    """Dollars of a draw, and of the prompt once, by problem: shape (2, problems)."""
    known = read_price(price)
    found = np.full((2, len(draws)), np.nan)
    if known is None:
        return found
    for place in range(len(draws)):
        row = draws.iloc[[place]]
        tokens = pd.DataFrame(
            {
                "samples": [1.0],
                "prompt_tokens": row["prompt_tokens"].to_numpy(dtype=np.float64),
                "output_tokens": row["policy_tokens"].to_numpy(dtype=np.float64),
                "output_tokens_squared": [np.nan],
            }
        )
        one, two = cost_of_k([1, 2], tokens, None, known)["dollars"]
        found[:, place] = two - one, 2 * one - two
    return found


def groups(pair: Pair, names: list[str]) -> Sequence[object] | None:
    """The group of each problem; None where problems come alone."""
    return groups_of(pair.counts.set_index("problem_id").loc[list(names)].reset_index())
