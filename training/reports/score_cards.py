"""The figures at the head of the evaluation report, each with what it means in one sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.text import counted
from training.evaluation.intervals import Interval
from training.evaluation.metrics import TOP, Scores


@dataclass(frozen=True)
class Card:
    """A figure for people.

    Attributes:
        name: of the score.
        value: as text with its unit.
        meaning: a sentence.
        interval: 95 %, 0..1; None: none.
    """

    name: str
    value: str
    meaning: str
    interval: Interval | None = None


def score_cards(scores: Scores) -> list[Card]:
    """Chooses the figures worth a card: top 3 only where there are more classes than that."""
    return [*_accuracies(scores), *_above_threshold(scores), _calibration(scores)]


def percent(share: float) -> str:
    """Writes a share on one line.

    Example:
        >>> percent(0.7512).replace("\\N{NO-BREAK SPACE}", " ")
        '75.1 %'
    """
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _accuracies(scores: Scores) -> Iterator[Card]:
    images = counted(scores.images, "image")

    def card(name: str, key: str, value: float, meaning: str) -> Card:
        return Card(name, percent(value), meaning, scores.intervals.get(key))

    right = _count(scores.accuracy, scores.images)
    yield card("Accuracy", "accuracy", scores.accuracy, f"The answer is right for {right} of {images}.")
    yield card(
        "Macro F1",
        "macro_f1",
        scores.macro_f1,
        "Missed images and wrong answers in one figure; rare classes count as much as common ones.",
    )
    yield card(
        "Macro recall",
        "macro_recall",
        scores.macro_recall,
        "The share of its images that the model recognises, for the average class.",
    )
    if len(scores.labels) > TOP:
        among = _count(scores.top3, scores.images)
        meaning = f"The right label is among the {TOP} likeliest for {among} of {images}."
        yield card(f"Top {TOP}", "top3", scores.top3, meaning)


def _above_threshold(scores: Scores) -> Iterator[Card]:
    above = _count(scores.coverage, scores.images)
    meaning = f"The model is above its thresholds on {above} of {counted(scores.images, 'image')}"
    rest = ", and unsure on the others." if above < scores.images else "."
    yield Card("Coverage", percent(scores.coverage), meaning + rest)
    if above:
        right = _count(scores.selective_accuracy, above)
        yield Card(
            "Selective accuracy",
            percent(scores.selective_accuracy),
            f"Of the {counted(above, 'answer')} above threshold, {right} {'is' if right == 1 else 'are'} right.",
            scores.intervals.get("selective_accuracy"),
        )


def _calibration(scores: Scores) -> Card:
    found, before = scores.calibration, scores.uncalibrated
    meaning = (
        "How far the confidence of an answer is from how often such answers are right, on average. "
        f"On so few images, chance alone makes about {100 * found.chance:.1f} points."
    )
    if before is not None:
        change = "better" if before.error >= found.error else "worse"
        meaning += f" Before the temperature it was {100 * before.error:.1f}, so the temperature made it {change} here."
    return Card("Calibration error", f"{100 * found.error:.1f} points", meaning)


def _count(share: float, of: int) -> int:
    return round(share * of)
