import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from app.arrays import Image
from app.config.settings import RecordSettings
from app.errors import OutputError
from app.sinks.recording.encoder import WAITING, Encoder
from tests import toy

FAST = RecordSettings(preset="ultrafast")
RED = toy.plain(toy.RED)


def encode_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("encode")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert encode_threads() == []


def test_every_image_is_there_in_order(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path / "clip.mp4", FAST)
    for index in range(50):
        encoder.write(np.full_like(RED, 5 * index), index / 30)
    encoder.close()
    with av.open(str(encoder.path)) as container:
        levels = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert len(levels) == 50 and np.diff(levels).min() > 0
    assert encoder.seconds == pytest.approx(50 / 30)


def test_writing_waits_for_an_encoder_that_is_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Encoder(tmp_path / "clip.mp4", FAST)
    write = encoder._file.write
    written: list[float] = []

    def slow(image: Image, time_s: float, lasts_s: float | None) -> None:
        time.sleep(0.02)
        write(image, time_s, lasts_s)
        written.append(time_s)

    monkeypatch.setattr(encoder._file, "write", slow)
    for index in range(20):
        encoder.write(RED, index / 30)
        assert index - len(written) <= WAITING + 1
    encoder.close()
    assert len(written) == 20


def test_what_fails_in_the_thread_is_raised_by_the_next_write_and_not_again(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path / "clip.mp4", FAST)
    encoder.write(toy.plain(toy.RED, 1, 1), 0.0)
    with pytest.raises(OutputError, match="too small to record"):
        for index in range(100):
            encoder.write(RED, 1.0 + index)
            time.sleep(0.01)
    with pytest.raises(OutputError, match="too small to record"):
        encoder.write(RED, 200.0)
    encoder.close()
    encoder.close()


def test_what_fails_at_the_end_is_raised_by_close(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path / "clip.mp4", FAST)
    encoder.write(toy.plain(toy.RED, 1, 1), 0.0)
    with pytest.raises(OutputError, match="too small to record"):
        encoder.close()


def test_nothing_written_leaves_no_file(tmp_path: Path) -> None:
    Encoder(tmp_path / "clip.mp4", FAST).close()
    assert list(tmp_path.iterdir()) == []
