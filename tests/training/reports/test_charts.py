from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import OutputError
from training.evaluation.metrics import score
from training.reports.charts import draw_confusion, draw_curves

HEAD = "stage,epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds\n"


def test_curves_of_two_stages_of_one_and_of_none(tmp_path: Path) -> None:
    history, target = tmp_path / "history.csv", tmp_path / "curves.png"
    history.write_text(HEAD)
    draw_curves(history, target)
    assert not target.exists()
    history.write_text(HEAD + "warmup,1,1.2,0.4,1.1,0.5,0.002,3\n")
    draw_curves(history, target)
    first = cv2.imread(str(target))
    history.write_text(history.read_text() + "finetune,2,0.9,0.6,1.0,0.55,0.0001,9\n")
    draw_curves(history, target)
    second = cv2.imread(str(target))
    assert first is not None and second is not None and (first != second).any()


@pytest.mark.parametrize("classes", [2, 40])
def test_the_diagonal_of_a_good_model_is_dark(tmp_path: Path, classes: int) -> None:
    truth = np.arange(classes).repeat(3)
    scores = score(
        np.eye(classes, dtype=np.float32)[truth], truth, [f"class {n}" for n in range(classes)], (0.5,) * classes
    )
    draw_confusion(scores, tmp_path / "confusion.png")
    image = cv2.imread(str(tmp_path / "confusion.png"))
    assert image is not None
    dark_blue = (image[..., 0] > 90) & (image[..., 0] < 130) & (image[..., 2] < 30)
    assert 0.5 / classes < dark_blue.mean() * classes < 1.5 and dark_blue.any()


def test_labels_of_any_script_and_with_signs_of_formulas(tmp_path: Path) -> None:
    labels = ("$x^$", "電話で話す", "قراءة", "चलना", "🏊 <b>")
    truth = np.arange(5)
    draw_confusion(score(np.eye(5, dtype=np.float32), truth, labels, (0.5,) * 5), tmp_path / "confusion.png")
    assert cv2.imread(str(tmp_path / "confusion.png")) is not None


def test_a_chart_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    scores = score(np.eye(2, dtype=np.float32), np.arange(2), "ab", (0.5, 0.5))
    with pytest.raises(OutputError, match=r"gone.confusion\.png: "):
        draw_confusion(scores, tmp_path / "gone" / "confusion.png")
