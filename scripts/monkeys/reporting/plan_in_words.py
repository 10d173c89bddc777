"""A study's plan in ten lines, for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from monkeys.console.state import STAGES, stage_of
from monkeys.costs.architecture import read_architecture
from monkeys.costs.price import PerAttempt, PerGpuHour, PerMillionTokens, read_price
from monkeys.study.plan import PairPlan

UNKNOWN = "no earlier run of this checkout has measured the speed, and price.per_gpu_hour does not say it"


def plan_lines(config: Mapping[str, Any], jobs: Mapping[str, int], plans: Sequence[PairPlan]) -> list[str]:
    """What is to be done, by a completed configuration, the jobs by rule, and the plans of the pairs that draw."""
    by_stage = {stage: sum(number for rule, number in jobs.items() if stage_of(rule) == stage) for stage in STAGES}
    total = sum(by_stage.values())
    counts = ", ".join(f"{len(config[key])} {key if len(config[key]) != 1 else key[:-1]}" for key in ("benchmarks", "models", "pairs"))
    lines = [f"{config['run']}: {counts}"]
    lines.append(
        _row(
            "jobs",
            f"{total:,}"
            + (f": {', '.join(f'{stage} {number:,}' for stage, number in by_stage.items() if number)}" if total else "; nothing to be done"),
        )
    )
    if not plans:
        return [*lines, _row("samples", "none is drawn: they are there already, in files of yours or as counts")]
    wanted, there, stored, to_draw = (sum(getattr(plan, name) for plan in plans) for name in ("wanted", "there", "stored", "to_draw"))
    lines.append(
        _row(
            "samples",
            f"{wanted:,}: {there:,} in the run"
            + (f", {stored:,} in the store if prompts and seeds are the same" if stored else "")
            + f", {to_draw:,} to draw",
        )
    )
    if not to_draw:
        return lines
    drawing = [plan for plan in plans if plan.to_draw]
    guessed, measured = (sum(plan.tokens for plan in drawing if plan.at_most is at_most) for at_most in (True, False))
    said = [f"at most {_short(guessed)} by max_tokens"] if guessed else []
    said += [f"about {_short(measured)} by the means of earlier runs"] if measured else []
    lines.append(_row("tokens", ", ".join(said)))
    for name, on_gpu in (("GPU hours", True), ("CPU hours", False)):
        of_kind = [plan for plan in drawing if bool(plan.gpus) is on_gpu]
        if of_kind:
            lines.append(_row(name, _hours(of_kind)))
    lines += [_row("FLOPs", _flops(config, drawing)), _row("dollars", _dollars(config, drawing)), _row("disk", _disk(drawing))]
    return lines


def _row(name: str, text: str) -> str:
    return f"  {name:<10} {text}"


def _short(number: float) -> str:
    for size, unit in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:,.0f}"


def _models(plans: Iterable[PairPlan]) -> str:
    names = list(dict.fromkeys(plan.pair.model for plan in plans))
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:2])} and {len(names) - 2} more models"


def _hours(plans: Sequence[PairPlan]) -> str:
    known, unknown = [plan for plan in plans if plan.seconds is not None], [plan for plan in plans if plan.seconds is None]
    hours = sum((plan.seconds or 0) * max(1, plan.gpus) / 3600 for plan in known)
    parts = [f"{'at most' if any(plan.at_most for plan in known) else 'about'} {hours:,.3g}"] if known else []
    if unknown:
        parts.append(f"unknown for {_models(unknown)} ({UNKNOWN})")
    return "; ".join(parts)


def _flops(config: Mapping[str, Any], plans: Sequence[PairPlan]) -> str:
    total, unknown = 0.0, []
    for plan in plans:
        value = config["models"][plan.pair.model].get("architecture")
        if value is None:
            unknown.append(plan)
        else:
            total += 2 * read_architecture(value).parameters * plan.tokens
    parts = [f"{'at most' if any(plan.at_most for plan in plans) else 'about'} {total:.2g}, without attention and prompts"] if total else []
    return "; ".join([*parts, *([f"unknown for {_models(unknown)} (no architecture in the configuration)"] if unknown else [])])


def _dollars(config: Mapping[str, Any], plans: Sequence[PairPlan]) -> str:
    total, priced, unknown = 0.0, False, []
    for plan in plans:
        match read_price(config["models"][plan.pair.model].get("price")):
            case PerMillionTokens(output=output):
                total, priced = total + plan.tokens * output / 1e6, True
            case PerAttempt(dollars=dollars):
                total, priced = total + plan.to_draw * dollars, True
            case PerGpuHour(dollars=float() | int() as dollars) if plan.seconds is not None:
                total, priced = total + plan.seconds / 3600 * max(1, plan.gpus) * dollars, True
            case _:
                unknown.append(plan)
    parts = [f"{'at most' if any(plan.at_most for plan in plans) else 'about'} {total:,.2f}, without prompts"] if priced else []
    return "; ".join([*parts, *([f"unknown for {_models(unknown)} (no price in the configuration)"] if unknown else [])])


def _disk(plans: Sequence[PairPlan]) -> str:
    size = sum(plan.disk for plan in plans)
    return f"at most {size / 1e9:,.1f} GB of samples" if size >= 1e8 else f"at most {size / 1e6:,.1f} MB of samples"
