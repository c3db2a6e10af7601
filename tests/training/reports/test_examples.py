from pathlib import Path

import numpy as np
import pytest

from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from tests.conftest import ROOT, SHARED
from tests.training.reports.evaluations import make_evaluation
from training.data.dataset import load_dataset
from training.reports.examples import best, make_examples, worst


def test_the_worst_are_sure_and_of_many_kinds_the_best_one_of_each_class() -> None:
    probs = np.eye(3, dtype=np.float32)[[1, 1, 1, 2, 0, 0, 2]] * np.linspace(0.9, 0.6, 7, dtype=np.float32)[:, None]
    truth = np.array([0, 0, 0, 0, 0, 0, 2])
    assert worst(probs, truth, 10) == [0, 1, 3] and worst(probs, truth, 1) == [0]
    assert best(probs, truth, 10) == [4, 6] and best(probs, truth, 1) == [4]


def test_an_example_tells_both_probabilities_and_whether_it_is_above_threshold(tmp_path: Path) -> None:
    found = make_evaluation(tmp_path)
    probs = found.predictions.probs.copy()
    probs[6] = (0.3, 0.45, 0.25)
    examples, doubt = make_examples([0, 6], found.predictions.samples, probs, found.truth, found.model, found.contract)
    wrong, unsure = examples
    assert doubt == "" and (wrong.answer != wrong.truth, unsure.answer == unsure.truth) == (True, True)
    assert (wrong.confidence, wrong.of_truth) == pytest.approx((0.9, 0.05)) and wrong.is_above
    assert unsure.confidence == unsure.of_truth == pytest.approx(0.45) and not unsure.is_above


def test_an_image_that_is_gone_is_left_out(tmp_path: Path) -> None:
    found = make_evaluation(tmp_path)
    samples, probs = found.predictions.samples, found.predictions.probs
    samples[0].path.unlink()
    examples, doubt = make_examples([0, 6], samples, probs, found.truth, found.model, found.contract)
    assert [example.name for example in examples] == [samples[6].name] and doubt == ""
    assert make_examples([0], samples, probs, found.truth, found.model, found.contract) == ([], "")


def test_real_images_have_heatmaps() -> None:
    data, model = SHARED / "data" / "webcam", ROOT / "models" / "daily_activity.onnx"
    if not data.exists():
        pytest.skip("../shared/data/webcam is not here")
    contract = ModelContract(("a", "b"), InputSpec(Classifier(model).contract.input.size, "crop"), (0.5, 0.5))
    samples = list(load_dataset(data).samples)[:2]
    probs = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    examples, doubt = make_examples([1, 0], samples, probs, np.array([0, 0]), model, contract)
    assert doubt == "" and [example.answer for example in examples] == [1, 0] and all(e.heatmap for e in examples)
