"""Stores exemplars in a model: embeddings of its own training images, for teaching new classes beside the old ones."""

from collections.abc import Iterator, Sequence
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
from training.data.image_cues import image_cues, vectors
from training.data.stored_samples import balanced, stored_samples


def add_exemplars(path: Path, split: Path, data_root: Path, count: int, store: Path | None = None) -> None:
    """Updates a model in place: adds exemplars to its metadata, or replaces those that it has.

    Args:
        path: the ONNX file.
        split: split.csv of the run that the model comes from.
        data_root: where that run's images are.
        count: training images of each class.
        store: keeps the cues, for a model that takes them; None: they are found again.

    Raises:
        AppError: the model cannot be taught, or a class has no readable training image; the model is then as it was.
    """
    if count < 1:
        raise ConfigError(f"--count: expected 1 or more, got {count}")
    classifier = attach_general_network(path, GENERAL_MODEL).classifier
    exemplars = _embed_training_images(classifier, split, data_root, count, store)
    model = onnx.load(path)
    metadata = {item.key: item.value for item in model.metadata_props}
    onnx.helper.set_model_props(model, {**metadata, EXEMPLARS_KEY: pack(exemplars)})
    with written_whole(path) as draft:
        onnx.save(model, draft)
        Classifier(draft)  # it still opens
    print(f"{path}: {len(exemplars.embedding)} exemplars, {path.stat().st_size / 1e6:.1f} MB")


def _embed_training_images(
    classifier: Classifier, split: Path, data_root: Path, count: int, store: Path | None
) -> Exemplars:
    labels = classifier.contract.labels
    samples = stored_samples(split, data_root, labels)["train"]
    embedding: list[Float32s] = []
    confidence: list[float] = []
    counts = []
    for label in labels:
        chosen = balanced([sample for sample in samples if sample.label == label])[:count]
        predictions = list(_predict(chosen, classifier, store))
        embedding += [row for prediction in predictions for row in prediction.embedding]
        confidence += [float(probs.max()) for prediction in predictions for probs in prediction.probs]
        counts.append(sum(len(prediction.probs) for prediction in predictions))
    lacking = [label for label, found in zip(labels, counts, strict=True) if not found]
    if lacking:
        raise ConfigError(
            f"{data_root}: no readable training image of {', '.join(lacking)}; say where the run's images are "
            "with --data-root"
        )
    return Exemplars(np.stack(embedding), tuple(counts), np.array(confidence, np.float32), "training pictures")


def _predict(samples: Sequence[Sample], classifier: Classifier, store: Path | None) -> Iterator[Prediction]:
    cues = image_cues(samples, store) if classifier.contract.cues else {}
    for chunk, images in prepared_chunks(samples, classifier.contract.input):
        if len(images):
            yield classifier.predict(images, vectors(classifier.contract, chunk, cues))
