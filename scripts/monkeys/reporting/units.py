"""Numbers with their units, as the report and the terminal write them."""

PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
MEASURES = {"dollars": "dollars", "flops": "FLOPs", "gpu_seconds": "GPU seconds", "output_tokens": "output tokens"}
"""Measures of cost (``monkeys.costs.cost.MEASURES``), as one says them."""


def quantity(value: float, measure: str) -> str:
    """A cost with its unit: three digits and a prefix for FLOPs, cents for dollars, hours for long GPU times.

    Args:
        value: in the measure's own unit.
        measure: one of ``MEASURES``.
    """
    if measure == "dollars":
        return f"${value:,.2f}" if value >= 1 else f"${value:.3g}"
    if measure == "gpu_seconds":
        return f"{value / 3600:,.3g} GPU hours" if value >= 3600 else f"{value:.3g} GPU seconds"
    if measure == "output_tokens":
        return f"{value:,.0f} output tokens"
    power = 0
    # 999.6 would be written as 1e+03.
    while value >= 999.5 and power < len(PREFIXES) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.3g} {PREFIXES[power]}FLOP"


def percent(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.1f} %"
