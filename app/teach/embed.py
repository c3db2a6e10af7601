"""Embeddings of captures: what the general network and the model's own make of each image and its augmented views."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.arrays import Float32s, Float64s
from app.model.classifier import Classifier, Prediction
from app.system.threads import map_in_threads
from app.teach.augment import VIEWS, augment
from app.teach.captures import Capture
from app.teach.head import Head

OWN_SHARE = 1 / 3  # of the general features' power; on other draws 89.7 % against 88.2 at 1 and 88.5 without
CUE_SHARE = (
    0.5  # the same for the cues: as much as costs ten classes of photographs nothing (90.0 against 90.3 %; 88.7 at 1)
)
_SEED = 42


@dataclass(frozen=True, eq=False)
class Embeddings:
    """The networks' answers to N captures.

    Attributes:
        views: float32 (N, VIEWS, D), the embeddings of all views; the first D' columns are the general network's.
        old_probs: float32 (N, K), the model's own probabilities of each image itself.
        feature_weights: float64 (D,), the factors of the features, so that the general network's count most.
        cue_columns: how many columns, the last ones, are the cues'.
    """

    views: Float32s
    old_probs: Float32s
    feature_weights: Float64s
    cue_columns: int = 0

    @property
    def originals(self) -> Float32s:
        """float32 (N, D), the embeddings of the images themselves."""
        return self.views[:, 0]

    def features(self, embedding: Float32s) -> Float64s:
        """Makes the features that a head sees of embeddings, (R, D)."""
        return power_normalise(embedding) * self.feature_weights

    def without_feature_weights(self, head: Head) -> Head:
        """Turns a head on `features` into one on power-normalised embeddings that gives the same logits."""
        return Head(head.weights * self.feature_weights[:, None], head.bias)


def embed(
    captures: Sequence[Capture],
    classifier: Classifier,
    general_columns: int,
    threads: int,
    cue_columns: int = 0,
    step: Callable[[], None] | None = None,
) -> Embeddings:
    """Runs the networks on every view of every capture.

    Args:
        captures: N images.
        classifier: runs both networks.
        general_columns: how many columns of its embedding, the first ones, are the general network's.
        threads: how many images are run at the same time.
        cue_columns: how many columns, the last ones, are the cues'.
        step: is called after each capture; None: nothing is.
    """

    def predict(number: int) -> Prediction:
        capture = captures[number]
        views = augment(capture.image, np.random.default_rng((_SEED, number)))
        cues = None if capture.cues is None else np.tile(capture.cues, (len(views), 1))  # a mirror image has the same
        prediction = classifier.predict(views, cues)
        if step is not None:
            step()
        return prediction

    # one image on each thread is a quarter faster than one batch on all threads
    found = map_in_threads(predict, range(len(captures)), threads)
    embedding = np.concatenate([prediction.embedding for prediction in found])
    old_probs = np.stack([prediction.probs[0] for prediction in found])
    views = embedding.reshape(len(captures), VIEWS, -1)
    return Embeddings(views, old_probs, _feature_weights(embedding, general_columns, cue_columns), cue_columns)


def power_normalise(embedding: Float32s) -> Float64s:
    """Takes the square root of what is above zero, which evens out a few large values (Perronnin et al. 2010).

    Args:
        embedding: (..., D).

    Returns:
        float64 of the same shape.
    """
    root: Float64s = np.sqrt(np.maximum(embedding, 0)).astype(np.float64)
    return root


def _feature_weights(embedding: Float32s, general_columns: int, cue_columns: int) -> Float64s:
    """1 for the general features; for own ones and cues, what scales their power to a share of the general ones'."""
    weights = np.ones(embedding.shape[1])
    power = np.maximum(embedding, 0).mean(axis=0, dtype=np.float64)  # the mean square of the square roots
    cues_at = embedding.shape[1] - cue_columns
    first = slice(0, general_columns or cues_at)
    for columns, share in ((slice(first.stop, cues_at), OWN_SHARE), (slice(cues_at, None), CUE_SHARE)):
        if first.stop > 0 and power[columns].size:
            weights[columns] = np.sqrt(share * power[first].sum() / max(power[columns].sum(), 1e-9))
    return weights
