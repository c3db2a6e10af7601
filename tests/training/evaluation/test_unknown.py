import numpy as np
import pytest

from app.errors import ConfigError
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from training.evaluation.unknown import area_under_roc, judge_unknown

CONTRACT = ModelContract(("reading", "other", "waving"), InputSpec(32, "crop"), (0.5, 0.5, 0.8))


def probs(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_the_area_is_the_share_of_ordered_pairs() -> None:
    assert area_under_roc(np.array([0.9, 0.8]), np.array([0.1, 0.2, 0.3])) == 1
    assert area_under_roc(np.array([0.1]), np.array([0.2, 0.3])) == 0
    assert area_under_roc(np.array([0.5, 0.5]), np.array([0.5])) == 0.5
    positive, negative = np.array([0.2, 0.6, 0.9]), np.array([0.1, 0.6, 0.7, 0.8])
    pairs = [(one > other) + (one == other) / 2 for one in positive for other in negative]
    assert area_under_roc(positive, negative) == pytest.approx(np.mean(pairs))


def test_only_what_the_app_would_show_as_an_activity_counts_as_named() -> None:
    known = probs((0.9, 0.05, 0.05), (0.1, 0.1, 0.8), (0.0, 0.95, 0.05))
    unknown = probs((0.7, 0.1, 0.1), (0.1, 0.8, 0.1), (0.2, 0.1, 0.7), (0.1, 0.1, 0.1))
    found = judge_unknown(CONTRACT, known, np.array([0, 2, 1]), unknown, "street")
    assert found.named == 0.25, "reading at 0.7; other is no activity, waving is below its threshold"
    assert found.known.tolist() == pytest.approx([0.9, 0.8]), "the image of other is not one of an activity"
    assert found.unknown.tolist() == pytest.approx([0.7, 0.1, 0.7, 0.1])
    assert (found.auroc, found.fpr95) == (1, 0)
    assert found.to_json() == {"data": "street", "images": 4, "named": 0.25, "auroc": 1.0, "fpr95": 0.0}


def test_without_an_image_of_an_activity_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(ConfigError, match="--unknown"):
        judge_unknown(CONTRACT, probs((0.1, 0.8, 0.1)), np.array([1]), probs((0.1, 0.8, 0.1)), "street")
