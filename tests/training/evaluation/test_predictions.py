from pathlib import Path

import numpy as np
import pytest

from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from tests import toy
from tests.training.pictures import make_folders
from training.data.dataset import Sample, load_dataset
from training.evaluation.calibration import without_temperature
from training.evaluation.predictions import predict


def model(path: Path, size: int, temperature: float | None = None) -> Classifier:
    info = {} if temperature is None else {"temperature": temperature}
    contract = ModelContract(toy.LABELS, InputSpec(size, "crop"), (0.5,) * 3, info)
    return Classifier(toy.write_model(path, size=size, metadata=contract.to_metadata()))


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    return list(load_dataset(make_folders(tmp_path / "discs", 3)).samples)


def test_an_ensemble_is_the_mean_of_its_members_each_at_its_own_size(tmp_path: Path, samples: list[Sample]) -> None:
    small, large = model(tmp_path / "small.onnx", 32, 2.0), model(tmp_path / "large.onnx", 64, 0.5)
    alone = [predict([member], samples) for member in (small, large)]
    together = predict([small, large], samples)
    assert not np.allclose(alone[0].probs, alone[1].probs, atol=1e-4), "48 px images shrink for one and grow for one"
    assert together.probs == pytest.approx((alone[0].probs + alone[1].probs) / 2)
    before = [without_temperature(a.probs, t) for a, t in zip(alone, (2.0, 0.5), strict=True)]
    assert together.uncalibrated == pytest.approx((before[0] + before[1]) / 2, abs=1e-6)


def test_the_uncalibrated_are_unknown_where_a_member_does_not_say(tmp_path: Path, samples: list[Sample]) -> None:
    models = [model(tmp_path / "one.onnx", 32, 2.0), model(tmp_path / "other.onnx", 32)]
    assert predict(models[:1], samples).uncalibrated is not None
    assert predict(models, samples).uncalibrated is None


def test_views_are_averaged(tmp_path: Path, samples: list[Sample]) -> None:
    only = model(tmp_path / "only.onnx", 32, 2.0)
    plain, flipped, five = (predict([only], samples, mode) for mode in ("none", "flip", "five"))
    assert flipped.probs == pytest.approx(plain.probs, abs=1e-5), "a mean colour has no left and right"
    assert not np.allclose(five.probs, plain.probs, atol=1e-4) and five.probs.sum(axis=1) == pytest.approx(1)
    assert (five.probs.argmax(axis=1) == plain.probs.argmax(axis=1)).all()


def test_unreadable_files_are_left_out(tmp_path: Path, samples: list[Sample]) -> None:
    samples[2].path.write_bytes(b"no image")
    found = predict([model(tmp_path / "m.onnx", 32)], samples)
    assert found.samples == samples[:2] + samples[3:] and found.probs.shape == (8, 3)
    nothing = predict([model(tmp_path / "m.onnx", 32, 2.0)], samples[2:3])
    assert nothing.samples == [] and nothing.probs.shape == (0, 3)
