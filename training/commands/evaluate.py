"""An exported model on labelled pictures, exactly as the app would see them; needs no TensorFlow."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.errors import ConfigError
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.text import counted, shortened
from training.data.dataset import Dataset, Sample, load_dataset
from training.data.split_file import read_parts, read_split
from training.evaluation.cross_dataset import Cross, count_hits, map_classes
from training.evaluation.metrics import Scores, score
from training.evaluation.predictions import Predictions, predict
from training.reports.report import format_confusion, format_cross, format_scores
from training.reports.textfile import check_writable, write_text

_THREADS = 2


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """What the command line asks for.

    split: a run's split.csv; only its `part` is scored. tta: a mode of evaluation.tta. ensemble: more models of
    the same labels, averaged with the first. cross_data, cross_root, class_map: another source, scored beside the
    first. json, report: files to write, None: none.
    """

    model: Path
    data: Path
    data_root: Path | None = None
    split: Path | None = None
    part: str = "test"
    tta: str = "none"
    ensemble: Sequence[Path] = ()
    cross_data: Path | None = None
    cross_root: Path | None = None
    class_map: Path | None = None
    json: Path | None = None
    report: Path | None = None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that was found. truth: int64 (N,), class numbers of `predictions.samples`. warnings: lines for people."""

    options: EvaluateOptions
    contract: ModelContract
    dataset: str
    predictions: Predictions
    truth: npt.NDArray[np.int64]
    scores: Scores
    cross: Cross | None
    warnings: tuple[str, ...]


def evaluate(options: EvaluateOptions) -> Scores:
    """Prints the scores and writes the reports asked for. Raises AppError for every user mistake."""
    _check(options)
    if options.report is not None:
        from training.reports.html_report import write_report  # scoring alone needs neither Jinja nor ONNX

    warnings = _Warnings()
    models = _open_models(options)
    contract = models[0].contract
    dataset = load_dataset(options.data, options.data_root)
    warnings.add(*dataset.warnings)
    if options.split is not None:
        dataset = _restrict(dataset, options.split, options.part, warnings)
    else:
        warnings.add(*_seen_in_training(dataset, contract))
    samples = _matching(dataset, contract.labels, warnings)
    predictions = _predict(models, samples, options.tta, options.data, warnings)
    truth = _truth(predictions.samples, contract.labels)
    scores = score(predictions.probs, truth, contract.labels, contract.thresholds, predictions.uncalibrated)
    cross = _cross(options, models, predictions, truth, warnings)

    print(f"{format_scores(scores)}\n\n{format_confusion(scores)}")
    if cross is not None:
        print(f"\n{format_cross(cross, dataset.name)}")
    found = Evaluation(options, contract, dataset.name, predictions, truth, scores, cross, tuple(warnings.lines))
    if options.json is not None:
        text = json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n"
        write_text(options.json, text, "JSON file", errors="backslashreplace")
    if options.report is not None:
        write_report(options.report, found)
        print(f"report: {options.report}")
    return scores


def to_json(found: Evaluation) -> dict[str, Any]:
    """The scores, what they were made of, and the other source's under "cross" where there is one."""
    options = found.options
    result: dict[str, Any] = {"model": options.model.name, "data": options.data.name}
    result |= {"part": options.part} if options.split is not None else {}
    result |= {"tta": options.tta} if options.tta != "none" else {}
    result |= {"ensemble": [path.name for path in options.ensemble]} if options.ensemble else {}
    result |= {"labels": list(found.scores.labels), **found.scores.to_json()}
    return result | ({"cross": found.cross.to_json()} if found.cross is not None else {})


