"""The trade-off as a picture: every candidate by its delay and its mistakes, an SVG that any browser shows."""

import math
from collections.abc import Iterator

from app.score.tuning.search import GRID
from app.score.tuning.tuned import Tuned, figures

_WIDTH, _HEIGHT = 720, 460  # px
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 56, 52  # px around the plot
_INK, _FAINT, _CHOSEN, _PRESENT = "#24292f", "#b8c0c8", "#0a7a53", "#b4451f"


def picture(tuned: Tuned) -> str:
    """Draws the candidates: the delay to the right, wrong minutes an hour upwards, so that the best are bottom left.

    Args:
        tuned: what the search found.

    Returns:
        An SVG document.
    """
    points = {at: point for at, felt in enumerate(tuned.totals) if (point := _point(figures(felt))) is not None}
    plot = _Plot(list(points.values()))
    within = tuned.wish.without_delay()
    kept = {at for at in points if within.excess(tuned.totals[at]) == 0}
    parts = [*plot.axes()]
    parts += [plot.dot(points[at], 3, _FAINT, _title(tuned, at)) for at in points if at not in kept]
    parts += [plot.dot(points[at], 3.5, "#4d8fcc", _title(tuned, at)) for at in sorted(kept)]
    parts.append(plot.line([points[at] for at in tuned.trade_off if at in points], "#1f5f9e"))
    parts += plot.limit(tuned.wish.max_delay_s)
    for at, name, colour, beside in ((0, "present", _PRESENT, 1), (tuned.chosen, "chosen", _CHOSEN, -1)):
        if at in points:
            parts += [plot.dot(points[at], 7, colour, _title(tuned, at)), plot.label(points[at], name, colour, beside)]
    legend = (
        "blue: keeps the limits of switches and right minutes; grey: breaks one; line: no other is faster and better"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
            f'height="{_HEIGHT}" font-family="system-ui, sans-serif" font-size="13" fill="{_INK}">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            f'<text x="{_LEFT}" y="22" font-size="16" font-weight="600">{len(points)} settings of the smoothing</text>',
            f'<text x="{_LEFT}" y="41" font-size="12" fill="#57606a">{legend}</text>',
            *parts,
            "</svg>\n",
        ]
    )


class _Plot:
    """Where values lie in the picture."""

    def __init__(self, points: list[tuple[float, float]]) -> None:
        self._x_step, self._x_end = _scale(max((x for x, _ in points), default=1.0))
        self._y_step, self._y_end = _scale(max((y for _, y in points), default=1.0))

    def axes(self) -> Iterator[str]:
        bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
        for value in _ticks(self._x_step, self._x_end):
            x, _ = self._at((value, 0.0))
            yield f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#eaeef2"/>'
            yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{value:g}</text>'
        for value in _ticks(self._y_step, self._y_end):
            _, y = self._at((0.0, value))
            yield f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}" stroke="#eaeef2"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
        x, y = (_LEFT + right) / 2, (_TOP + bottom) / 2
        yield f'<text x="{x}" y="{_HEIGHT - 12}" text-anchor="middle">median delay at a change, s</text>'
        yield f'<text transform="translate(18 {y}) rotate(-90)" text-anchor="middle">sure and wrong, min/h</text>'

    def dot(self, point: tuple[float, float], radius: float, colour: str, title: str) -> str:
        x, y = self._at(point)
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"><title>{title}</title></circle>'

    def line(self, points: list[tuple[float, float]], colour: str) -> str:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self._at, points))
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'

    def limit(self, delay_s: float) -> Iterator[str]:
        if delay_s <= self._x_end:
            x, _ = self._at((delay_s, 0.0))
            bottom = _HEIGHT - _BOTTOM
            yield f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}" stroke="{_INK}" stroke-dasharray="4 4"/>'

    def label(self, point: tuple[float, float], text: str, colour: str, beside: int) -> str:
        """Writes above and to the right of a point, or with -1 below and to the left of it."""
        x, y = self._at(point)
        at = f'x="{x + 10 * beside:.1f}" y="{y + 4 - 14 * beside:.1f}"'
        anchor = "start" if beside > 0 else "end"
        return f'<text {at} text-anchor="{anchor}" fill="{colour}" font-weight="600">{text}</text>'

    def _at(self, point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return _LEFT + x / self._x_end * width, _TOP + (1 - y / self._y_end) * height


def _point(values: tuple[float | None, ...]) -> tuple[float, float] | None:
    _, delay_s, wrong, *_ = values
    return None if delay_s is None or wrong is None else (delay_s, wrong)


def _title(tuned: Tuned, at: int) -> str:
    settings = ", ".join(f"{key} {getattr(tuned.search.candidates[at], key):g}" for key in GRID)
    names = ("switches/min", "s delay", "wrong", "unsure", "right min/h")
    values = figures(tuned.totals[at])
    return settings + ": " + ", ".join(f"{v:.2f} {n}" for v, n in zip(values, names, strict=True) if v is not None)


def _scale(largest: float) -> tuple[float, float]:
    """Returns the step between ticks and the end of an axis: four to nine steps of 1, 2 or 5 times a power of ten."""
    largest = largest or 1.0
    power = 10 ** math.floor(math.log10(largest / 4))
    step = next(power * factor for factor in (1, 2, 5, 10) if largest / (power * factor) <= 8)
    return step, step * math.ceil(largest / step + 1e-9)


def _ticks(step: float, end: float) -> Iterator[float]:
    return (step * number for number in range(round(end / step) + 1))
