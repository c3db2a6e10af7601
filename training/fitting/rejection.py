"""None of these: a second head tells a run's classes from the background that ships, in the run's own embedding.

The rejection is that of teaching, app.teach.rejection; here no general network travels with the model. So the
background, which the general network has seen, is mapped into the embedding of the trained network. Frames that show
nothing are made and embedded as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import keras
import numpy as np

from app.arrays import Float32s, Float64s, Images, Ints
from app.model.contract import EMBEDDING_NAME, INPUT_NAME
from app.model.onnx_session import open_session
from app.model.probabilities import softmax
from app.model.thresholds import EVEN
from app.paths import BACKGROUND, GENERAL_MODEL
from app.system.interrupts import interrupts
from app.teach.background import NOTHING, probe_frames, read_rows
from app.teach.cross_validation import assign_folds
from app.teach.embed import power_normalise
from app.teach.head import Head, Samples, balancing_weights
from app.teach.rejection import fit_rejection
from training.augmentation.augment import make_augment
from training.augmentation.batches import Part
from training.fitting import interruptible
from training.fitting.embedding_map import fit_map
from training.fitting.training_data import spread
from training.networks.model import without_xla
from training.recipe import Recipe

MOST_TAKEN = 0.4  # of the background, by heads that did not see it; at 0.25 fewer than 90 % of the own images are shown
MOST_ROWS = 2000  # training images that are told from the background
MOST_VIEWED = 600  # training images whose views the map is fitted on too
VIEWS = (("strong",), ("webcam",))
DRIFT = 0.01  # of the features' power; below it the trained network is the general one, and needs no views
DEFOCUSED = 24  # training images out of focus beyond recognition, which show nothing
_BLUR = 0.12  # of the side, standard deviation
_LEAST_SIDE, _SIDE = 160, 224  # px; the general network sees smaller images enlarged, as it saw the background
_BATCH = 32
Pair = tuple[Float64s, Float64s]  # what the two networks make of the same images
_NEVER = -1  # the fold of what no head is judged on


@dataclass(frozen=True, eq=False)
class RunRejection:
    """Tells what shows one of a run's C classes from what shows none.

    Attributes:
        head: on power-normalised embeddings; its last output is none of the classes.
        background_taken: the share of the background that a head which did not see it takes for a class.
    """

    head: Head
    background_taken: float

    def known(self, model: Any, part: Part, batch_size: int) -> Float64s:
        """Returns (n, 1), 0..1, for the images of a part: what is left for the classes."""
        features = power_normalise(interruptible.predict(embedder(model), part.batches(batch_size)))
        return 1 - softmax(self.head.logits(features))[:, -1:]


def embedder(model: Any) -> Any:
    """Returns the keras.Model from frames to what the last layer sees, (N, D)."""
    return without_xla(keras.Model(model.input, model.get_layer(EMBEDDING_NAME).output))


def fit_run_rejection(model: Any, recipe: Recipe, train: Part, val: Part, val_probs: Float32s) -> RunRejection:
    """Fits the rejection on training images and judges it on validation images, which the network has not learnt.

    Args:
        model: the fitted keras.Model, frames -> logits.
        recipe: its recipe.
        train: with one-hot targets, as `val`.
        val: the validation part.
        val_probs: float32 (n, K), of the validation images, calibrated.

    Raises:
        ModelError: a file that comes with the program is missing.
    """
    train = spread(train, MOST_ROWS)
    networks = _Networks(model)
    own, general = networks.look(_batches(train))
    own_val, general_val = networks.look(_batches(val))
    pairs = [(own, general), (own_val, general_val)]
    background, groups = _background(networks, pairs, train, recipe)
    samples = _samples(own, train.truth, own_val, val.truth)
    found = fit_rejection(samples, val_probs.astype(np.float64), background, groups, MOST_TAKEN)
    known = found.background_known[groups[found.used] != NOTHING]
    return RunRejection(found.head, float((known >= EVEN).mean()) if len(known) else 0.0)


class _Networks:
    """The trained network and the general one."""

    def __init__(self, model: Any) -> None:
        self._own, self._general = embedder(model), open_session(GENERAL_MODEL, 0, "cpu")

    def look(self, batches: Iterator[Images]) -> Pair:
        """The power-normalised features of both: (N, D) and (N, G)."""
        own, general = [], []
        for images in batches:
            interrupts.check()
            own.append(self._own(images, training=False).numpy())
            general.append(self._general.run([EMBEDDING_NAME], {INPUT_NAME: _enlarged(images)})[0])
        return power_normalise(np.concatenate(own)), power_normalise(np.concatenate(general))


def _background(networks: _Networks, pairs: Sequence[Pair], train: Part, recipe: Recipe) -> tuple[Float64s, Ints]:
    """The background in the run's own embedding, (M, D), and its groups.

    pairs: what both networks make of the training and of the validation images.
    """
    stored = read_rows(BACKGROUND)
    shows_something = stored.groups != NOTHING
    rows = power_normalise(stored.embedding[shows_something, : stored.general_columns])
    nothing, nothing_general = networks.look(_nothing(train))
    pairs = [*pairs, (nothing, nothing_general)]
    if _drifted(*pairs[0]):
        pairs += [networks.look(_views(train, recipe, preset)) for preset in VIEWS]
    own, general = (np.concatenate(features) for features in zip(*pairs, strict=True))
    to_own = fit_map(general, own)
    groups = np.concatenate([stored.groups[shows_something], np.full(len(nothing), NOTHING)])
    return np.concatenate([to_own(rows), nothing]), groups


def _drifted(own: Float64s, general: Float64s) -> bool:
    return own.shape != general.shape or bool(((own - general) ** 2).sum() > DRIFT * (general**2).sum())


def _samples(own: Float64s, truth: Ints, own_val: Float64s, truth_val: Ints) -> Samples:
    """Training images, on which every head is fitted, and validation images, on which heads are judged fold by fold."""
    labels = np.concatenate([truth, truth_val])
    return Samples(
        features=np.concatenate([own, own_val]),
        labels=labels,
        folds=np.concatenate([np.full(len(truth), _NEVER), assign_folds(truth_val, range(len(truth_val)))]),
        weights=balancing_weights(labels),
        judged=np.arange(len(labels)) >= len(truth),
    )


def _batches(part: Part) -> Iterator[Images]:
    for first in range(0, len(part.rows), _BATCH):
        yield np.take(part.images, part.rows[first : first + _BATCH], axis=0)


def _views(train: Part, recipe: Recipe, preset: tuple[str, ...]) -> Iterator[Images]:
    """Training images as augmentation changes them: more of what lies around them."""
    few = spread(train, MOST_VIEWED)
    augment, rng = make_augment(preset, recipe.input_size), np.random.default_rng(recipe.seed)
    for images in _batches(few):
        yield np.stack([augment(image, rng) for image in images])


def _nothing(train: Part) -> Iterator[Images]:
    """Frames that show nothing: made ones, and training images far out of focus."""
    side = train.images.shape[1]
    yield probe_frames(side)
    for images in _batches(spread(train, DEFOCUSED)):
        yield np.stack([cv2.GaussianBlur(image, (0, 0), _BLUR * side) for image in images]).astype(np.uint8)


def _enlarged(images: Images) -> Images:
    if images.shape[1] >= _LEAST_SIDE:
        return images
    return np.stack([cv2.resize(image, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC) for image in images])
