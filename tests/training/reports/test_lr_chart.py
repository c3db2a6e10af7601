from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import OutputError
from training.reports.lr_chart import draw_lr_curve

RATES = np.geomspace(1e-7, 10, 50)
LOSSES = np.linspace(2, 1, 50)


def draw(target: Path, marks: dict[str, float] | None = None, chosen: float | None = None) -> np.ndarray:
    draw_lr_curve(RATES, LOSSES, LOSSES, marks or {}, chosen, target)
    image = cv2.imread(str(target))
    assert image is not None
    return image


def test_the_plot_replaces_an_older_one_and_leaves_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "rates.png"
    target.write_bytes(b"old")
    plain = draw(target)
    assert [path.name for path in tmp_path.iterdir()] == ["rates.png"]
    marked, chosen = draw(target, {"steepest": 1e-3}), draw(target, chosen=1e-3)
    assert (marked != plain).any() and (chosen != plain).any()


def test_a_curve_that_diverges_is_drawn(tmp_path: Path) -> None:
    losses = np.array([2.0, 2.0, 9e9])
    draw_lr_curve(RATES[:3], losses, losses, {}, None, tmp_path / "rates.png")
    assert (tmp_path / "rates.png").read_bytes().startswith(b"\x89PNG")


def test_a_plot_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "rates.png").mkdir()
    with pytest.raises(OutputError, match=r"rates\.png"):
        draw(tmp_path / "rates.png")
    assert [path.name for path in tmp_path.iterdir()] == ["rates.png"]
