"""How a run's state is drawn on a terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from monkeys.console.state import RunState, Stage, clock


def drawn(state: RunState, now: float, title: str) -> RenderableType:
    """A line a stage, below a line on the whole; at the bottom what a job said last."""
    stages = state.stages(now)
    head = Text.assemble((title, "bold"), f"  {clock(now - state.began)}")
    if not stages:
        return Group(head, Text(state.last_said or "looking what there is to do", style="dim", no_wrap=True, overflow="ellipsis"))
    parts: list[RenderableType] = [head, _table(stages)]
    if said := _said(state):
        parts.append(Text(f"  {said}", style="dim", no_wrap=True, overflow="ellipsis"))
    parts += [Text(line, style="red", overflow="fold") for failure in state.failures.values() for line in failure.lines()]
    return Group(*parts)


def _table(stages: Sequence[Stage]) -> Table:
    table = Table.grid(padding=(0, 2))
    for _ in range(6):
        table.add_column(no_wrap=True)
    for stage in stages:
        table.add_row(
            Text(""),
            Text(stage.name, style="green" if stage.done else ""),
            ProgressBar(total=1.0, completed=stage.share, width=20, complete_style="cyan", finished_style="green"),
            Text(stage.numbers()),
            Text(f"{stage.rate:,.0f} tokens/s" if stage.rate else ""),
            Text(f"{clock(stage.seconds_left)} left" if stage.seconds_left is not None and not stage.done else ""),
        )
    return table


def _said(state: RunState) -> str:
    """What the job that started first has said last, or what runs."""
    jobs = list(state.running.values())
    if not jobs:
        return ""
    job = next((one for one in jobs if one.said), jobs[0])
    more = f" (and {len(jobs) - 1} more {'job' if len(jobs) == 2 else 'jobs'})" if len(jobs) > 1 else ""
    return (job.said or job.label) + more
