from pathlib import Path

import numpy as np
import pytest

from app.model.classifier import Classifier
from app.teach.augment import VIEWS
from app.teach.captures import Capture
from app.teach.embed import OWN_SHARE, Embeddings, embed, power_normalise
from app.teach.head import Head


def test_power_normalisation_is_the_root_of_what_is_positive() -> None:
    found = power_normalise(np.array([-1, 0, 4], np.float32))
    assert found.tolist() == [0, 0, 2] and found.dtype == np.float64


def test_every_view_is_embedded_and_the_answer_is_for_the_image_itself(model: Path, captures: list[Capture]) -> None:
    found = embed(captures, Classifier(model), 0, threads=2)
    assert found.views.shape == (24, VIEWS, 3) and found.feature_weights.tolist() == [1, 1, 1]
    expected = Classifier(model).predict(np.stack([capture.image for capture in captures]))
    np.testing.assert_allclose(found.originals, expected.embedding, atol=1e-6)
    np.testing.assert_allclose(found.old_probs, expected.probs, atol=1e-6)


def test_the_number_of_threads_changes_nothing(model: Path, captures: list[Capture]) -> None:
    one, three = (embed(captures, Classifier(model), 0, threads).views for threads in (1, 3))
    assert np.array_equal(one, three)


def test_the_own_features_have_their_share_of_the_power(model: Path, captures: list[Capture]) -> None:
    found = embed(captures, Classifier(model), 1, threads=1)  # as if one of the three columns were the general ones
    assert found.feature_weights[0] == 1
    power = (found.features(found.views.reshape(-1, 3)) ** 2).mean(axis=0)
    assert power[1:].sum() == pytest.approx(OWN_SHARE * power[0])


def test_a_head_without_feature_weights_gives_the_same_logits() -> None:
    rng = np.random.default_rng(0)
    embedding = rng.random((5, 3), np.float32)
    embeddings = Embeddings(embedding[:, None], np.ones((5, 2), np.float32), np.array([1.0, 0.5, 3.0]))
    head = Head(rng.normal(0, 1, (3, 4)), rng.normal(0, 1, 4))
    np.testing.assert_allclose(
        embeddings.without_feature_weights(head).logits(power_normalise(embedding)),
        head.logits(embeddings.features(embedding)),
    )
