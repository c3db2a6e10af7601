"""An exported model on labelled pictures, exactly as the app would see them; needs no TensorFlow."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.classifier import Classifier
from app.errors import ConfigError
from training.dataset import Dataset, Sample, load_dataset, shorten
from training.images import prepared_chunks
from training.metrics import Floats, Scores, score
from training.report import format_confusion, format_scores
from training.split import read_split

_THREADS = 2


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """What the command line asks for. json, report: where to write, None: nowhere. split: a run's split.csv."""

    model: Path
    data: Path
    data_root: Path | None = None
    json: Path | None = None
    report: Path | None = None
    split: Path | None = None
    part: str = "test"


def evaluate(options: EvaluateOptions) -> Scores:
    """Prints the scores and writes the reports asked for. Raises AppError for every user mistake."""
    classifier = Classifier(options.model, threads=_THREADS)
    dataset = load_dataset(options.data, options.data_root)
    _warn(dataset.warnings)
    if options.split is not None:
        dataset = _restrict(dataset, options.split, options.part)
    labels = classifier.contract.labels
    matching = _matching(dataset, labels)
    samples, probs = predict(classifier, matching)
    if not samples:
        raise ConfigError(f"{options.data}: none of the {len(matching)} pictures can be read")
    if len(samples) < len(matching):
        readable = set(samples)
        lost = [sample.name for sample in matching if sample not in readable]
        _warn([f"{len(lost)} unreadable files skipped: {shorten(lost)}"])
    truth = np.array([labels.index(sample.label) for sample in samples])
    scores = score(probs, truth, labels, classifier.contract.thresholds)
    print(f"{format_scores(scores)}\n\n{format_confusion(scores)}")
    _write(options, scores)
    return scores


def predict(classifier: Classifier, samples: list[Sample]) -> tuple[list[Sample], Floats]:
    """The readable samples and the model's probabilities of them, float32 (N, K)."""
    readable: list[Sample] = []
    probs = [np.empty((0, len(classifier.contract.labels)), np.float32)]
    for chunk, pictures in prepared_chunks(samples, classifier.contract):
        if chunk:
            readable += chunk
            probs.append(classifier.predict(pictures).probs)
    return readable, np.concatenate(probs)


def _matching(dataset: Dataset, labels: tuple[str, ...]) -> list[Sample]:
    """The samples whose class the model knows; names what stands on one side only."""
    unknown = [label for label in dataset.labels if label not in labels]
    unseen = [label for label in labels if label not in dataset.labels]
    if len(unknown) == len(dataset.labels):
        raise ConfigError(f"no class of the data ({', '.join(unknown)}) is one of the model's ({', '.join(labels)})")
    if unknown:
        _warn([f"classes the model does not know, left out: {', '.join(unknown)}"])
    if unseen:
        _warn([f"classes of the model without pictures here: {', '.join(unseen)}"])
    return [sample for sample in dataset.samples if sample.label in labels]


def _restrict(dataset: Dataset, split: Path, part: str) -> Dataset:
    """The pictures of one part of a stored split; names those that are gone or are not what they were."""
    wanted = read_split(split, part)
    samples = tuple(sample for sample in dataset.samples if wanted.get(sample.name) == sample.sha256)
    found = {sample.name for sample in samples}
    lost = [name for name in wanted if name not in found]
    if not samples:
        raise ConfigError(f"{split}: none of its {part} pictures is below {dataset.root}; is this another dataset?")
    if lost:
        _warn([f"{len(lost)} {part} pictures of {split} are missing or have changed: {shorten(lost)}"])
    return replace(dataset, samples=samples)


def _write(options: EvaluateOptions, scores: Scores) -> None:
    try:
        if options.json is not None:
            result: dict[str, Any] = {"model": options.model.name, "data": options.data.name}
            result |= {"part": options.part} if options.split is not None else {}
            result |= {"labels": list(scores.labels), **scores.to_json()}
            options.json.parent.mkdir(parents=True, exist_ok=True)
            options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if options.report is not None:
            from training.charts import draw_confusion  # scoring alone needs no matplotlib

            options.report.mkdir(parents=True, exist_ok=True)
            draw_confusion(scores, options.report / "confusion.png")
    except OSError as error:
        raise ConfigError(f"the report cannot be written: {error}") from None


def _warn(lines: tuple[str, ...] | list[str]) -> None:
    for line in lines:
        print(f"warning: {line}", file=sys.stderr)
