"""Charts as PNG files: training curves and the confusion matrix."""

import csv
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure

from app.outputs import written_whole
from training.evaluation.metrics import Scores

# Matplotlib's own font has no Chinese, Japanese, Korean, Devanagari or Thai; the first ones installed fill the gaps
_FONTS = (
    *("DejaVu Sans", "Noto Sans CJK SC", "Noto Sans Devanagari", "Noto Sans Thai", "Microsoft YaHei", "Nirmala UI"),
    *("PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Malgun Gothic", "Arial Unicode MS"),
)
_TRAIN, _VAL, _QUIET = "#2a6fbb", "#d1495b", "#888888"


def draw_curves(history: Path, target: Path) -> None:
    """Draws loss and accuracy over the epochs, with the end of the warm-up marked; nothing without epochs.

    Args:
        history: the history.csv of a run.
        target: the PNG; one that is there is replaced.

    Raises:
        OutputError: it cannot be written.
    """
    with history.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        return
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, key, title in zip(figure.subplots(1, 2), ("loss", "accuracy"), ("Loss", "Accuracy"), strict=True):
        _draw_curve(axes, rows, key, title)
    _save(figure, target)


def _draw_curve(axes: Any, rows: Sequence[Mapping[str, str]], key: str, title: str) -> None:
    epochs = [int(row["epoch"]) for row in rows]
    for name, colour, label in ((key, _TRAIN, "train"), (f"val_{key}", _VAL, "validation")):
        axes.plot(epochs, [float(row[name]) for row in rows], "o-", color=colour, label=label, markersize=3.5)
    warmup = sum(row["stage"] == "warmup" for row in rows)
    if 0 < warmup < len(rows):
        axes.axvline(warmup + 0.5, color=_QUIET, linestyle="--", linewidth=1)
        axes.annotate(" end of warm-up", (warmup + 0.5, 1), xycoords=("data", "axes fraction"), va="top", color=_QUIET)
    axes.set(title=title, xlabel="epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)


def draw_confusion(scores: Scores, target: Path) -> None:
    """Draws the confusion matrix: shares of each true class as shades, counts as numbers.

    Args:
        scores: of a part.
        target: the PNG; one that is there is replaced.

    Raises:
        OutputError: it cannot be written.
    """
    installed = set(font_manager.get_font_names())
    fonts = [name for name in _FONTS if name in installed]
    # a label may be in any script, and may hold a $, which is no formula
    with rc_context({"font.family": fonts, "text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)  # an empty box says as much
        _draw_confusion(scores, target)


def _draw_confusion(scores: Scores, target: Path) -> None:
    classes = len(scores.labels)
    support = np.maximum(scores.confusion.sum(axis=1, keepdims=True), 1)
    side = max(4.5, 1.8 + 0.45 * classes)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(scores.confusion / support, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(scores.confusion):
        if count:
            _write_count(axes, int(row), int(column), int(count), float(count / support[row, 0]))
    axes.set_xticks(range(classes), scores.labels, rotation=60, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(classes), scores.labels)
    axes.set(xlabel="answer", ylabel="truth", title=f"{scores.images} images, accuracy {scores.accuracy:.1%}")
    _save(figure, target)


def _write_count(axes: Any, row: int, column: int, count: int, share: float) -> None:
    colour = "white" if share > 0.5 else "black"
    axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)


def _save(figure: Figure, target: Path) -> None:
    with written_whole(target) as draft:
        figure.savefig(draft, dpi=120)
