"""Embeddings of a model's own training pictures in its metadata, for teaching new classes beside the old ones."""

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from app.errors import ConfigError
from app.model.classifier import Classifier
from app.paths import GENERAL_MODEL
from app.teach.embed import with_eyes
from app.teach.exemplars import KEY, Prototypes, pack
from training.commands.prototypes import PrototypeOptions
from training.data.decode import prepared_chunks
from training.data.stored_samples import balanced, stored_samples

Floats = npt.NDArray[np.float32]


def store_prototypes(options: PrototypeOptions) -> None:
    """Replaces the model by itself with prototypes. Raises AppError; the model is then as it was."""
    if options.count < 1:
        raise ConfigError(f"--count: expected 1 or more, got {options.count}")
    _, classifier = with_eyes(options.model, GENERAL_MODEL)
    found = _look(options, classifier)
    model = onnx.load(options.model)
    metadata = {item.key: item.value for item in model.metadata_props}
    onnx.helper.set_model_props(model, {**metadata, KEY: pack(found)})
    try:
        with tempfile.TemporaryDirectory(prefix=".prototypes-", dir=options.model.parent) as folder:
            draft = Path(folder) / "model.onnx"
            onnx.save(model, draft)
            Classifier(draft)
            draft.chmod(0o644)
            draft.replace(options.model)
    except OSError as error:
        raise ConfigError(f"{options.model}: cannot be written ({error.strerror}); disk full?") from None
    print(f"{options.model}: {len(found.embedding)} prototypes, {options.model.stat().st_size / 1e6:.1f} MB")


def _look(options: PrototypeOptions, classifier: Classifier) -> Prototypes:
    labels = classifier.contract.labels
    train = stored_samples(options.split, options.data_root, labels)["train"]
    embedding: list[Floats] = []
    confidence: list[np.float32] = []
    counts: list[int] = []
    for label in labels:
        chosen = balanced([sample for sample in train if sample.label == label])[: options.count]
        before = len(embedding)
        for _, pictures in prepared_chunks(chosen, classifier.contract.input):
            if len(pictures):
                prediction = classifier.predict(pictures)
                embedding.extend(prediction.embedding)
                confidence.extend(prediction.probs.max(axis=1))
        counts.append(len(embedding) - before)
    lacking = [label for label, count in zip(labels, counts, strict=True) if not count]
    if lacking:
        raise ConfigError(
            f"{options.data_root}: no readable training picture of {', '.join(lacking)}; say where the run's pictures "
            "are with --data-root"
        )
    return Prototypes(np.stack(embedding), tuple(counts), np.array(confidence, np.float32), "training pictures")
