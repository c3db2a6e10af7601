"""`evaluate`: an exported model on labelled images, exactly as the app would see them; needs no TensorFlow."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigError
from app.outputs import check_distinct, check_target, write_text
from training.commands.command import Command, add_data_flags

if TYPE_CHECKING:
    from app.arrays import Float32s, Ints
    from app.model.classifier import Classifier
    from training.data.dataset import Sample
    from training.evaluation.cross_dataset import CrossDataset
    from training.evaluation.evaluation import Evaluation
    from training.evaluation.metrics import Scores
    from training.evaluation.predictions import Predictions
    from training.evaluation.selection import Warn
    from training.evaluation.unknown import Unknown


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """What to score, and which reports to write.

    Attributes:
        model: an exported ONNX file.
        data: a folder of class folders, or a dataset YAML.
        data_root: where the YAML's folders are; None: beside it.
        split: a run's split.csv, of which only `part` is scored; None: all images.
        part: train, val or test.
        tta: a mode of training.evaluation.tta.
        ensemble: more models of the same labels, averaged with the first.
        cross_data: another source, scored beside the first; None: none.
        cross_root: where the folders of its YAML are; None: beside it.
        unknown: a folder of images of none of the classes; None: none.
        class_map: a YAML, class of the other source -> class of the model; None: by the same names.
        cues: the file that keeps the cues, for a model that takes them; None: they are found again.
        without_cues: the model gets none.
        json: file for the scores; None: none.
        report: file for one HTML page; None: none.
        overwrite: whether files of these names may be replaced.
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
    unknown: Path | None = None
    class_map: Path | None = None
    cues: Path | None = None
    without_cues: bool = False
    json: Path | None = None
    report: Path | None = None
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `evaluate`."""
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    add_data_flags(parser)
    parser.add_argument("--split", type=Path, metavar="runs/NAME/split.csv", help="only images of a stored split")
    parser.add_argument("--part", choices=("train", "val", "test"), help="part of the split (test)")
    parser.add_argument("--tta", choices=("none", "flip", "five"), help="average several views of each image (none)")
    parser.add_argument(
        "--ensemble", type=Path, action="append", metavar="MODEL.onnx", help="average with it (repeatable)"
    )
    parser.add_argument("--cross-data", type=Path, metavar="DIR|YAML", help="another source, scored beside the first")
    parser.add_argument("--cross-root", type=Path, metavar="DIR", help="where the other YAML's folders are")
    parser.add_argument("--unknown", type=Path, metavar="DIR", help="images of none of the classes: are they named?")
    parser.add_argument("--class-map", type=Path, metavar="YAML", help="class of the other source: class of the model")
    parser.add_argument("--cues", type=Path, metavar="FILE.npz", help="keep what is found of face, hands and objects")
    parser.add_argument("--without-cues", action="store_true", help="let the model see the image as a whole alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the scores as JSON")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write one self-contained report")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist")


def evaluate(options: EvaluateOptions) -> "Scores":
    """Prints the scores and writes the reports that the options ask for.

    Raises:
        AppError: every mistake of a user.
    """
    from training.reports.score_text import (
        format_breakdown,
        format_confusion,
        format_cross,
        format_scores,
        format_unknown,
    )

    if options.report is not None:
        from training.reports.html_report import write_report  # scoring alone needs neither Jinja nor ONNX

    _check(options)
    found = _evaluation(options)
    print(f"{format_scores(found.scores)}\n\n{format_confusion(found.scores)}")
    if text := format_breakdown(found.breakdown):
        print(f"\n{text}")
    if found.cross is not None:
        print(f"\n{format_cross(found.cross, found.dataset)}")
    if found.unknown is not None:
        print(f"\n{format_unknown(found.unknown)}")
    if options.json is not None:
        text = json.dumps(found.to_json(), indent=1, ensure_ascii=False) + "\n"
        write_text(options.json, text, errors="backslashreplace")
    if options.report is not None:
        write_report(options.report, found)
        print(f"report: {options.report}")
    return found.scores


def _evaluation(options: EvaluateOptions) -> "Evaluation":
    from training.data.dataset import load_dataset
    from training.evaluation.breakdown import break_down
    from training.evaluation.cue_influence import cue_influence
    from training.evaluation.evaluation import Evaluation
    from training.evaluation.metrics import score
    from training.evaluation.scoring import class_numbers, open_models, predict_readable
    from training.evaluation.selection import Warnings, doubts_about_training_data, known_samples, restrict_to_part

    warnings = Warnings()
    models = open_models([options.model, *options.ensemble])
    contract = models[0].contract

    dataset = load_dataset(options.data, options.data_root)
    warnings.add(*dataset.warnings)
    if options.split is not None:
        dataset = restrict_to_part(dataset, options.split, options.part, warnings.add)
    else:
        warnings.add(*doubts_about_training_data(dataset, contract))
    samples = known_samples(dataset, contract.labels, warnings.add)

    cues = _cues(options, models, samples)
    predictions = predict_readable(models, samples, options.tta, options.data, warnings.add, cues)
    truth = class_numbers(predictions.samples, contract.labels)
    scores = score(predictions.probs, truth, contract.labels, contract.thresholds, predictions.uncalibrated)
    cross = _score_other_source(options, models, predictions, warnings.add)
    unknown = _score_unknown(options, models, predictions, truth, warnings.add)
    return Evaluation(
        model=options.model,
        contract=contract,
        data=options.data.name,
        dataset=dataset.name,
        part=options.part if options.split is not None else None,
        split=options.split,
        tta=options.tta,
        ensemble=tuple(path.name for path in options.ensemble),
        predictions=predictions,
        truth=truth,
        scores=scores,
        breakdown=break_down(predictions.samples, predictions.probs, truth, contract.labels, contract.thresholds),
        influence=cue_influence(models[0], predictions.samples, cues) if options.report else None,
        cross=cross,
        unknown=unknown,
        warnings=tuple(warnings.lines),
    )


def _cues(
    options: EvaluateOptions, models: "Sequence[Classifier]", samples: "Sequence[Sample]"
) -> "dict[str, Float32s]":
    """The cues of the images, by their hash; {} where no model takes any."""
    if options.without_cues or all(model.contract.cues is None for model in models):
        return {}
    from training.data.image_cues import image_cues

    return image_cues(samples, options.cues)


def _check(options: EvaluateOptions) -> None:
    if options.cross_data is None and (options.cross_root is not None or options.class_map is not None):
        raise ConfigError("--cross-root and --class-map belong to --cross-data, the other source; it is missing")
    if options.report is None and options.json is None:
        return
    inputs = _inputs(options)
    if options.report is not None:
        check_target(options.report, ".html", ".htm", overwrite=options.overwrite, make_folder=True, inputs=inputs)
    if options.json is not None:
        check_target(options.json, overwrite=options.overwrite, make_folder=True, inputs=inputs)
    check_distinct([("--report", options.report), ("--json", options.json), ("--cues", options.cues)])


def _inputs(options: EvaluateOptions) -> list[Path]:
    """Everything that is read."""
    from training.data.layout import folders_read

    files = [options.model, *options.ensemble, options.split, options.class_map, options.unknown]
    read = [path for path in files if path is not None] + folders_read(options.data, options.data_root)
    if options.cross_data is not None:
        read += folders_read(options.cross_data, options.cross_root)
    return read


def _score_other_source(
    options: EvaluateOptions, models: "Sequence[Classifier]", here: "Predictions", warn: "Warn"
) -> "CrossDataset | None":
    """The other source, its classes renamed to the model's, scored in the same way."""
    if options.cross_data is None:
        return None
    from training.data.dataset import load_dataset
    from training.evaluation.cross_dataset import map_classes
    from training.evaluation.scoring import compare_sources, predict_readable
    from training.evaluation.selection import doubts_about_training_data, mapped_samples

    contract = models[0].contract
    other = load_dataset(options.cross_data, options.cross_root)
    warn(*other.warnings, *doubts_about_training_data(other, contract))
    classes = map_classes(other.labels, contract.labels, options.class_map)
    samples = mapped_samples(other, classes, options.split, warn)
    cues = _cues(options, models, samples)
    there = predict_readable(models, samples, options.tta, options.cross_data, warn, cues)
    return compare_sources(other.name, classes, contract.labels, here, there)


def _score_unknown(
    options: EvaluateOptions, models: "Sequence[Classifier]", known: "Predictions", truth: "Ints", warn: "Warn"
) -> "Unknown | None":
    """Images of none of the classes beside those that were scored."""
    if options.unknown is None:
        return None
    from training.data.dataset import unlabelled
    from training.evaluation.scoring import predict_readable
    from training.evaluation.unknown import judge_unknown

    samples, lines = unlabelled(options.unknown)
    warn(*lines)
    found = predict_readable(models, samples, options.tta, options.unknown, warn, _cues(options, models, samples))
    return judge_unknown(models[0].contract, known.probs, truth, found.probs, options.unknown.name)


COMMAND = Command(
    name="evaluate",
    help="score an exported model on labelled images",
    add_flags=add_flags,
    options=EvaluateOptions,
    run=evaluate,
    after_ctrl_c=lambda options: "no score was written",
)
