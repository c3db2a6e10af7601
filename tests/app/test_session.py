"""Sessions in one process, one after the other: what each leaves behind."""

import threading
from pathlib import Path

import cv2
import pytest

from app.arrays import Image
from app.cli import _parse
from app.images.read import read_image
from app.session import run_session
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
    flags = ["--record", "r.mp4", "--log", "l.csv", "--predictions", "p.csv", "--stats", "s.json", "--overwrite"]
    arguments = _parse(["--source", str(clip), "--model", str(model), "--no-window", "--max-seconds", "1", *flags])
    run_session(arguments, 0.0)
    threads, open_ = threading.active_count(), handles()
    for _ in range(30):
        run_session(arguments, 0.0)
    assert (threading.active_count(), handles()) == (threads, open_)


@pytest.mark.parametrize(
    ("more", "shape"),
    [
        ([], (90, 160)),
        (["--record", "r.mp4"], (720, 1280)),
        (["--source", "demo", "--max-seconds", "0.1"], (720, 1280)),
    ],
    ids=["labels", "recorded", "recorded beside the demo"],
)
def test_photos_are_read_whole_only_where_somebody_sees_them(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], shape: tuple[int, int]
) -> None:
    """The toy model takes 32 px: a JPEG of 1280x720 may come reduced by 8, its height 90."""
    monkeypatch.chdir(tmp_path)
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "one.jpg").write_bytes(cv2.imencode(".jpg", toy.plain(toy.RED, 1280, 720))[1].tobytes())
    read = []

    def noted(path: Path, enough_px: int | None = None) -> Image | None:
        image = read_image(path, enough_px)
        read.append(image)
        return image

    monkeypatch.setattr(folder, "read_image", noted)
    flags = ["--source", str(photos), "--model", str(model), "--no-window", "--predictions", "p.csv", *more]
    run_session(_parse(flags), 0.0)
    assert [image.shape[:2] for image in read] == [shape]
    assert ",red," in (tmp_path / "p.csv").read_text(encoding="utf-8")
