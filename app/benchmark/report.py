"""The figures as a text for the terminal."""

from collections.abc import Iterator
from typing import Any

Figures = dict[str, Any]


def report(figures: Figures) -> str:
    """Writes the figures of `measure` and `session` as a text of several lines.

    Args:
        figures: what `measure` returned, and "session".

    Returns:
        The lines: a table of costs, then a sentence on each bound, live scene and the session.
    """
    height, width = figures["picture"]
    head = f"{width}x{height}, {figures['frames']} frames, {figures['rounds']} x, {figures['machine']['cores']} cores"
    lines = [f"{head}; median (range)", "", *_costs(figures), *_bounds(figures), *_live(figures), _session(figures)]
    return "\n".join(lines)


def _costs(figures: Figures) -> Iterator[str]:
    yield f"{'':16}{'ms a frame':>22}{'ms of all cores':>24}"
    for name, cost in figures["costs"].items():
        yield f"{name.replace('_', ' '):16}{_text(cost['wall_ms']):>22}{_text(cost['cpu_ms']):>24}"


def _bounds(figures: Figures) -> Iterator[str]:
    for name, bound in figures["bounds"].items():
        yield (
            f"{name.replace('_', ' ')}: stages that overlap need {bound['bound_ms']['median']:.2f} ms a frame; "
            f"that is {_text(bound['ratio'])} of what it takes; the cores' time shared out evenly, "
            f"{_text(bound['cores_ratio'])}"
        )


def _live(figures: Figures) -> Iterator[str]:
    for name, live in figures["live"].items():
        yield (
            f"live, {name}: capture to label {_text(live['median_ms'])} ms, "
            f"95th percentile {_text(live['p95_ms'])} ms, {live['core']['median']:.0%} of a core, "
            f"{live['dropped']['high']:.0f} dropped at most"
        )


def _session(figures: Figures) -> str:
    alone = figures["session"]
    memory = "" if alone["memory_mb"] is None else f", {alone['memory_mb']:.0f} MB of memory at most"
    return f"a session of its own: first label after {alone['first_label_s']:.2f} s{memory}"


def _text(figure: dict[str, float]) -> str:
    return f"{figure['median']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
