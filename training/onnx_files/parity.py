"""The proof that an exported file equals the Keras model: the same answers to the same images."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from app.arrays import Float32s, Images
from app.errors import ModelError
from app.model.classifier import Classifier
from app.model.contract import EMBEDDING_NAME, PROBS_NAME

TOLERANCE = 1e-4
MIN_DIFFERENCE = 0.02  # of a probability over the images: a model that answers the same to all agrees with any other
BATCH_SIZES = (1, 7)


def verify(model: Any, classifier: Classifier, images: Images) -> float:
    """Compares Keras and ONNX Runtime over every output, at batches of 1 and of 7.

    Args:
        model: of `publishable`.
        classifier: the exported file.
        images: RGB uint8 (n, S, S, 3).

    Returns:
        The largest difference, as a share of an output's largest value where that exceeds 1: float32 is no more exact
        than that.

    Raises:
        ModelError: they disagree, or the answers hardly differ from one another, so that agreement proves nothing.
    """
    expected = model.predict(images, verbose=0)
    varied = variety(expected[0])
    if varied < MIN_DIFFERENCE:
        raise ModelError(
            f"not exported: over {len(images)} images no probability differs by more than {varied:.4f}, so that "
            "comparing it with the exported model would prove nothing; train it further"
        )

    def refusal(name: str, difference: str) -> str:
        return f"not exported: {name} of Keras and of ONNX Runtime differ by {difference} is allowed"

    return _compared(classifier, images, dict(zip((PROBS_NAME, EMBEDDING_NAME), expected, strict=True)), refusal)


def variety(probs: Float32s) -> float:
    """Returns by how much a probability differs at most over the images of (n, K)."""
    return float(np.ptp(probs, axis=0).max())


def verify_probs(original: Path, classifier: Classifier, images: Images, expected: Float32s) -> float:
    """Compares the probabilities of a model made elsewhere and of its import, at batches of 1 and of 7.

    Args:
        original: for messages.
        classifier: the import.
        images: RGB uint8 (n, S, S, 3).
        expected: float32 (n, K), the original's.

    Returns:
        The largest difference.

    Raises:
        ModelError: they disagree.
    """

    def refusal(name: str, difference: str) -> str:
        return (
            f"{original}: not imported: the import answers otherwise, by {difference} is allowed; write the model with "
            "a free batch where it was made"
        )

    return _compared(classifier, images, {PROBS_NAME: expected}, refusal)


def _compared(
    classifier: Classifier,
    images: Images,
    expected: Mapping[str, Float32s],
    refusal: Callable[[str, str], str],
) -> float:
    """The largest difference of any output; raises what `refusal` says of an output's name and of the difference."""
    worst = 0.0
    for batch_size in BATCH_SIZES:
        batches = (images[start : start + batch_size] for start in range(0, len(images), batch_size))
        predictions = [classifier.predict(batch) for batch in batches]
        for name, wanted in expected.items():
            difference = _difference(np.concatenate([getattr(one, name) for one in predictions]), wanted)
            if not difference <= TOLERANCE:
                raise ModelError(refusal(name, f"{difference:.2g} at batch {batch_size}, at most {TOLERANCE:g}"))
            worst = max(worst, difference)
    return worst


def _difference(got: Float32s, wanted: Float32s) -> float:
    if got.shape != wanted.shape:
        return float("inf")
    return float(np.abs(got - wanted).max()) / max(1.0, float(np.abs(wanted).max()))
