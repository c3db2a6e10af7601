"""The curve of a learning rate range test as an image."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.arrays import Float64s
from app.outputs import written_whole

_CURVE, _CHOSEN, _QUIET = "#2a6fbb", "#d1495b", "#888888"


def draw_lr_curve(
    rates: Float64s, losses: Float64s, smoothed: Float64s, marks: dict[str, float], chosen: float | None, target: Path
) -> None:
    """Draws loss against learning rate as a PNG.

    Args:
        rates: (n,), rising.
        losses: (n,), one batch at each rate.
        smoothed: (n,), the curve through them.
        marks: name -> rate, of vertical lines.
        chosen: the rate to point out; None: none.
        target: the file; one that is there is replaced.

    Raises:
        OutputError: it cannot be written.
    """
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.semilogx(rates, losses, ".", color=_CURVE, alpha=0.35, markersize=5, label="batch")
    axes.semilogx(rates, smoothed, color=_CURVE, linewidth=2, label="smoothed")
    for name, rate in marks.items():
        axes.axvline(rate, color=_QUIET, linestyle="--", linewidth=1)
        axes.annotate(f" {name}", (rate, 0.02), xycoords=("data", "axes fraction"), color=_QUIET, fontsize=9)
    if chosen is not None:
        height = np.interp(np.log(chosen), np.log(rates), smoothed)
        axes.plot(chosen, height, "o", color=_CHOSEN, markersize=8, label=f"suggested: {chosen:g}")
    _finish(axes, losses, smoothed)
    with written_whole(target) as draft:
        figure.savefig(draft, dpi=120, format="png")


def _finish(axes: Axes, losses: Float64s, smoothed: Float64s) -> None:
    """Titles, and a height in which a loss that diverged does not flatten the rest."""
    bottom, top = min(losses.min(), smoothed.min()), max(losses[: len(losses) // 2 + 1].max(), smoothed[0] * 1.5)
    axes.set(ylim=(bottom - 0.08 * (top - bottom), top), xlabel="learning rate", ylabel="loss of the batch")
    axes.set_title("Learning rate range test")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="upper left")
