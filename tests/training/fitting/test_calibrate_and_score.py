import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.augmentation.batches import Part
from training.fitting.calibrate_and_score import calibrate_and_score
from training.recipe import Recipe
from training.run_folder import last_weights

LABELS = ["dark", "bright", "never"]


class Brightness:
    """Knows dark images from bright ones, and is five times too sure; 'never' has no image of its own."""

    def predict(self, batches: Any, **options: Any) -> np.ndarray:
        images = np.concatenate([batch.numpy() for batch, _ in batches]).astype(np.float32)
        bright = images.mean(axis=(1, 2, 3)) / 255 - 0.5
        return 50 * np.stack([-bright, bright, np.full(len(bright), -0.5)], axis=1).astype(np.float32)

    def count_params(self) -> int:
        return 7


def part(count: int, wrong: int = 0) -> Part:
    """Images that are dark and bright in turns; the first `wrong` of them carry the other label."""
    levels = np.where(np.arange(count) % 2, 140, 115)
    images = np.broadcast_to(levels[:, None, None, None], (count, 32, 32, 3)).astype(np.uint8)
    truth = np.arange(count) % 2
    truth[:wrong] = 1 - truth[:wrong]
    return Part(images, np.arange(count), np.eye(3, dtype=np.float32)[truth], np.ones(count, np.int64))


@pytest.fixture
def metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    last_weights(tmp_path, 3).touch()
    recipe = Recipe(reject_unknown=False)
    parts = {"train": part(2500), "val": part(100, wrong=20), "test": part(40, wrong=4)}
    calibrate_and_score(Brightness(), recipe, parts, LABELS, [{"seconds": 90.0}] * 2, tmp_path)
    loaded: dict[str, Any] = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    return loaded | {"files": {path.name for path in tmp_path.iterdir()}, "printed": capsys.readouterr().out}


def test_the_temperature_is_that_of_the_validation_part(metrics: dict[str, Any]) -> None:
    assert metrics["temperature"] > 1.5, "four in five are right, and it was far surer"
    assert len(metrics["thresholds"]) == 3 and all(0.3 <= value <= 0.95 for value in metrics["thresholds"])


def test_every_part_is_scored(metrics: dict[str, Any]) -> None:
    assert (metrics["train"], metrics["val"]["accuracy"], metrics["test"]["accuracy"]) == ({"accuracy": 1.0}, 0.8, 0.9)
    assert metrics["test"]["confusion"] == [[18, 2, 0], [2, 18, 0], [0, 0, 0]]


def test_the_run_is_described(metrics: dict[str, Any]) -> None:
    assert metrics["images"] == {"train": 2500, "val": 100, "test": 40}
    assert metrics["images_per_class"]["dark"] == {"train": 1250, "val": 50, "test": 20}
    assert metrics["images_per_class"]["never"] == {"train": 0, "val": 0, "test": 0}
    assert (metrics["parameters"], metrics["minutes"]) == (7, 3.0)


def test_it_leaves_the_matrix_and_no_state_of_an_unfinished_run(metrics: dict[str, Any]) -> None:
    assert metrics["files"] == {"metrics.json", "confusion.png"}
    assert "validation accuracy 0.8000" in metrics["printed"] and "40 images: accuracy 0.900" in metrics["printed"]
