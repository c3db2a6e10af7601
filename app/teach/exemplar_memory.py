"""The exemplars of a model's classes: recalled before it is taught, and chosen for the new model to store."""

from dataclasses import replace

import numpy as np

from app.arrays import Ints
from app.errors import ModelError
from app.model.contract import EMBEDDING_NAME
from app.teach.embed import Embeddings
from app.teach.exemplars import Exemplars, unpack
from app.teach.general_network import OWN_EMBEDDING, BaseModel
from app.teach.onnx_head import head_weights

STORED = 24  # embeddings of a taught class that the new model stores
_SUPPOSED_CONFIDENCE = 0.8  # where the model's own is not known


def recall_exemplars(base: BaseModel, embeddings: Embeddings) -> Exemplars:
    """Returns exemplars of the old classes: those that the model stores, else some derived from its head's weights.

    Args:
        base: the model that is taught.
        embeddings: of the captures; derived exemplars are placed around their mean.

    Returns:
        Exemplars in the embedding of `embeddings`.

    Raises:
        ModelError: the model stores none and its head is not linear.
    """
    size = embeddings.originals.shape[1]
    stored = unpack(base.metadata, len(base.contract.labels))
    if stored is not None and stored.embedding.shape[1] >= size:
        return replace(stored, embedding=stored.embedding[:, -size:])  # the model's own columns are the last ones
    return _derive_from_weights(base, embeddings)


def remember_exemplars(old: Exemplars | None, embeddings: Embeddings, targets: Ints, classes: int) -> Exemplars:
    """Chooses the exemplars that the new model stores: the old ones, and the first captures of each taught class.

    Args:
        old: of the old classes that stay; derived ones are not stored. None when no old class stays.
        embeddings: of N captures.
        targets: (N,), the class of each capture.
        classes: of the new model.
    """
    if old is None or not old.of:
        old = Exemplars(np.zeros((0, embeddings.originals.shape[1]), np.float32), (), np.zeros(0, np.float32))
    embedding, confidence, counts = [], [], []
    for number in range(classes):
        is_old = old.labels == number
        new = np.flatnonzero(targets == number)[:STORED]
        embedding += [old.embedding[is_old], embeddings.originals[new]]
        confidence += [old.confidence[is_old], np.full(len(new), _SUPPOSED_CONFIDENCE, np.float32)]
        counts.append(int(is_old.sum()) + len(new))
    of = "; ".join(part for part in (old.of, "captures") if part)
    return Exemplars(np.concatenate(embedding), tuple(counts), np.concatenate(confidence), of)


def _derive_from_weights(base: BaseModel, embeddings: Embeddings) -> Exemplars:
    """Makes an exemplar of each old class: the mean embedding of the captures, moved towards the weights of its logit.

    It is as far from the mean as the captures are on average. In the general network's columns, for which the old head
    has no weights, it is the mean.
    """
    general = base.general_columns
    captured = embeddings.originals
    weights = head_weights(base.graph, captured.shape[1] - general, OWN_EMBEDDING if general else EMBEDDING_NAME)
    if weights is None:
        raise ModelError("its classes cannot be kept: it has neither exemplars nor a linear head; use --only-new")
    mean = captured.mean(axis=0)
    distance = float(np.linalg.norm(captured - mean, axis=1).mean())
    directions = weights - weights.mean(axis=0)
    directions = np.concatenate([np.zeros((len(weights), general), np.float32), directions], axis=1)
    directions = directions * (distance / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-6))
    embedding = np.maximum(mean + directions, 0).astype(np.float32)
    count = len(base.contract.labels)
    counts = tuple(len(embedding) // count + (number < len(embedding) % count) for number in range(count))
    return Exemplars(embedding, counts, np.full(len(embedding), _SUPPOSED_CONFIDENCE, np.float32))
