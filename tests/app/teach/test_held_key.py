from pathlib import Path

import numpy as np
import pytest

from app.entities import Frame
from app.errors import OutputError
from app.images.prepare import InputSpec
from app.teach import held_key as module
from app.teach.capture_session import STILL_IMAGES, CaptureSession
from app.teach.held_key import HELD_S, REPEAT_S, STILL_S, HeldKey


class Clock:
    """A time that tests set."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def session(tmp_path: Path) -> CaptureSession:
    return CaptureSession(tmp_path / "captures", "today", InputSpec(32, "crop"))


@pytest.fixture
def key(clock: Clock) -> HeldKey:
    return HeldKey(per_s=10)


def frame(seed: int) -> Frame:
    return Frame(np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8), 0, 0.0, "cam")


def test_nothing_is_due_before_a_press_or_after_the_last_repeat(
    key: HeldKey, clock: Clock, session: CaptureSession
) -> None:
    assert not key.is_due()
    key.press(session, "tea")
    assert key.is_due()
    clock.now_s += HELD_S
    assert not key.is_due()


def test_repeats_keep_the_key_held_at_the_rate_asked_for(key: HeldKey, clock: Clock, session: CaptureSession) -> None:
    captured = 0
    for number in range(100):  # 30 repeats a second for 3.3 s
        key.press(session, "tea")
        if key.is_due():
            assert key.capture(session, frame(number))
            captured += 1
        clock.now_s += 1 / 30
    assert captured == pytest.approx(33, abs=8) and session.counts == {"tea": captured}
    assert session.undo() == ("tea", captured), "one burst"


def test_a_press_after_a_pause_and_one_of_another_key_begin_a_burst(
    key: HeldKey, clock: Clock, session: CaptureSession
) -> None:
    for label, pause_s in (("tea", 0.0), ("tea", REPEAT_S + 0.1), ("coffee", 0.1)):
        clock.now_s += pause_s
        key.press(session, label)
        key.capture(session, frame(int(clock.now_s * 10)))
    assert session.undo() == ("coffee", 1)
    assert session.counts == {"tea": 2, "coffee": 0}


def test_a_released_key_captures_no_more(key: HeldKey, session: CaptureSession) -> None:
    key.press(session, "tea")
    key.release()
    assert not key.is_due()


def test_an_image_that_does_not_change_is_told_after_a_while(
    key: HeldKey, clock: Clock, session: CaptureSession
) -> None:
    key.press(session, "tea")
    for _ in range(STILL_IMAGES):
        assert key.capture(session, frame(1))
    clock.now_s += STILL_S
    assert key.capture(session, frame(1))
    clock.now_s += 0.1
    assert not key.capture(session, frame(1))
    assert key.capture(session, frame(2))


def test_a_disk_that_is_full_releases_the_key(
    key: HeldKey, session: CaptureSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("captures: cannot be written")

    monkeypatch.setattr("app.teach.capture_session.write_capture", full)
    key.press(session, "tea")
    with pytest.raises(OutputError):
        key.capture(session, frame(1))
    assert not key.is_due()
