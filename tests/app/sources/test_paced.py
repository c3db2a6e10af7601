import threading
import time
from pathlib import Path
from typing import Any

import cv2
import pytest

from app.config.settings import SourceSettings
from app.sources.folder import FolderSource
from app.sources.paced import PacedSource
from tests import toy


def paced(count: int, fps: float, **kwargs: Any) -> PacedSource:
    return PacedSource(toy.Pictures([toy.plain(toy.RED)] * count, fps=fps, **kwargs))


def test_it_is_live_under_the_name_of_the_file() -> None:
    source = paced(1, 10, name="clip.mp4")
    assert source.is_live
    assert source.source_id == "clip.mp4"
    assert not source.is_camera


def test_frames_come_when_they_are_due() -> None:
    started_s = time.monotonic()
    arrived = []
    for frame in paced(11, 20):
        arrived.append((frame.time_s, time.monotonic() - started_s))
    assert [time_s for time_s, _ in arrived] == [index / 20 for index in range(11)]
    assert all(at_s >= time_s - 0.01 for time_s, at_s in arrived), "none too early"


def test_the_first_frame_comes_at_once_wherever_its_time_begins() -> None:
    """A frame at 100 s must not wait for 100 s."""
    started_s = time.monotonic()
    (frame,) = PacedSource(toy.Pictures([toy.plain(toy.RED)], start_s=100.0))
    assert frame.time_s == 100.0
    assert time.monotonic() - started_s < 50


def test_a_slow_reader_does_not_delay_what_follows() -> None:
    """Time spent on one frame is not added to the wait for the next."""
    started_s = time.monotonic()
    for frame in paced(5, 10):
        if frame.index == 0:
            time.sleep(0.4)
    passed_s = time.monotonic() - started_s
    unhelped_s = 0.4 + 0.4
    assert passed_s < unhelped_s - 0.1


def test_the_last_picture_is_shown_for_its_time(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    started_s = time.monotonic()
    assert len(list(PacedSource(FolderSource(tmp_path, SourceSettings(folder_fps=5))))) == 1
    assert time.monotonic() - started_s >= 0.19


@pytest.mark.timeout(30)
def test_stop_wakes_a_wait() -> None:
    source = paced(2, 0.001)
    frames = []
    reader = threading.Thread(target=lambda: frames.extend(source))
    reader.start()
    while not frames:
        time.sleep(0.001)
    source.stop()
    reader.join(10)
    assert not reader.is_alive()
    assert len(frames) == 1


def test_close_closes_the_file() -> None:
    inner = toy.Pictures([])
    with PacedSource(inner):
        pass
    assert inner.closed == 1
