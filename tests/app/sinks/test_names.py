import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import OutputError
from app.sinks.names import recording_path, save_snapshot, taught_model_path
from tests.app.conftest import Room


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still, so that names would clash."""
    monkeypatch.setattr(time, "strftime", lambda *_: "2026-01-31_18-05-09")


def test_a_recording_is_named_by_the_time(tmp_path: Path, still: None) -> None:
    path = recording_path(str(tmp_path / "a" / "b"))
    assert path == tmp_path / "a" / "b" / "2026-01-31_18-05-09.mp4"
    assert path.parent.is_dir()
    assert not path.exists()


def test_no_recording_replaces_another(tmp_path: Path, still: None) -> None:
    names = []
    for _ in range(3):
        path = recording_path(str(tmp_path))
        path.touch()
        names.append(path.name)
    assert names == ["2026-01-31_18-05-09.mp4", "2026-01-31_18-05-09_2.mp4", "2026-01-31_18-05-09_3.mp4"]


def test_a_taught_model_is_named_by_the_time(tmp_path: Path, still: None) -> None:
    assert taught_model_path(str(tmp_path / "new")) == tmp_path / "new" / "2026-01-31_18-05-09.onnx"


def test_a_snapshot_is_the_image_without_loss(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (49, 65, 3), np.uint8)
    path = save_snapshot(str(tmp_path / "스냅샷"), image)
    assert path.suffix == ".png"
    data = np.frombuffer(path.read_bytes(), np.uint8)
    assert np.array_equal(cv2.imdecode(data, cv2.IMREAD_COLOR), image)


def test_snapshots_of_one_second_are_kept_apart(tmp_path: Path, still: None) -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    paths = {save_snapshot(str(tmp_path), image) for _ in range(3)}
    assert len(paths) == 3
    assert all(path.exists() for path in paths)


@pytest.mark.parametrize(
    "make", [recording_path, taught_model_path, lambda folder: save_snapshot(folder, np.zeros((4, 4, 3), np.uint8))]
)
def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, make: Callable[[str], object]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be made"):
        make(str(tmp_path / "file"))
    with pytest.raises(OutputError, match="cannot be made"):
        make(str(tmp_path / "file" / "inner"))


def test_a_snapshot_that_cannot_be_written_is_an_error(tmp_path: Path, room: Room) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    with room(1000), pytest.raises(OutputError, match="cannot be written"):
        save_snapshot(str(tmp_path), noise)
    assert list(tmp_path.iterdir()) == [], "half a snapshot is none"
