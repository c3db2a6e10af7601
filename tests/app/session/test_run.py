"""Sessions in one process, one after the other: what each does and leaves behind."""

import dataclasses
import os
import threading
from pathlib import Path

import cv2
import pytest

from app.arrays import Image
from app.errors import ConfigError, ModelError
from app.images.read import read_image
from app.session.options import SessionOptions
from app.session.run import run_session
from app.sources import folder
from tests import toy

HANDLES = Path("/proc/self/fd")


def handles() -> int:
    return sum(1 for _ in HANDLES.iterdir())


@pytest.mark.skipif(not HANDLES.exists(), reason="only Linux tells which files are open")
def test_sessions_leave_no_thread_and_no_handle(
    tmp_path: Path, model: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short form of tests/benchmark/soak.py."""
    monkeypatch.chdir(tmp_path)
    files = {
        name: tmp_path / path for name, path in {"record": "r.mp4", "log": "l.csv", "predictions": "p.csv"}.items()
    }
    options = SessionOptions(
        (str(clip),), model, stats=Path("s.json"), overwrite=True, window=False, max_seconds=1, **files
    )
    run_session(options, 0.0)
    threads, open_ = threading.active_count(), handles()
    for _ in range(30):
        run_session(options, 0.0)
    assert (threading.active_count(), handles()) == (threads, open_)


@pytest.mark.parametrize(
    ("more", "shape"),
    [
        ({}, (90, 160)),
        ({"record": Path("r.mp4")}, (720, 1280)),
        ({"sources": ("photos", "demo"), "max_seconds": 0.1}, (720, 1280)),
    ],
    ids=["labels", "recorded", "recorded beside the demo"],
)
def test_photos_are_read_whole_only_where_somebody_sees_them(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, object], shape: tuple[int, int]
) -> None:
    """The toy model takes 32 px: a JPEG of 1280x720 may come reduced by 8, its height 90."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    Path("photos/one.jpg").write_bytes(cv2.imencode(".jpg", toy.plain(toy.RED, 1280, 720))[1].tobytes())
    read: list[Image] = []

    def noted(path: Path, min_side_px: int | None = None) -> Image | None:
        image = read_image(path, min_side_px)
        assert image is not None
        read.append(image)
        return image

    monkeypatch.setattr(folder, "read_image", noted)
    options = SessionOptions(("photos",), model, predictions=Path("p.csv"), window=False)
    run_session(dataclasses.replace(options, **more), 0.0)
    assert [image.shape[:2] for image in read] == [shape]
    assert ",red," in Path("p.csv").read_text(encoding="utf-8")


def test_a_model_in_the_settings_counts_from_their_folder(tmp_path: Path, model: Path, clip: Path) -> None:
    (tmp_path / "mine").mkdir()
    config = tmp_path / "mine" / "app.yaml"
    config.write_text(f"model: {os.path.relpath(model, config.parent)}\n")
    log = tmp_path / "log.csv"
    options = SessionOptions((str(clip),), config=config, log=log, window=False, max_seconds=0.2)
    run_session(options, 0.0)
    assert ",red," in log.read_text(encoding="utf-8")
    with pytest.raises(ModelError, match="no such model file"):
        run_session(dataclasses.replace(options, overrides=("model=elsewhere.onnx",), overwrite=True), 0.0)


def test_a_mistake_in_the_settings_comes_before_all_else(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nonsense"):
        run_session(SessionOptions(("nowhere.mp4",), Path("no.onnx"), overrides=("nonsense=1",)), 0.0)


def test_a_session_keeps_opencv_to_one_thread(model: Path, clip: Path) -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        run_session(SessionOptions((str(clip),), model, window=False, max_seconds=0.1), 0.0)
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)
