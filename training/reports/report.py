"""Scores as text for a terminal."""

from training.evaluation.cross_dataset import Hits
from training.evaluation.intervals import Interval
from training.evaluation.metrics import Scores

_CONFUSED = 5


def format_scores(scores: Scores) -> str:
    """Accuracy, macro F1, the accepted share, intervals, and a line for each class, aligned for a terminal."""
    width = max(len("class"), *(len(label) for label in scores.labels))
    lines = [
        f"{scores.images} images: accuracy {scores.accuracy:.3f}, macro F1 {scores.macro_f1:.3f}; "
        f"{scores.accepted:.1%} above threshold, of which {scores.accepted_accuracy:.1%} right",
        _format_intervals(scores),
        f"macro recall {scores.macro_recall:.3f}, top-3 {scores.top3:.3f}; {_format_calibration(scores)}",
        f"{'class':{width}}  precision  recall     F1  images",
    ]
    for row in scores.per_class():
        figures = f"{row['precision']:9.3f}  {row['recall']:6.3f}  {row['f1']:5.3f}  {row['support']:6d}"
        lines.append(f"{row['label']:{width}}  {figures}")
    confused = [f"{row['truth']} as {row['answer']} {row['images']}" for row in scores.confused(_CONFUSED)]
    return "\n".join(lines + ([f"most confused: {', '.join(confused)}"] if confused else []))


def format_confusion(scores: Scores) -> str:
    """The matrix as text: a row for each true class, a column for each answer in the same order."""
    width = max(len(label) for label in scores.labels)
    cell = max(3, len(str(scores.confusion.max())))
    head = " ".join(f"{number:>{cell}}" for number in range(1, len(scores.labels) + 1))
    lines = [f"{'':{width + 4}}{head}   (columns: answers)"]
    for number, (label, row) in enumerate(zip(scores.labels, scores.confusion, strict=True), 1):
        lines.append(f"{number:>2}  {label:{width}}" + " ".join(f"{count or '.':>{cell}}" for count in row))
    return "\n".join(lines)


def format_cross(cross: Cross, here: str) -> str:
    """Both sources, a line each, on the classes that they share."""
    classes = len(set(cross.classes.values()))
    width = max(len(here), len(cross.source))
    lines = [f"{'':{width}}  {'among the ' + str(classes) + ' common classes':>29}  {'among all classes':>20}  images"]
    for name, hits in ((here, cross.here), (cross.source, cross.there)):
        lines.append(f"{name:{width}}  {_format_hits(hits)}  {hits.images:6d}")
    return "\n".join(lines)


def _format_hits(hits: Hits) -> str:
    mapped = f"{hits.accuracy_mapped:.3f} ({_format_interval(hits.intervals['accuracy_mapped'])})"
    every = f"{hits.accuracy_all:.3f} ({_format_interval(hits.intervals['accuracy_all'])})"
    return f"{mapped:>29}  {every:>20}"


def _format_intervals(scores: Scores) -> str:
    names = {"accuracy": "accuracy", "macro_f1": "macro F1", "accepted_accuracy": "right above threshold"}
    found = [
        f"{name} {_format_interval(scores.intervals[key])}" for key, name in names.items() if key in scores.intervals
    ]
    return f"95 % intervals: {', '.join(found)}"


def _format_interval(interval: Interval) -> str:
    return f"{interval[0]:.3f}-{interval[1]:.3f}"


def _format_calibration(scores: Scores) -> str:
    before = "" if scores.uncalibrated is None else f", {scores.uncalibrated.error:.3f} before the temperature"
    reliability = scores.reliability
    return f"calibration error {reliability.error:.3f} ({reliability.chance:.3f} by chance on so few pictures{before})"
