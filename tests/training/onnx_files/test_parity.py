from typing import Any

import numpy as np
import pytest

from app.errors import ModelError
from app.model.classifier import Classifier
from tests import toy
from training.onnx_files.parity import TOLERANCE, verify

IMAGES = np.zeros((9, 32, 32, 3), np.uint8)
IMAGES[np.arange(9), :, :, np.arange(9) % 3] = 255


class Keras:
    """A model that answers as the exported file does, but for `wrong`."""

    def __init__(self, classifier: Classifier, wrong: float = 0.0) -> None:
        self.classifier, self.wrong = classifier, wrong

    def predict(self, images: np.ndarray, verbose: Any) -> list[np.ndarray]:
        prediction = self.classifier.predict(images)
        return [prediction.probs, prediction.embedding + np.float32(self.wrong)]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(toy.write_model(tmp_path_factory.mktemp("m") / "m.onnx"))


def test_the_same_answers_pass(classifier: Classifier) -> None:
    assert verify(Keras(classifier), classifier, IMAGES) < 1e-6


def test_the_largest_difference_is_returned_and_too_large_a_one_refused(classifier: Classifier) -> None:
    scale = max(1.0, float(np.abs(classifier.predict(IMAGES).embedding).max()))
    assert verify(Keras(classifier, TOLERANCE / 2), classifier, IMAGES) == pytest.approx(TOLERANCE / 2 / scale, rel=0.1)
    with pytest.raises(ModelError, match="embedding of Keras and of ONNX Runtime differ"):
        verify(Keras(classifier, 3 * TOLERANCE * scale), classifier, IMAGES)


def test_outputs_of_another_shape_differ(classifier: Classifier) -> None:
    class Wider(Keras):
        def predict(self, images: np.ndarray, verbose: Any) -> list[np.ndarray]:
            probs, embedding = super().predict(images, verbose)
            return [probs, np.concatenate([embedding, embedding], axis=1)]

    with pytest.raises(ModelError, match="differ by inf"):
        verify(Wider(classifier), classifier, IMAGES)


def test_answers_that_hardly_differ_prove_nothing(classifier: Classifier) -> None:
    with pytest.raises(ModelError, match="would prove nothing"):
        verify(Keras(classifier), classifier, np.repeat(IMAGES[:1], 9, axis=0))


def test_not_a_number_is_refused(classifier: Classifier) -> None:
    with pytest.raises(ModelError, match="differ by nan"):
        verify(Keras(classifier, float("nan")), classifier, IMAGES)
