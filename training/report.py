"""Scores as text for a terminal."""

from training.metrics import Scores


def format_scores(scores: Scores) -> str:
    """Accuracy, macro F1, the accepted share, and a line for each class, aligned for a terminal."""
    width = max(len("class"), *(len(label) for label in scores.labels))
    lines = [
        f"{scores.images} images: accuracy {scores.accuracy:.3f}, macro F1 {scores.macro_f1:.3f}; "
        f"{scores.accepted:.1%} above threshold, of which {scores.accepted_accuracy:.1%} right",
        f"{'class':{width}}  precision  recall     F1  images",
    ]
    for row in scores.per_class():
        figures = f"{row['precision']:9.3f}  {row['recall']:6.3f}  {row['f1']:5.3f}  {row['support']:6d}"
        lines.append(f"{row['label']:{width}}  {figures}")
    return "\n".join(lines)


def format_confusion(scores: Scores) -> str:
    """The matrix as text: a row for each true class, a column for each answer in the same order."""
    width = max(len(label) for label in scores.labels)
    cell = max(3, len(str(scores.confusion.max())))
    head = " ".join(f"{number:>{cell}}" for number in range(1, len(scores.labels) + 1))
    lines = [f"{'':{width + 4}}{head}   (columns: answers)"]
    for number, (label, row) in enumerate(zip(scores.labels, scores.confusion, strict=True), 1):
        lines.append(f"{number:>2}  {label:{width}}" + " ".join(f"{count or '.':>{cell}}" for count in row))
    return "\n".join(lines)