class _Warnings:
    """Printed as they come, and kept for the report."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, *lines: str) -> None:
        for line in lines:
            print(f"warning: {line}", file=sys.stderr)
        self.lines += lines


def _check(options: EvaluateOptions) -> None:
    if options.cross_data is None and (options.cross_root is not None or options.class_map is not None):
        raise ConfigError("--cross-root and --class-map go with --cross-data, the other source; it is missing")
    if options.report is not None:
        if options.report.suffix.lower() not in {".html", ".htm"}:
            raise ConfigError(f"--report {options.report}: expected a file name that ends in .html")
        check_writable(options.report, "report")
    if options.json is not None:
        check_writable(options.json, "JSON file")


def _open_models(options: EvaluateOptions) -> list[Classifier]:
    models = [Classifier(path, threads=_THREADS) for path in (options.model, *options.ensemble)]
    labels = models[0].contract.labels
    for model in models[1:]:
        if model.contract.labels != labels:
            raise ConfigError(
                f"--ensemble {model.path}: its labels ({', '.join(model.contract.labels)}) are not those of "
                f"{options.model.name} ({', '.join(labels)}), in this order; only models of the same labels average"
            )
    return models


def _seen_in_training(dataset: Dataset, contract: ModelContract) -> list[str]:
    if contract.info.get("dataset") != dataset.name:
        return []
    return [
        f"the model was trained on {dataset.name}: these may include its training pictures, which makes the scores too "
        "good; score the held-out ones alone with --split runs/NAME/split.csv"
    ]


def _trained_on(samples: list[Sample], split: Path | None) -> list[str]:
    parts = read_parts(split) if split is not None else {}
    known = sum(parts.get(sample.sha256) == "train" for sample in samples)
    if not known:
        return []
    return [f"{known} of the {len(samples)} pictures of the other source are in the train part of {split}: too easy"]


def _matching(dataset: Dataset, labels: tuple[str, ...], warnings: _Warnings) -> list[Sample]:
    """The samples whose class the model knows; names what stands on one side only."""
    unknown = [label for label in dataset.labels if label not in labels]
    unseen = [label for label in labels if label not in dataset.labels]
    if len(unknown) == len(dataset.labels):
        raise ConfigError(f"no class of the data ({', '.join(unknown)}) is one of the model's ({', '.join(labels)})")
    if unknown:
        warnings.add(f"classes the model does not know, left out: {', '.join(unknown)}")
    if unseen:
        warnings.add(f"classes of the model without pictures here: {', '.join(unseen)}")
    return [sample for sample in dataset.samples if sample.label in labels]


def _restrict(dataset: Dataset, split: Path, part: str, warnings: _Warnings) -> Dataset:
    """The pictures of one part of a stored split; names those that are gone or are not what they were."""
    wanted = read_split(split, part)
    samples = tuple(sample for sample in dataset.samples if wanted.get(sample.name) == sample.sha256)
    found = {sample.name for sample in samples}
    lost = [name for name in wanted if name not in found]
    if not samples:
        raise ConfigError(f"{split}: none of its {part} pictures is below {dataset.root}; is this another dataset?")
    if lost:
        warnings.add(f"{len(lost)} {part} pictures of {split} are missing or have changed: {shortened(lost)}")
    return replace(dataset, samples=samples)


def _predict(models: list[Classifier], samples: list[Sample], tta: str, data: Path, warnings: _Warnings) -> Predictions:
    predictions = predict(models, samples, tta)
    if not predictions.samples:
        raise ConfigError(f"{data}: none of the {len(samples)} pictures can be read")
    if len(predictions.samples) < len(samples):
        readable = set(predictions.samples)
        lost = [sample.name for sample in samples if sample not in readable]
        warnings.add(f"{counted(len(lost), 'unreadable file')} skipped: {shortened(lost)}")
    return predictions


def _truth(samples: list[Sample], labels: tuple[str, ...]) -> npt.NDArray[np.int64]:
    return np.array([labels.index(sample.label) for sample in samples], np.int64)


def _cross(
    options: EvaluateOptions,
    models: list[Classifier],
    predictions: Predictions,
    truth: npt.NDArray[np.int64],
    warnings: _Warnings,
) -> Cross | None:
    """The other source, its classes renamed to the model's; scored in the same way."""
    if options.cross_data is None:
        return None
    contract = models[0].contract
    other = load_dataset(options.cross_data, options.cross_root)
    warnings.add(*other.warnings, *_seen_in_training(other, contract))
    classes = map_classes(other.labels, contract.labels, options.class_map)
    left_out = [label for label in other.labels if label not in classes]
    if left_out:
        warnings.add(f"classes of the other source that have no counterpart, left out: {', '.join(left_out)}")
    samples = [replace(sample, label=classes[sample.label]) for sample in other.samples if sample.label in classes]
    warnings.add(*_trained_on(samples, options.split))
    theirs = _predict(models, samples, options.tta, options.cross_data, warnings)
    columns = sorted({contract.labels.index(label) for label in classes.values()})
    return Cross(
        source=other.name,
        classes=classes,
        here=count_hits(predictions.probs, truth, columns),
        there=count_hits(theirs.probs, _truth(theirs.samples, contract.labels), columns),
    )
