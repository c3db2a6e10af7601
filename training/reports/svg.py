"""Geometry for hand-made SVG charts; the templates draw it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tick:
    """at: px along the axis. label: its text."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot area in an SVG of width x height px, y growing upwards in the data; x and y: the data's ranges."""

    width: float = 420
    height: float = 320
    left: float = 46
    right: float = 14
    top: float = 12
    bottom: float = 40
    x: tuple[float, float] = (0, 1)
    y: tuple[float, float] = (0, 1)

    def at_x(self, value: float) -> float:
        share = (value - self.x[0]) / (self.x[1] - self.x[0])
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def at_y(self, value: float) -> float:
        share = (value - self.y[0]) / (self.y[1] - self.y[0])
        return round(self.height - self.bottom - share * (self.height - self.top - self.bottom), 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """The line through (x, y) points, as the `d` of a path."""
        return "M" + "L".join(f"{self.at_x(x)} {self.at_y(y)}" for x, y in points)

    def x_ticks(self, values: Sequence[float]) -> list[Tick]:
        return [Tick(self.at_x(value), f"{100 * value:.0f} %") for value in values]

    def y_ticks(self, values: Sequence[float]) -> list[Tick]:
        return [Tick(self.at_y(value), f"{100 * value:.0f} %") for value in values]
