"""Scores as text for a terminal."""

import numpy as np
import numpy.typing as npt

from app.text import counted
from training.evaluation.breakdown import Breakdown
from training.evaluation.cross_dataset import CrossDataset, Hits
from training.evaluation.intervals import Interval
from training.evaluation.metrics import TOP, Scores
from training.evaluation.unknown import Unknown

_CONFUSED = 5


def format_scores(scores: Scores) -> str:
    """Writes the scores, their intervals, and a line for each class that has images or was an answer, aligned."""
    rows = [row for row, used in zip(scores.per_class(), _used(scores), strict=True) if used]
    width = max(len("class"), *(len(row.label) for row in rows))
    lines = [
        f"{scores.images} images: accuracy {scores.accuracy:.3f}, macro F1 {scores.macro_f1:.3f}; "
        f"{scores.coverage:.1%} above threshold, of which {scores.selective_accuracy:.1%} right",
        _format_intervals(scores),
        f"macro recall {scores.macro_recall:.3f}, {_format_top(scores)}{_format_calibration(scores)}",
        f"{'class':{width}}  precision  recall     F1  images",
    ]
    for row in rows:
        lines.append(f"{row.label:{width}}  {row.precision:9.3f}  {row.recall:6.3f}  {row.f1:5.3f}  {row.support:6d}")
    confused = [f"{pair.truth} as {pair.answer} {pair.images}" for pair in scores.confused(_CONFUSED)]
    return "\n".join(lines + ([f"most confused: {', '.join(confused)}"] if confused else []))


def format_confusion(scores: Scores) -> str:
    """Writes the confusion matrix of the classes that have images or were answers.

    A row is a true class; the columns are the answers in the same order.
    """
    used = np.flatnonzero(_used(scores))
    confusion = scores.confusion[np.ix_(used, used)]
    width = max(len(scores.labels[number]) for number in used)
    cell = max(3, len(str(confusion.max())))
    head = " ".join(f"{number:>{cell}}" for number in range(1, len(used) + 1))
    lines = [f"{'':{width + 4}}{head}   (columns: answers)"]
    for number, row in enumerate(confusion):
        label = scores.labels[used[number]]
        lines.append(f"{number + 1:>2}  {label:{width}}" + " ".join(f"{count or '.':>{cell}}" for count in row))
    return "\n".join(lines)


def _used(scores: Scores) -> npt.NDArray[np.bool_]:
    return np.asarray((scores.confusion.sum(axis=0) + scores.confusion.sum(axis=1)) > 0)


def format_breakdown(breakdown: Breakdown) -> str:
    """Writes a line for each source, where there are several, and for each class of which persons are known."""
    lines = []
    if len(breakdown.sources) > 1:
        width = max(len("source"), *(len(one.source) for one in breakdown.sources))
        lines.append(f"{'source':{width}}  images  right  wrong and sure")
        for one in breakdown.sources:
            lines.append(f"{one.source:{width}}  {one.images:6d}  {one.accuracy:5.3f}  {one.sure_wrong:14.3f}")
    if breakdown.persons:
        width = max(len("class"), *(len(of.label) for of in breakdown.persons))
        lines.append(f"{'class':{width}}  images  persons  recall, mean of persons  of the worst")
        for of in breakdown.persons:
            counts = f"{of.images:6d}  {of.persons:7d}"
            lines.append(f"{of.label:{width}}  {counts}  {of.recall:23.3f}  {of.worst:12.3f}")
    return "\n".join(lines)


def format_cross(cross: CrossDataset, here: str) -> str:
    """Writes a line for each source, on the classes that both have.

    Args:
        cross: the scores on both.
        here: the name of the data at hand.
    """
    classes = len(set(cross.classes.values()))
    width = max(len(here), len(cross.source))
    lines = [f"{'':{width}}  {'among the ' + str(classes) + ' common classes':>29}  {'among all classes':>20}  images"]
    for name, hits in ((here, cross.here), (cross.source, cross.there)):
        lines.append(f"{name:{width}}  {_format_hits(hits)}  {hits.images:6d}")
    return "\n".join(lines)


def format_unknown(unknown: Unknown) -> str:
    """Writes a line on how often images of none of the classes are named."""
    return (
        f"{unknown.data}: {unknown.named:.1%} of {counted(len(unknown.unknown), 'image')} of none of the classes are "
        f"named; AUROC {unknown.auroc:.3f} (0.5: chance), FPR95 {unknown.fpr95:.1%} (named when 95 % of the "
        "known ones are)"
    )


def _format_hits(hits: Hits) -> str:
    mapped = f"{hits.accuracy_mapped:.3f} ({_format_interval(hits.intervals['accuracy_mapped'])})"
    every = f"{hits.accuracy_all:.3f} ({_format_interval(hits.intervals['accuracy_all'])})"
    return f"{mapped:>29}  {every:>20}"


def _format_intervals(scores: Scores) -> str:
    names = {"accuracy": "accuracy", "macro_f1": "macro F1", "selective_accuracy": "right above threshold"}
    found = [
        f"{name} {_format_interval(scores.intervals[key])}" for key, name in names.items() if key in scores.intervals
    ]
    return f"95 % intervals: {', '.join(found)}"


def _format_interval(interval: Interval) -> str:
    return f"{interval[0]:.3f}-{interval[1]:.3f}"


def _format_top(scores: Scores) -> str:
    """Nothing for so few classes that every truth is among the likeliest."""
    return f"top-{TOP} {scores.top3:.3f}; " if len(scores.labels) > TOP else ""


def _format_calibration(scores: Scores) -> str:
    before = "" if scores.uncalibrated is None else f", {scores.uncalibrated.error:.3f} before the temperature"
    found = scores.calibration
    return f"calibration error {found.error:.3f} ({found.chance:.3f} by chance on so few images{before})"
