"""A model that sees the whole image becomes one that knows face, hands and objects as well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx

from app.arrays import Float32s, Ints
from app.cues.vector import SPEC
from app.errors import ConfigError, ModelError
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.model.probabilities import softmax
from app.model.thresholds import fit_thresholds
from app.outputs import written_whole
from app.teach.general_network import GENERAL_KEY, BaseModel, attach_general_network
from training.data.dataset import Sample
from training.data.decode import prepared_chunks
from training.data.image_cues import image_cues
from training.data.split_file import PARTS
from training.data.stored_samples import stored_samples
from training.evaluation.metrics import Scores, score
from training.evaluation.temperature import fit_temperature
from training.fitting.joint_head import JointSamples, fit_joint_head, group_weights
from training.networks.joint_head import JointHead
from training.onnx_files.joint_graph import attach_joint_head
from training.recipe import Recipe

_ALIKE = 1e-3  # between the probabilities of the written file and those computed here


@dataclass(frozen=True, eq=False)
class Seen:
    """What the networks and the cues say of a part's images.

    Attributes:
        samples: the N readable ones.
        probs: float32 (N, K), the model's own.
        cues: float32 (N, C + S).
        truth: (N,), the classes.
    """

    samples: list[Sample]
    probs: Float32s
    cues: Float32s
    truth: Ints


def join(model: Path, output: Path, split: Path, data_root: Path, store: Path, recipe: Recipe) -> dict[str, Scores]:
    """Fits a joint head on a split's training part, calibrates it on validation, and writes the model.

    Args:
        model: an exported model; its head is replaced.
        output: the ONNX file.
        split: split.csv of the run that the model comes from.
        data_root: where that run's images are.
        store: the file that keeps the cues.
        recipe: `join`, `seed` and `wanted_accuracy`.

    Returns:
        Part -> scores, of val and test.

    Raises:
        AppError: a file is missing or does not fit, or a part has no readable image.
    """
    base = attach_general_network(model, None)
    if base.contract.cues is not None:
        raise ConfigError(f"{model}: takes cues already; give the model that was exported without them")
    labels = base.contract.labels
    samples = stored_samples(split, data_root, labels)
    cues = image_cues([sample for part in PARTS for sample in samples[part]], store)
    parts = {part: look(base, samples[part], cues, part) for part in PARTS}
    head = calibrated(fit_on(parts["train"], recipe), parts["val"])
    probs = {part: softmax(head.logits(seen.probs, seen.cues)) for part, seen in parts.items()}
    thresholds = fit_thresholds(probs["val"], parts["val"].truth, len(labels), recipe.wanted_accuracy)
    scores = {part: score(probs[part], parts[part].truth, labels, thresholds) for part in ("val", "test")}
    contract = replace(base.contract, thresholds=thresholds, cues=SPEC, info=_info(base.contract, head, scores, recipe))
    _write(base, head, contract, output, parts["val"], probs["val"])
    return scores


def look(base: BaseModel, samples: Sequence[Sample], cues: Mapping[str, Float32s], part: str) -> Seen:
    """Runs the network on images whose cues are known.

    Args:
        base: the model below the head.
        samples: the images.
        cues: sha256 -> float32 (C + S,); an image that has none is left out.
        part: of the split, for the error.

    Raises:
        ConfigError: no image can be read.
    """
    classifier = base.classifier
    readable: list[Sample] = []
    probs = []
    for chunk, images in prepared_chunks(samples, classifier.contract.input):
        known = np.array([sample.sha256 in cues for sample in chunk], bool)
        if known.any():
            readable += [sample for sample, is_known in zip(chunk, known, strict=True) if is_known]
            probs.append(classifier.predict(images[known]).probs)
    if not readable:
        raise ConfigError(f"no readable image of the {part} part; say where the run's images are with --data-root")
    truth = np.array([classifier.contract.labels.index(sample.label) for sample in readable], np.int64)
    found = np.stack([cues[sample.sha256] for sample in readable])
    return Seen(readable, np.concatenate(probs), found, truth)


def fit_on(train: Seen, recipe: Recipe) -> JointHead:
    """Fits the head, what each class has of each source weighed as `recipe.join` says."""
    sources = [sample.source for sample in train.samples]
    weights = group_weights(train.truth, sources, recipe.join)
    samples = JointSamples(train.probs, train.cues, train.truth, weights)
    return fit_joint_head(samples, recipe.join, recipe.seed)


def calibrated(head: JointHead, val: Seen) -> JointHead:
    """The head with the temperature under which the validation part's classes are likeliest."""
    return replace(head, temperature=fit_temperature(head.logits(val.probs, val.cues), val.truth))


def _info(base: ModelContract, head: JointHead, scores: Mapping[str, Scores], recipe: Recipe) -> dict[str, Any]:
    found = {part: {key: scores[part].to_json()[key] for key in ("accuracy", "macro_f1")} for part in scores}
    joined = {"join": msgspec.to_builtins(recipe.join), "scores": found, "temperature": round(head.temperature, 4)}
    return {**base.info, **joined}


def _write(base: BaseModel, head: JointHead, contract: ModelContract, output: Path, val: Seen, probs: Float32s) -> None:
    kept = {GENERAL_KEY: base.metadata[GENERAL_KEY]} if GENERAL_KEY in base.metadata else {}
    graph = attach_joint_head(base.graph, head, contract, kept)
    with written_whole(output) as draft:
        onnx.save(graph, draft)
        worst = _difference(Classifier(draft), val, probs)
        if not worst <= _ALIKE:
            raise ModelError(f"not written: the file's probabilities differ by {worst:.2g} from those computed here")


def _difference(classifier: Classifier, val: Seen, probs: Float32s) -> float:
    row, worst = 0, 0.0
    for chunk, images in prepared_chunks(val.samples, classifier.contract.input):
        rows = slice(row, row + len(chunk))
        worst = max(worst, float(np.abs(classifier.predict(images, val.cues[rows]).probs - probs[rows]).max()))
        row += len(chunk)
    return worst
