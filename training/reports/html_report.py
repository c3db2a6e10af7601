"""An evaluation as one HTML file that needs nothing else: figures, charts, and images with what the model saw."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.outputs import write_text
from training.evaluation.coverage import above_threshold
from training.evaluation.evaluation import Evaluation
from training.evaluation.metrics import Scores
from training.reports.examples import Example, best, make_examples, worst
from training.reports.html_charts import (
    ReliabilityDiagram,
    class_rows,
    confusion_rows,
    coverage_chart,
    histogram,
    reliability_diagram,
)
from training.reports.pages import render_page
from training.reports.score_cards import percent, score_cards

_WORST, _BEST = 12, 8
_TTA = {"flip": "mean of the image and its mirror image", "five": "mean of five crops"}
# What export measured of an int8 file: key of the metadata -> name for people, format.
_INT8 = {
    "images": ("validation images compared", "{:,}"),
    "agreement": ("same answer as fp32", "{:.1%}"),
    "float_layers": ("convolutions kept in fp32", "{:,}"),
    "accuracy": ("accuracy", "{:.1%}"),
    "mb": ("file size", "{:.1f} MB"),
    "latency_ms": ("time for an image", "{:.1f} ms"),
}
_LARGEST = 1e12  # a number that is worth its unit


def write_report(path: Path, found: Evaluation) -> None:
    """Writes the report, whole.

    Args:
        path: the file; one that is there is replaced.
        found: what to report.

    Raises:
        OutputError: it cannot be written.
    """
    # bytes of a file name that are no UTF-8 become references to no character, which browsers show as such
    write_text(path, render(found), errors="xmlcharrefreplace")


def render(found: Evaluation) -> str:
    """Makes the HTML text; every name and label in it is escaped."""
    scores, probs = found.scores, found.predictions.probs
    answers = probs.argmax(axis=1)
    thresholds = found.contract.thresholds
    above = above_threshold(probs, thresholds)
    failures, doubt = _examples(found, worst(probs, found.truth, _WORST))
    hits, hits_doubt = _examples(found, best(probs, found.truth, _BEST))
    return render_page(
        "evaluate.html",
        {"percent": percent, "interval": _interval},
        title=found.model.name,
        about=_about(found),
        warnings=found.warnings,
        cards=score_cards(scores),
        scores=scores,
        confusion=confusion_rows(scores),
        confused=scores.confused(),
        reliability=_reliability(scores),
        coverage=coverage_chart(scores),
        classes=class_rows(scores, thresholds, above, answers == found.truth, answers),
        failures=failures,
        hits=hits,
        doubt=doubt or hits_doubt,
        dataset=found.dataset,
        cross=found.cross,
        unknown=found.unknown,
        histogram=None if found.unknown is None else histogram(found.unknown),
        breakdown=found.breakdown,
        influence=found.influence,
        int8=_int8(found.contract.info.get("int8")),
    )


def _interval(interval: tuple[float, float]) -> str:
    return f"{100 * interval[0]:.1f} to {100 * interval[1]:.1f} %"


def _reliability(scores: Scores) -> list[ReliabilityDiagram]:
    charts = [reliability_diagram(scores.calibration, "As shipped")]
    if scores.uncalibrated is not None:
        charts.insert(0, reliability_diagram(scores.uncalibrated, "Before the temperature"))
    return charts


def _examples(found: Evaluation, rows: list[int]) -> tuple[list[Example], str]:
    if not rows:
        return [], ""
    predictions = found.predictions
    return make_examples(rows, predictions.samples, predictions.probs, found.truth, found.model, found.contract)


def _about(found: Evaluation) -> list[tuple[str, str]]:
    """Lines of name and text on the model and the images; what the file does not say is left out."""
    info = found.contract.info
    part = f", {found.part} part of {found.split}" if found.split is not None else ""
    lines = [
        ("Images", f"{found.scores.images:,} of {found.dataset}{part}"),
        ("Together with", ", ".join(found.ensemble)),
        ("Views", _TTA.get(found.tta, "")),
        ("Network", _text(info.get("backbone"))),
        ("Trained on", ", ".join(filter(None, (_text(info.get("dataset")), _text(info.get("trained_at")))))),
        ("Rights", _text(info.get("rights"))),
    ]
    return [(name, text) for name, text in lines if text]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _int8(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Lines of name and text; metadata may hold anything, so unknown keys are shown as they are."""
    lines: list[tuple[str, str]] = []
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        name, form = _INT8.get(key, (key.replace("_", " "), "{:.4g}"))
        if isinstance(inner, Mapping):
            lines += _int8(inner, f"{prefix}{name} ")
        else:
            is_number = isinstance(inner, int | float) and not isinstance(inner, bool) and abs(inner) < _LARGEST
            lines.append((f"{prefix}{name}", form.format(inner) if is_number else str(inner)))
    return lines
