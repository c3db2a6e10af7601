import time

import pytest

from app.sinks.window.silence import SILENT_S, Silence


class Clock:
    """Stands still until it is told to go on."""

    now_s = 100.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: clock.now_s)
    return clock


def test_a_live_source_becomes_silent_once(clock: Clock) -> None:
    silence = Silence(["cam"])
    silence.hear("cam")
    clock.now_s += SILENT_S
    assert silence.newly_silent() == [] and "cam" not in silence
    clock.now_s += 0.1
    assert silence.newly_silent() == ["cam"] and "cam" in silence
    assert silence.newly_silent() == [] and "cam" in silence


def test_an_image_ends_the_silence_and_it_can_come_again(clock: Clock) -> None:
    silence = Silence(["cam", "other"])
    for _ in range(2):
        silence.hear("cam")
        assert "cam" not in silence
        clock.now_s += SILENT_S + 1
        assert silence.newly_silent() == ["cam"]


def test_files_and_sources_before_their_first_image_are_not_watched(clock: Clock) -> None:
    silence = Silence(["cam"])
    silence.hear("clip.mp4")
    clock.now_s += 100
    assert silence.newly_silent() == []
    silence.restart()
    clock.now_s += 100
    assert silence.newly_silent() == []


def test_after_a_pause_the_wait_begins_again(clock: Clock) -> None:
    silence = Silence(["cam"])
    silence.hear("cam")
    clock.now_s += 100
    silence.restart()
    assert silence.newly_silent() == []
    clock.now_s += SILENT_S + 1
    assert silence.newly_silent() == ["cam"]
