"""Scripted sources that are lost and come back."""

import threading
import time
from collections.abc import Iterator

import pytest

from app.entities import Frame
from app.errors import SourceError
from app.sources import reconnecting
from app.sources.base import Source
from app.sources.reconnecting import ReconnectingSource
from app.system.pause import PauseSwitch
from tests import toy


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconnecting, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(reconnecting, "LONGEST_WAIT_S", 0.04)


def source(count: int, error: Exception | None = None) -> toy.Pictures:
    return toy.Pictures([toy.plain(toy.RED)] * count, live=True, error=error, name="cam")


class Script:
    """What happens at each try to open the source again."""

    def __init__(self, *steps: Source | Exception) -> None:
        self.steps, self.tries_at_s = list(steps), []

    def __call__(self) -> Source:
        self.tries_at_s.append(time.monotonic())
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        return step


def read(first: Source, script: Script, patience_s: float = 0.3) -> tuple[list[Frame], str]:
    """Frames, and the error that ended them."""
    frames: list[Frame] = []
    with pytest.raises(SourceError) as caught:
        iter_into(frames, ReconnectingSource(first, script, patience_s))
    return frames, str(caught.value)


def iter_into(frames: list[Frame], source: Source) -> None:
    for frame in source:
        frames.append(frame)


def test_frames_go_on_and_say_which_opening_they_are_of() -> None:
    frames, _ = read(source(3, SourceError("cam: gone")), Script(source(2), SourceError("cam: still gone")))
    assert [(frame.index, frame.connection) for frame in frames] == [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)]
    assert {frame.source_id for frame in frames} == {"cam"}


def test_a_stream_that_ends_was_lost_too() -> None:
    frames, error = read(source(3), Script(SourceError("cam: not there")))
    assert len(frames) == 3
    assert "cam: the stream ended; given up after 0.3 s" in error


def test_it_says_once_that_it_is_lost_and_once_that_it_is_back(caplog: pytest.LogCaptureFixture) -> None:
    gone = SourceError("cam: gone")
    read(source(1, gone), Script(gone, gone, source(1, gone), gone))
    lost, back, lost_again = [record.getMessage() for record in caplog.records]
    assert lost == lost_again == "cam: gone; trying again for 0.3 s"
    assert back.startswith("cam: back after 0.")


def test_a_source_that_opens_but_sends_nothing_is_not_back(caplog: pytest.LogCaptureFixture) -> None:
    frames, _ = read(source(1), Script(source(0)))
    assert len(frames) == 1
    assert len(caplog.records) == 1


def test_waits_grow() -> None:
    script = Script(SourceError("cam: gone"))
    read(source(1), script, patience_s=0.5)
    waits = [later - earlier for earlier, later in zip(script.tries_at_s, script.tries_at_s[1:], strict=False)]
    assert len(waits) <= 0.5 / 0.04 + 3
    assert waits[0] >= 0.02
    assert min(waits[2:]) >= 0.04


def test_what_was_lost_is_closed_before_it_is_opened_again() -> None:
    first, second = source(1), source(1)
    closed_before = []

    def reopen() -> Source:
        closed_before.append(first.closed)
        return second

    stream = iter(ReconnectingSource(first, reopen, 1.0))
    assert (next(stream).connection, next(stream).connection) == (0, 1)
    assert closed_before == [1]


@pytest.mark.parametrize("lost", [True, False])
def test_it_stops_at_once_also_while_it_waits(monkeypatch: pytest.MonkeyPatch, lost: bool) -> None:
    monkeypatch.setattr(reconnecting, "FIRST_WAIT_S", 60.0)
    inner = source(1) if lost else toy.Pictures([toy.plain(toy.RED)] * 1000, live=True, pause_s=0.01, name="cam")
    stream = ReconnectingSource(inner, Script(SourceError("cam: gone")), 600.0)
    reader = threading.Thread(target=lambda: list(stream))
    reader.start()
    time.sleep(0.1)
    stream.stop()
    reader.join(5)
    assert not reader.is_alive()
    stream.close()


def test_a_mistake_in_the_program_is_not_taken_for_a_lost_camera() -> None:
    stream = ReconnectingSource(source(1, ValueError("bug")), Script(source(1)), 1.0)
    with pytest.raises(ValueError, match="bug"):
        list(stream)


def test_a_new_name_is_on_every_frame() -> None:
    stream = ReconnectingSource(source(2), Script(SourceError("gone")), 0.01)
    stream.source_id = "cam (2)"
    frames: list[Frame] = []
    with pytest.raises(SourceError):
        iter_into(frames, stream)
    assert {frame.source_id for frame in frames} == {"cam (2)"}


class Switchable(Source):
    """A camera that notes when it is open."""

    source_id, is_live = "cam", True

    def __init__(self, opened: list[bool]) -> None:
        self._opened, self._stopped = opened, threading.Event()
        opened.append(True)

    def __iter__(self) -> Iterator[Frame]:
        for index in range(1_000_000):
            if self._stopped.wait(0.005):
                return
            yield Frame(toy.plain(toy.RED), index, time.monotonic(), "cam")

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        if self._opened[-1]:
            self._opened.append(False)


@pytest.mark.parametrize("patience_s", [0.0, 600.0])
def test_a_pause_closes_a_source_and_its_end_opens_it_again(
    patience_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    opened: list[bool] = []
    switch = PauseSwitch()
    source = ReconnectingSource(Switchable(opened), lambda: Switchable(opened), patience_s, switch)
    frames = iter(source)
    before = [next(frames) for _ in range(3)]
    switch.set("asked for", True)
    threading.Timer(0.3, lambda: (opened.append(opened[-1]), switch.set("asked for", False))).start()
    after = next(frames)
    assert opened[:3] == [True, False, False], "closed during the pause"
    assert opened[-1] is True
    assert [frame.index for frame in (*before, after)] == [0, 1, 2, 3]
    assert (after.connection, before[0].connection) == (1, 0)
    source.stop()
    source.close()
    assert caplog.records == [], "nobody need be told"
    assert list(frames) == []


def test_a_paused_source_can_be_stopped() -> None:
    opened: list[bool] = []
    switch = PauseSwitch()
    source = ReconnectingSource(Switchable(opened), lambda: Switchable(opened), 600, switch)
    frames = iter(source)
    next(frames)
    switch.set("asked for", True)
    threading.Timer(0.1, source.stop).start()
    assert list(frames) == []
    assert opened == [True, False]
