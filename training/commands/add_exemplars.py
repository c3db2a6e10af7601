"""Stores exemplars in a model: embeddings of its own training images, for teaching new classes beside the old ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from app.arrays import Float32s
from app.errors import ConfigError
from app.model.classifier import Classifier, Prediction
from app.outputs import written_whole
from app.paths import GENERAL_MODEL
from app.teach.exemplars import EXEMPLARS_KEY, Exemplars, pack
from app.teach.general_network import attach_general_network
from training.data.dataset import Sample
from training.data.decode import prepared_chunks
from training.data.stored_samples import balanced, stored_samples


@dataclass(frozen=True, kw_only=True)
class ExemplarOptions:
    """What the command line asks for.

    Attributes:
        model: the ONNX file, which is updated in place.
        split: split.csv of the run that the model comes from.
        data_root: where the run's images are.
        count: images of each class.
    """

    model: Path
    split: Path
    data_root: Path
    count: int = 40


def add_exemplars(options: ExemplarOptions) -> None:
    """Updates a model in place: adds exemplars to its metadata, or replaces those that it has.

    Raises:
        AppError: the model cannot be taught, or a class has no readable training image; the model is then as it was.
    """
    if options.count < 1:
        raise ConfigError(f"--count: expected 1 or more, got {options.count}")
    classifier = attach_general_network(options.model, GENERAL_MODEL).classifier
    exemplars = _embed_training_images(options, classifier)
    model = onnx.load(options.model)
    metadata = {item.key: item.value for item in model.metadata_props}
    onnx.helper.set_model_props(model, {**metadata, EXEMPLARS_KEY: pack(exemplars)})
    with written_whole(options.model) as draft:
        onnx.save(model, draft)
        Classifier(draft)  # it still opens
    print(f"{options.model}: {len(exemplars.embedding)} exemplars, {options.model.stat().st_size / 1e6:.1f} MB")


def _embed_training_images(options: ExemplarOptions, classifier: Classifier) -> Exemplars:
    labels = classifier.contract.labels
    samples = stored_samples(options.split, options.data_root, labels)["train"]
    embedding: list[Float32s] = []
    confidence: list[float] = []
    counts = []
    for label in labels:
        chosen = balanced([sample for sample in samples if sample.label == label])[: options.count]
        predictions = list(_predict(chosen, classifier))
        embedding += [row for prediction in predictions for row in prediction.embedding]
        confidence += [float(probs.max()) for prediction in predictions for probs in prediction.probs]
        counts.append(sum(len(prediction.probs) for prediction in predictions))
    lacking = [label for label, count in zip(labels, counts, strict=True) if not count]
    if lacking:
        raise ConfigError(
            f"{options.data_root}: no readable training image of {', '.join(lacking)}; say where the run's images are "
            "with --data-root"
        )
    return Exemplars(np.stack(embedding), tuple(counts), np.array(confidence, np.float32), "training pictures")


def _predict(samples: Sequence[Sample], classifier: Classifier) -> Iterator[Prediction]:
    for _, images in prepared_chunks(samples, classifier.contract.input):
        if len(images):
            yield classifier.predict(images)
