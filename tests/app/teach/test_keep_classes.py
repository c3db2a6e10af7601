"""The gate in front of the old head; and captures of a class that the model has already: more examples of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.images.prepare import InputSpec
from app.labels import OTHER
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.model.probabilities import softmax
from app.teach.captures import Capture, Captures
from app.teach.classes import Classes, find_classes
from app.teach.embed import embed, power_normalise
from app.teach.exemplars import EXEMPLARS_KEY, Exemplars, pack
from app.teach.keep_classes import MAX_LOSS, fit_beside_old_classes
from app.teach.report import Report
from app.teach.teach import TeachOptions, teach
from tests import toy

YELLOW, WHITE, RED, CRIMSON = (200, 200, 20), (225, 225, 225), (230, 20, 20), (150, 20, 110)  # RGB
KEEP = TeachOptions(keep_classes=True, general=None)


def exemplars(per_class: int = 8) -> Exemplars:
    """Pure colours."""
    rows = np.repeat(np.eye(3, dtype=np.float32) * 0.9 + 0.05, per_class, axis=0)
    return Exemplars(rows, (per_class,) * 3, np.full(3 * per_class, 0.99, np.float32), "colours")


@pytest.fixture
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy model with exemplars."""
    metadata = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3).to_metadata()
    path = tmp_path_factory.mktemp("model") / "m.onnx"
    return toy.write_model(path, metadata={**metadata, EXEMPLARS_KEY: pack(exemplars())})


def images(
    label: str, colour: tuple[int, int, int], count: int, session: str = "today", seed: int = 0
) -> Iterator[Capture]:
    rng = np.random.default_rng(seed)
    for number in range(count):
        noise = rng.integers(-15, 16, (32, 32, 3)) + rng.integers(-15, 16, 3)
        yield Capture(np.clip(noise + colour, 0, 255).astype(np.uint8), label, session, f"{label} {number}")


def keep(captures: Sequence[Capture], model: Path, output: Path) -> Report:
    return teach(Captures(captures), model, output, KEEP)


def answers(path: Path, captures: Sequence[Capture]) -> list[str]:
    classifier = Classifier(path)
    probs = classifier.predict(np.stack([capture.image for capture in captures])).probs
    return [classifier.contract.labels[number] for number in probs.argmax(axis=1)]


def test_the_new_probabilities_are_those_of_the_formula(model: Path) -> None:
    """p(old k) = g(old) p_old(k), p(new j) = g(j), from the gate's logits alone."""
    captures = list(images("white", WHITE, 8, seed=1))
    embeddings = embed(captures, Classifier(model), 0, threads=1)
    found = fit_beside_old_classes(captures, find_classes(captures, toy.LABELS), embeddings, exemplars())
    gate = softmax(found.head.logits(power_normalise(embeddings.originals)))
    np.testing.assert_allclose(found.probs[:, :3], gate[:, :3].sum(axis=1, keepdims=True) * embeddings.old_probs)
    np.testing.assert_allclose(found.probs[:, 3], gate[:, 3])
    np.testing.assert_allclose(found.held_out_probs.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("old", [toy.LABELS, (OTHER, "green", "blue")])
def test_few_exemplars_are_lost_to_a_class_that_looks_like_one_of_them(model: Path, old: tuple[str, ...]) -> None:
    captures = list(images("crimson", CRIMSON, 12, seed=1))
    classes = Classes(old, ("crimson",))
    embeddings = embed(captures, Classifier(model), 0, threads=1)
    some = [*images("red", RED, 30, seed=2), *images("red", CRIMSON, 10, seed=3)]  # of the first old class
    alike = embed(some, Classifier(model), 0, threads=1).originals
    examples = replace(exemplars(40), embedding=np.concatenate([alike, exemplars(40).embedding[40:]]))
    found = fit_beside_old_classes(captures, classes, embeddings, examples)
    assert found.kept_loss is not None
    if old[0] == OTHER:
        assert found.kept_loss > MAX_LOSS, "of what is no class, some may become one"
    else:
        assert found.kept_loss <= MAX_LOSS


def test_a_correction_is_learned_and_adds_no_class(model: Path, tmp_path: Path) -> None:
    unseen = list(images("red", YELLOW, 10, seed=9))
    assert set(answers(model, unseen)) != {"red"}
    report = keep(list(images("red", YELLOW, 10)), model, tmp_path / "m.onnx")
    assert Classifier(tmp_path / "m.onnx").contract.labels == ("red", "green", "blue")
    assert set(answers(tmp_path / "m.onnx", unseen)) == {"red"}
    assert set(answers(tmp_path / "m.onnx", list(images("red", RED, 10, seed=8)))) == {"red"}
    assert report.kept == ("red", "green", "blue")


def test_corrections_and_new_classes_go_together(model: Path, tmp_path: Path) -> None:
    captures = [*images("red", YELLOW, 6), *images("white", WHITE, 8, seed=1)]
    keep(captures, model, tmp_path / "m.onnx")
    assert Classifier(tmp_path / "m.onnx").contract.labels == ("red", "green", "blue", "white")
    found = answers(tmp_path / "m.onnx", captures)
    assert found[:6] == ["red"] * 6
    assert found[6:].count("white") >= 6


def test_a_new_class_beside_old_ones_shows_only_when_it_is_likelier_than_not(model: Path, tmp_path: Path) -> None:
    """Its own captures, all of one burst, would let it through at 0.3, and unseen scenes would flicker."""
    report = keep(list(images("white", WHITE, 8)), model, tmp_path / "m.onnx")
    assert report.thresholds["white"] >= 0.5
    assert Classifier(tmp_path / "m.onnx").contract.thresholds[:3] == (0.6,) * 3
    assert Classifier(tmp_path / "m.onnx").contract.thresholds[3] >= 0.5


def test_a_single_image_corrects(model: Path, tmp_path: Path) -> None:
    captures = list(images("red", YELLOW, 1))
    keep(captures, model, tmp_path / "m.onnx")
    assert answers(tmp_path / "m.onnx", captures) == ["red"]


def test_a_corrected_model_may_be_taught_again(model: Path, tmp_path: Path) -> None:
    keep(list(images("red", YELLOW, 6)), model, tmp_path / "m.onnx")
    captures = list(images("white", WHITE, 8, seed=1))
    keep(captures, tmp_path / "m.onnx", tmp_path / "n.onnx")
    assert Classifier(tmp_path / "n.onnx").contract.labels == ("red", "green", "blue", "white")
    assert set(answers(tmp_path / "n.onnx", captures)) == {"white"}
    assert set(answers(tmp_path / "n.onnx", list(images("red", YELLOW, 6, seed=3)))) == {"red"}


def test_a_class_in_other_capitals_is_the_models_own(model: Path, tmp_path: Path) -> None:
    report = keep(list(images("Red", YELLOW, 8)), model, tmp_path / "m.onnx")
    assert Classifier(tmp_path / "m.onnx").contract.labels == ("red", "green", "blue")
    assert any("'Red' is taken for the model's class 'red'" in line for line in report.warnings)
