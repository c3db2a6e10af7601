"""Geometry for the charts of the HTML pages: from data to px, paths, ticks. The templates draw it as SVG."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: px along the axis.
        label: its text.
    """

    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A plot area in an SVG, its y growing upwards.

    Attributes:
        width: of the SVG, px.
        height: of the SVG, px.
        left: margin, px; the same for right, top and bottom.
        right: margin.
        top: margin.
        bottom: margin.
        x: the data's range, (least, largest).
        y: the data's range.
    """

    width: float = 420
    height: float = 320
    left: float = 46
    right: float = 14
    top: float = 12
    bottom: float = 40
    x: tuple[float, float] = (0, 1)
    y: tuple[float, float] = (0, 1)

    @property
    def right_edge(self) -> float:
        """The x of the right end of the plot area, px."""
        return self.width - self.right

    @property
    def floor(self) -> float:
        """The y of the lower end of the plot area, px."""
        return self.height - self.bottom

    def at_x(self, value: float) -> float:
        """Converts an x of the data to px."""
        share = (value - self.x[0]) / (self.x[1] - self.x[0])
        return round(self.left + share * (self.right_edge - self.left), 1)

    def at_y(self, value: float) -> float:
        """Converts a y of the data to px."""
        share = (value - self.y[0]) / (self.y[1] - self.y[0])
        return round(self.floor - share * (self.floor - self.top), 1)

    def path(self, points: Iterable[tuple[float, float]]) -> str:
        """Draws the line through points of the data, with a gap at each that has no finite y.

        Returns:
            The `d` of an SVG path; empty without a finite point.
        """
        path, pen = "", "M"
        for x, y in points:
            if math.isfinite(y):
                path += f"{pen}{self.at_x(x):g} {self.at_y(y):g}"
            pen = "L" if math.isfinite(y) else "M"
        return path

    def x_ticks(self, values: Sequence[float], label: Callable[[float], str]) -> list[Tick]:
        """Places ticks on the x axis."""
        return [Tick(self.at_x(value), label(value)) for value in values]

    def y_ticks(self, values: Sequence[float], label: Callable[[float], str]) -> list[Tick]:
        """Places ticks on the y axis."""
        return [Tick(self.at_y(value), label(value)) for value in values]


def percent(share: float) -> str:
    """Labels a share, 0..1.

    Example:
        >>> percent(0.2)
        '20 %'
    """
    return f"{100 * share:.0f} %"


def round_values(low: float, high: float, at_most: int = 6) -> list[float]:
    """Chooses round values for an axis, in steps of 1, 2 or 5 times a power of ten.

    Args:
        low: the least value shown.
        high: the largest.
        at_most: how many values, or one more.

    Returns:
        From the last round value at or below `low` to the first at or above `high`; two at least.

    Example:
        >>> round_values(0.3, 8.1)
        [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    """
    span = max(high - low, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / at_most))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if span / (factor * power) <= at_most - 1)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]
