"""An evaluation as one HTML file that needs nothing else: figures, charts, and pictures with what the model saw."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.outputs import write_text
from training.evaluation.evaluation import Evaluation
from training.evaluation.metrics import Scores, is_accepted
from training.reports.examples import Example, best, make_examples, worst
from training.reports.html_charts import class_rows, confusion_rows, coverage_chart, reliability_chart
from training.reports.pages import render_page

_WORST, _BEST = 12, 8
_TTA = {"flip": "mean of the picture and its mirror image", "five": "mean of five crops"}


def write_report(path: Path, found: Evaluation) -> None:
    """Raises ConfigError when it cannot be written."""
    # bytes of a file name that are no UTF-8 become references to no character, which browsers show as such
    write_text(path, render(found), errors="xmlcharrefreplace")


def render(found: Evaluation) -> str:
    """The HTML text; every name and label in it is escaped."""
    scores, probs = found.scores, found.predictions.probs
    answers = probs.argmax(axis=1)
    accepted = is_accepted(probs, found.contract.thresholds)
    failures, doubt = _examples(found, worst(probs, found.truth, _WORST))
    hits, hits_doubt = _examples(found, best(probs, found.truth, _BEST))
    return render_page(
        "evaluate.html",
        {"percent": percent, "interval": _interval},
        title=found.model.name,
        about=_about(found),
        warnings=found.warnings,
        cards=head_figures(scores),
        scores=scores,
        confusion=confusion_rows(scores),
        confused=scores.confused(),
        reliability=_reliability(scores),
        coverage=coverage_chart(scores),
        classes=class_rows(scores, found.contract.thresholds, accepted, answers == found.truth, answers),
        failures=failures,
        hits=hits,
        doubt=doubt or hits_doubt,
        dataset=found.dataset,
        cross=found.cross,
        int8=_flat(found.contract.info.get("int8")),
    )


def head_figures(scores: Scores) -> list[dict[str, Any]]:
    """name, value, interval or None, and what it means in one sentence."""

    def card(name: str, value: float, key: str, meaning: str) -> dict[str, Any]:
        return {"name": name, "value": percent(value), "interval": scores.intervals.get(key), "meaning": meaning}

    cards = [
        card("Accuracy", scores.accuracy, "accuracy", f"{_of_100(scores.accuracy)} pictures get the right label."),
        card(
            "Macro F1",
            scores.macro_f1,
            "macro_f1",
            "What is missed and what is mistaken in one figure, in which rare classes count as much as common ones.",
        ),
        card(
            "Macro recall",
            scores.macro_recall,
            "macro_recall",
            f"Of the average class, {_of_100(scores.macro_recall)} pictures are recognised.",
        ),
        card(
            "Top 3", scores.top3, "top3", f"In {_of_100(scores.top3)} pictures the right label is among three guesses."
        ),
        card(
            "Answered",
            scores.accepted,
            "",
            f"With its thresholds the model dares to answer {_of_100(scores.accepted)} pictures, and is unsure of the "
            "rest.",
        ),
    ]
    if scores.accepted:
        meaning = f"{_of_100(scores.accepted_accuracy)} answers that it dares to give are right."
        cards.append(card("Right when sure", scores.accepted_accuracy, "accepted_accuracy", meaning))
    error = f"{100 * scores.reliability.error:.1f} points"
    cards.append({"name": "Calibration error", "value": error, "interval": None, "meaning": _calibration(scores)})
    return cards


def percent(share: float) -> str:
    """0.7512 -> "75.1 %", on one line."""
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


def _of_100(share: float) -> str:
    return f"{100 * share:.0f} of 100"


def _calibration(scores: Scores) -> str:
    meaning = (
        "So far, on average, does its confidence lie from how often it is right; "
        f"{100 * scores.reliability.chance:.1f} of it would be chance on so few pictures"
    )
    if scores.uncalibrated is None:
        return meaning + "."
    before = 100 * scores.uncalibrated.error
    change = "better" if scores.uncalibrated.error >= scores.reliability.error else "worse"
    return f"{meaning}; it was {before:.1f} before the temperature, which made it {change} here."


def _interval(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f} %"


def _reliability(scores: Scores) -> list[dict[str, Any]]:
    charts = [reliability_chart(scores.reliability, "As shipped")]
    if scores.uncalibrated is not None:
        charts.insert(0, reliability_chart(scores.uncalibrated, "Before the temperature"))
    return charts


def _examples(found: Evaluation, rows: list[int]) -> tuple[list[Example], str]:
    if not rows:
        return [], ""
    predictions = found.predictions
    return make_examples(rows, predictions.samples, predictions.probs, found.truth, found.model, found.contract)


def _about(found: Evaluation) -> list[tuple[str, str]]:
    """Lines of name and text on the model and the pictures; what the file does not say is left out."""
    info = found.contract.info
    part = f", {found.part} part of {found.split}" if found.split is not None else ""
    lines = [
        ("Pictures", f"{found.scores.images} of {found.dataset}{part}"),
        ("Together with", ", ".join(found.ensemble)),
        ("Views", _TTA.get(found.tta, "")),
        ("Network", _text(info.get("backbone"))),
        ("Trained on", ", ".join(filter(None, (_text(info.get("dataset")), _text(info.get("trained_at")))))),
        ("Rights", _text(info.get("rights"))),
    ]
    return [(name, text) for name, text in lines if text]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """A mapping of figures as lines of name and text, nested names joined."""
    lines: list[tuple[str, str]] = []
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        name = f"{prefix} {key}".strip().replace("_", " ")
        if isinstance(inner, Mapping):
            lines += _flat(inner, name)
        else:
            lines.append((name, f"{inner:.4g}" if isinstance(inner, float) else str(inner)))
    return lines
