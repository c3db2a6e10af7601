from pathlib import Path

import numpy as np
import pytest

from app.cues.objects import NAMES as OBJECTS
from app.cues.vector import NAMED, NAMES
from app.model.classifier import Classifier
from tests import toy
from tests.training.pictures import COLOURS, write_image
from training.data.dataset import Sample, load_dataset
from training.evaluation.cue_influence import SIDES, cue_influence, side_of


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Four discs of each colour."""
    for label, colour in (("red", "red"), ("green", "green"), ("blue", "blue")):
        for number in range(4):
            write_image(tmp_path / "discs" / label / f"{number}.png", COLOURS[colour], seed=len(label) * 10 + number)
    return list(load_dataset(tmp_path / "discs").samples)


def cues_of(samples: list[Sample], cue: str) -> dict[str, np.ndarray]:
    """A cue that is there in each image of `blue`, and only there; weak, as the toy model takes it a hundredfold."""
    found = {}
    for sample in samples:
        found[sample.sha256] = np.zeros(len(NAMES), np.float32)
        found[sample.sha256][[NAMES.index("looked"), NAMES.index(cue)]] = 1.0, 0.02 * (sample.label == "blue")
    return found


def test_every_cue_belongs_to_a_side() -> None:
    sides = [side_of(name) for name in NAMES]
    assert sides[0] is None and set(sides[1:]) == set(SIDES)
    assert {side_of(f"{name} seen") for name in OBJECTS.values()} == {"objects"}
    assert sides[NAMED:] == ["scene"] * (len(NAMES) - NAMED)
    assert side_of("hands together") == side_of("hand 2 near ear") == "hands"


def test_the_side_that_an_answer_rests_on_speaks_for_it(tmp_path: Path, samples: list[Sample]) -> None:
    cue = "hand 1 up"
    model = Classifier(toy.write_cue_model(tmp_path / "cues.onnx", toy.write_model(tmp_path / "base.onnx"), cue))
    found = cue_influence(model, samples, cues_of(samples, cue))
    assert found is not None and found.images == 12
    factors = dict(found.rows)["blue"]
    assert factors[SIDES.index("hands")] > 1.2
    others = [factor for side, factor in zip(SIDES, factors, strict=True) if side != "hands"]
    assert others == pytest.approx([1.0] * (len(SIDES) - 1))
    assert found.to_json()["factors"]["blue"]["hands"] == pytest.approx(factors[SIDES.index("hands")], abs=0.01)


def test_without_cues_there_is_none(tmp_path: Path, samples: list[Sample]) -> None:
    base = toy.write_model(tmp_path / "base.onnx")
    cued = Classifier(toy.write_cue_model(tmp_path / "cues.onnx", base, "hand 1 up"))
    assert cue_influence(cued, samples, {}) is None
    assert cue_influence(Classifier(base), samples, cues_of(samples, "hand 1 up")) is None
