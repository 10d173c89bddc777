"""Choice of a model and a number of samples: the cheapest for a coverage, the best for a budget."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

DEFAULT_COVERAGE_TARGETS = (0.25, 0.5, 0.75, 0.9)


_UNITS = {"dollars": "dollars", "flops": "FLOPs", "gpu_seconds": "GPU seconds", "output_tokens": "output tokens"}


_EQUAL = 1e-9
"""Relative difference below which two costs are the same: sums of decimal prices are not exact."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model and its number of samples, with its coverage, interval and cost; or None of each. ``reason`` says why, in a sentence."""

    reason: str
    model: str | None = None
    k: int | None = None
    pass_at_k: float | None = None
    lower: float | None = None
    upper: float | None = None
    cost: float | None = None


def cheapest_for_coverage(curves: Mapping[str, pd.DataFrame], coverage: float, measure: str) -> Choice:
    """The model and the number of samples that reach a coverage at the lowest cost.

    Of equal costs the higher coverage is taken, then fewer samples, then the model that is named first.

    Args:
        curves: by model, columns k, pass_at_k, lower, upper and the measures.
        coverage: wanted, 0 to 1.
        measure: one of ``cost.MEASURES``.
    """
    table, left_out = _candidates(curves, measure)
    if table.empty:
        return Choice(f"no model's {_UNITS[measure]} are known")
    reaching = table[table["pass_at_k"] >= coverage - 1e-12]
    if reaching.empty:
        top = table.sort_values(["pass_at_k", "cost"], ascending=[False, True], kind="stable").iloc[0]
        return Choice(
            f"no model reaches {_percent(coverage)}; the highest is {top['model']} with {_percent(top['pass_at_k'])} at k = {top['k']}{left_out}"
        )
    tied = reaching[reaching["cost"] <= reaching["cost"].min() * (1 + _EQUAL)].sort_values(["pass_at_k", "k", "order"], ascending=[False, True, True])
    reason = f"{money(measure, tied['cost'].iloc[0])}, the lowest cost at which {_percent(coverage)} are reached"
    return _chosen(tied, f"{reason}{_ties(tied, 'cost')}{left_out}")


def best_within_budget(curves: Mapping[str, pd.DataFrame], budget: float, measure: str) -> Choice:
    """The model and the number of samples of the highest coverage that a budget allows.

    Of equal coverages the lower cost is taken, then fewer samples, then the model that is named first. A model is not drawn beyond its curve.

    Args:
        curves: as in ``cheapest_for_coverage``.
        budget: in the measure's unit.
        measure: one of ``cost.MEASURES``.
    """
    table, left_out = _candidates(curves, measure)
    if table.empty:
        return Choice(f"no model's {_UNITS[measure]} are known")
    allowed = table[table["cost"] <= budget * (1 + _EQUAL)]
    if allowed.empty:
        least = table.sort_values(["cost", "pass_at_k"], ascending=[True, False], kind="stable").iloc[0]
        return Choice(
            f"{money(measure, budget)} buys nothing; the least is {least['model']} at k = {least['k']} for {money(measure, least['cost'])}{left_out}"
        )
    tied = allowed[allowed["pass_at_k"] >= allowed["pass_at_k"].max() - 1e-12].sort_values(["cost", "k", "order"])
    reason = f"the highest coverage for at most {money(measure, budget)}{_ties(tied, 'coverage')}"
    last = table[table["model"] == tied["model"].iloc[0]]["k"].max()
    if tied["k"].iloc[0] == last and tied["cost"].iloc[0] < budget * (1 - _EQUAL):
        reason += f"; {tied['model'].iloc[0]} was not sampled beyond k = {last}, which leaves a part of the budget"
    return _chosen(tied, reason + left_out)


def default_coverages(curves: Mapping[str, pd.DataFrame]) -> list[float]:
    """Coverages to ask for where none are given: each model's last, and 25, 50, 75 and 90 % where some model reaches them."""
    last = [float(curve.sort_values("k")["pass_at_k"].iloc[-1]) for curve in curves.values()]
    return sorted({value for value in (*last, *(step for step in DEFAULT_COVERAGE_TARGETS if step <= max(last))) if value > 0})


def money(measure: str, value: float) -> str:
    """A cost with its unit, to be read."""
    if measure == "dollars":
        return f"${value:,.2f}" if value >= 1 else f"${value:.3g}"
    return f"{value:.4g} {_UNITS[measure]}"


def _percent(coverage: float) -> str:
    return f"{100 * coverage:.4g} %"


def _candidates(curves: Mapping[str, pd.DataFrame], measure: str) -> tuple[pd.DataFrame, str]:
    """All points of which the cost is known, and the end of a sentence that says which models were left out."""
    columns = ["model", "order", "k", "pass_at_k", "lower", "upper", "cost"]
    parts = [curve.assign(model=name, order=order, cost=curve[measure].astype(float))[columns] for order, (name, curve) in enumerate(curves.items())]
    table = pd.concat(parts, ignore_index=True)
    table = table[table["cost"].notna() & table["pass_at_k"].notna()]
    unknown = [name for name in curves if name not in set(table["model"])]
    return table, f"; left out, as their {_UNITS[measure]} are unknown: {', '.join(unknown)}" if unknown else ""


def _ties(tied: pd.DataFrame, of: str) -> str:
    """Who else had the same cost or coverage, and what decided."""
    first, others = tied.iloc[0], tied[tied["model"] != tied["model"].iloc[0]]
    if others.empty:
        return ""
    other = others.iloc[0]
    second, decided = ("pass_at_k", "has the higher coverage") if of == "cost" else ("cost", "costs less")
    if math.isclose(first[second], other[second], rel_tol=_EQUAL):
        decided = "takes fewer samples" if first["k"] != other["k"] else "is named first"
    names = " and ".join(dict.fromkeys(f"{row['model']} at k = {row['k']}" for _, row in others.drop_duplicates("model").iterrows()))
    return f"; the same {of} as {names}, but {first['model']} {decided}"


def _chosen(tied: pd.DataFrame, reason: str) -> Choice:
    row = tied.iloc[0]
    numbers = {name: None if pd.isna(row[name]) else float(row[name]) for name in ("pass_at_k", "lower", "upper", "cost")}
    return Choice(reason, str(row["model"]), int(row["k"]), **numbers)
