from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.model.classifier import Classifier
from app.teach.augment import VIEWS
from app.teach.background import Background
from app.teach.captures import Capture
from app.teach.classes import Classes
from app.teach.embed import Embeddings, embed, power_normalise
from app.teach.fit import CUES_TOLD, capture_samples, fit_new_classes, other_kinds

CLASSES = Classes((), ("cold", "leafy", "warm"))


@pytest.fixture
def embeddings(model: Path, captures: list[Capture]) -> Embeddings:
    return embed(captures, Classifier(model), 0, threads=2)


def test_a_head_for_new_classes(captures: list[Capture], embeddings: Embeddings) -> None:
    found = fit_new_classes(captures, CLASSES, embeddings)
    targets = CLASSES.targets(captures)
    for probs in (found.probs, found.held_out_probs):
        assert (probs.argmax(axis=1) == targets).all()
        np.testing.assert_allclose(probs.sum(axis=1), 1)
    assert found.kept_loss is None
    logits = found.head.logits(power_normalise(embeddings.originals))
    assert (logits.argmax(axis=1) == targets).all()


def test_the_views_of_an_image_stay_together(captures: list[Capture], embeddings: Embeddings) -> None:
    samples = capture_samples(captures, CLASSES, embeddings)
    assert samples.features.shape == (24 * VIEWS, 3)
    for values in (samples.labels, samples.folds, samples.weights):
        assert (values.reshape(24, VIEWS) == values.reshape(24, VIEWS)[:, :1]).all()
    assert samples.judged.reshape(24, VIEWS).tolist() == [[True] + [False] * (VIEWS - 1)] * 24
    np.testing.assert_allclose(samples.features[samples.judged], power_normalise(embeddings.originals))


def test_every_class_weighs_alike(captures: list[Capture], embeddings: Embeddings) -> None:
    fewer = slice(3, None)  # three of the first class are missing
    some = Embeddings(embeddings.views[fewer], embeddings.old_probs[fewer], embeddings.feature_weights)
    samples = capture_samples(captures[fewer], CLASSES, some)
    assert np.bincount(samples.labels, samples.weights) == pytest.approx([7, 7, 7])


def test_labels_are_outputs_after_those_of_the_kept_classes(captures: list[Capture], embeddings: Embeddings) -> None:
    beside = Classes(("red", "green"), CLASSES.taught)
    assert set(capture_samples(captures, beside, embeddings).labels.tolist()) == {2, 3, 4}


def test_the_background_tells_less_of_cues_than_of_images(embeddings: Embeddings) -> None:
    rows = np.ones((6, 3), np.float32)
    known = Background(rows, np.arange(6) % 2, np.ones(3, bool))
    with_cues = replace(embeddings, cue_columns=1)
    kinds = other_kinds(known, with_cues)
    assert kinds is not None
    np.testing.assert_allclose(kinds.features[:, :2], with_cues.features(rows)[:, :2])
    np.testing.assert_allclose(kinds.features[:, 2], CUES_TOLD * with_cues.features(rows)[:, 2])
    assert other_kinds(replace(known, known=np.array([True, False, True])), embeddings) is None
    assert other_kinds(None, embeddings) is None
