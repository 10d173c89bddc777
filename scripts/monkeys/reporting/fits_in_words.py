"""Laws, distributions and forecasts in words: for the report and for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any


def interval(ends: Sequence[float | None], digits: int = 3) -> str:
    """[low, high], with … at an end that the counts do not bound."""
    low, high = ("…" if end is None else f"{end:.{digits}f}" for end in ends)
    return f"[{low}, {high}]"


def value_or_doubt(fit: Mapping[str, Any], name: str, said: str) -> str:
    """A number as ``said``, followed by its doubt if it has one; the doubt alone where the interval is open on one side."""
    doubt = fit["doubts"].get(name)
    if not doubt:
        return said
    return doubt if None in fit[f"{name}_interval"] else f"{said} ({doubt})"


def share(value: float) -> str:
    """A share in per cent."""
    return f"{value * 100:.1f} %"


def never_solved(fit: Mapping[str, Any]) -> str:
    """The share of problems that are never solved, with its interval; a dash for distributions that know none."""
    if fit["estimator"] != "zero_inflated_beta_binomial":
        return "–"
    low, high = fit["never_interval"]
    return (
        value_or_doubt(fit, "never", share(fit["never"]))
        if "never" in fit["doubts"]
        else f"{share(fit['never'])} [{low * 100:.1f}, {high * 100:.1f}]"
    )


def law_sentence(law: Mapping[str, Any], confidence: float) -> str:
    """A fitted law, its loss named."""
    if "not_fitted" in law:
        return f"{law['loss_description']}: not fitted, {law['not_fitted']}"
    numbers = ", ".join(value_or_doubt(law, name, f"{name} = {law[name]:.3f} {interval(law[f'{name}_interval'])}") for name in "ab")
    return (
        f"{law['loss_description']}: {numbers} ({confidence:.0%} intervals), mean error {law['error_mean']:.4f} ± {law['error_sd']:.4f}, "
        f"largest {law['error_largest']:.4f} at k = {law['error_largest_k']}"
    )


def forecast_sentence(forecasts: Mapping[str, Any]) -> str:
    """The recommended forecast, with both of its intervals and its record, or why there is none."""
    if "not_forecast" in forecasts:
        return f"No forecast of pass@{forecasts['largest']}: {forecasts['not_forecast']}."
    best = forecasts["forecasts"][0]
    record = best["record"]
    these, others = (f"[{best[name]['lower'][-1]:.1%}, {best[name]['upper'][-1]:.1%}]" for name in ("these", "others"))
    return (
        f"pass@{forecasts['largest']} is forecast to be {best['coverage'][-1]:.1%}, from {forecasts['samples']} samples a problem; "
        f"{forecasts['confidence']:.0%} intervals are {these} for these problems and {others} for other problems of the same kind. "
        f"The same forecast from {part(forecasts)} of the samples was off by {record['mean_absolute_error']:.3f} in the mean of {record['hold_outs']} hold-outs "
        f"(bias {record['bias']:+.3f}; the interval for these problems held the truth in {record['inside']})."
    )


def part(forecasts: Mapping[str, Any]) -> str:
    """Which part of the samples a hold-out has."""
    factor = forecasts["record_factor"]
    if round(factor, 6) == 10:
        return "a tenth"
    return "half" if round(factor, 6) == 2 else f"1/{factor:.3g}"
