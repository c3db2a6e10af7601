"""The figures as a text for the terminal."""

from typing import Any


def report(figures: dict[str, Any]) -> str:
    """For the terminal."""
    height, width = figures["picture"]
    cores = figures["machine"]["cores"]
    lines = [
        f"{width}x{height}, {figures['frames']} frames, {figures['rounds']} x, {cores} cores; median (range)",
        "",
        f"{'':16}{'ms a frame':>22}{'ms of all cores':>24}",
    ]
    lines += [
        f"{name.replace('_', ' '):16}{_text(cost['wall_ms']):>22}{_text(cost['cpu_ms']):>24}"
        for name, cost in figures["costs"].items()
    ]
    for name, bound in figures["bounds"].items():
        lines.append(
            f"{name.replace('_', ' ')}: stages that overlap need {bound['bound_ms']['median']:.2f} ms a frame; "
            f"that is {_text(bound['ratio'])} of what it takes; the cores' time shared out evenly, "
            f"{_text(bound['cores_ratio'])}"
        )
    for name, live in figures["live"].items():
        lines.append(
            f"live, {name}: capture to label {_text(live['median_ms'])} ms, "
            f"95th percentile {_text(live['p95_ms'])} ms, {live['core']['median']:.0%} of a core, "
            f"{live['dropped']['high']:.0f} dropped at most"
        )
    alone = figures["session"]
    memory = "" if alone["memory_mb"] is None else f", {alone['memory_mb']:.0f} MB of memory at most"
    lines.append(f"a session of its own: first label after {alone['first_label_s']:.2f} s{memory}")
    return "\n".join(lines)


def _text(figure: dict[str, float]) -> str:
    return f"{figure['median']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
