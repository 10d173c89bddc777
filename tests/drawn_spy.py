"""A spy on matplotlib's axes: what a figure asks them to draw, whatever it looks like."""

from collections.abc import Iterator
from typing import Any

import pytest


class Spy:
    """Everything that the axes of a figure were asked to draw, in order."""

    def __init__(self) -> None:
        self.lines: list[tuple[list[float], list[float], dict[str, Any]]] = []
        self.bands: list[tuple[list[float], list[float], list[float], dict[str, Any]]] = []
        self.levels: list[float] = []
        self.labels: list[tuple[str, Any]] = []
        self.spans: list[tuple[float, float]] = []
        self.images: list[Any] = []
        self.scales: list[tuple[Any, Any]] = []
        self.patches: list[Any] = []
        self.settings: list[dict[str, Any]] = []

    def line(self, label: str) -> tuple[list[float], list[float], dict[str, Any]]:
        (found,) = [line for line in self.lines if line[2].get("label") == label]
        return found

    def band(self, colour: object) -> tuple[list[float], list[float], list[float]]:
        (found,) = [band for band in self.bands if band[3]["color"] == colour]
        return found[:3]


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    # Loaded by the tests that draw alone.
    from matplotlib.axes import Axes

    seen = Spy()

    def watch(name: str, keep: Any) -> None:
        real = getattr(Axes, name)

        def watched(axes: Any, *arguments: Any, **named: Any) -> Any:
            keep(axes, *arguments, **named)
            return real(axes, *arguments, **named)

        monkeypatch.setattr(Axes, name, watched)

    watch("plot", lambda axes, x, y, **looks: seen.lines.append((list(x), list(y), looks | {"axes": axes})))
    watch("fill_between", lambda axes, x, low, high, **looks: seen.bands.append((list(x), list(low), list(high), looks | {"axes": axes})))
    watch("axhline", lambda axes, y, **looks: seen.levels.append(y))
    watch("axvspan", lambda axes, low, high, **looks: seen.spans.append((low, high)))
    watch("annotate", lambda axes, text, xy, **looks: seen.labels.append((text, xy)))
    watch("imshow", lambda axes, image, **looks: (seen.images.append(image), seen.scales.append((looks["norm"], looks["cmap"]))))
    watch("add_patch", lambda axes, patch: seen.patches.append(patch))
    watch("set", lambda axes, **named: seen.settings.append(named))
    yield seen
