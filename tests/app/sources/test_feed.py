import threading
import time
from collections.abc import Iterator

import pytest

from app.arrays import Image
from app.entities import Frame
from app.sources.feed import AHEAD, Feed, FileFeed, LiveFeed, open_feed
from tests import toy

RED = toy.plain(toy.RED, 4, 4)


@pytest.fixture
def frame_ready() -> threading.Event:
    return threading.Event()


def endless() -> Iterator[Image]:
    while True:
        yield RED


def take_all(feed: Feed, frame_ready: threading.Event, between_s: float = 0.0) -> list[Frame]:
    """Takes until the feed has ended, as the pipeline does."""
    taken = []
    while not feed.ended:
        frame_ready.wait(0.02)
        frame_ready.clear()
        while (delivery := feed.take()) is not None:
            taken.append(delivery)
            time.sleep(between_s)
    return [delivery.frame for delivery in taken]


def capture_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("capture")]


def test_is_live_chooses(frame_ready: threading.Event) -> None:
    assert isinstance(open_feed(toy.Pictures([], live=True), frame_ready), LiveFeed)
    assert isinstance(open_feed(toy.Pictures([], live=False), frame_ready), FileFeed)


def test_a_file_gives_every_frame_in_order(frame_ready: threading.Event) -> None:
    source = toy.Pictures([RED] * 50)
    with open_feed(source, frame_ready) as feed:
        frames = take_all(feed, frame_ready, between_s=0.001)
    assert [frame.index for frame in frames] == list(range(50))
    assert (feed.read, feed.dropped, feed.ended) == (50, 0, True)
    assert source.closed == 1
    assert capture_threads() == []


def test_a_file_is_read_a_few_frames_ahead_and_then_waits(frame_ready: threading.Event) -> None:
    given = []
    source = toy.Pictures(given.append(index) or RED for index in range(100))
    with open_feed(source, frame_ready) as feed:
        for _ in range(3):
            feed.take()
        time.sleep(0.1)
        assert 3 < len(given) <= 3 + AHEAD + 1
    assert len(given) <= 3 + AHEAD + 2, "leaving ends a reader that waits"
    assert source.closed == 1
    assert capture_threads() == []


def test_arrival_of_a_files_frame_is_after_its_decoding(frame_ready: threading.Event) -> None:
    def slow() -> Iterator[Image]:
        time.sleep(0.05)
        yield RED

    started_s = time.perf_counter()
    with open_feed(toy.Pictures(slow()), frame_ready) as feed:
        assert feed.take().arrived_s >= started_s + 0.05


def test_a_files_error_is_raised_where_it_is_taken(frame_ready: threading.Event) -> None:
    source = toy.Pictures([RED, RED], error=RuntimeError("damaged"))
    with pytest.raises(RuntimeError, match="damaged"), open_feed(source, frame_ready) as feed:
        take_all(feed, frame_ready)
    assert feed.read == 2
    assert source.closed == 1


def test_a_live_feed_ends_with_its_source(frame_ready: threading.Event) -> None:
    source = toy.Pictures([RED] * 20, live=True, pause_s=0.001)
    with open_feed(source, frame_ready) as feed:
        frames = take_all(feed, frame_ready)
    assert frames[-1].index == 19
    assert feed.read == len(frames) + feed.dropped == 20
    assert source.closed == 1
    assert capture_threads() == []


def test_a_slow_reader_gets_the_newest_and_the_rest_is_counted(frame_ready: threading.Event) -> None:
    source = toy.Pictures([RED] * 200, live=True, pause_s=0.002)
    with open_feed(source, frame_ready) as feed:
        frames = take_all(feed, frame_ready, between_s=0.05)
    assert frames[-1].index == 199
    assert len(frames) < 60
    assert feed.dropped == 200 - len(frames)


def test_lag_does_not_grow(frame_ready: threading.Event) -> None:
    """A reader ten times too slow is never more than a few frames behind the camera."""
    newest = []

    def camera() -> Iterator[Image]:
        for index in range(10_000):
            newest.append(index)
            yield RED

    behind = []
    with open_feed(toy.Pictures(camera(), live=True, pause_s=0.005), frame_ready) as feed:
        for _ in range(20):
            frame_ready.wait(5)
            frame_ready.clear()
            delivery = feed.take()
            behind.append(newest[-1] - delivery.frame.index)
            time.sleep(0.05)
    assert newest[-1] > 100
    assert max(behind) <= 3


def test_a_live_error_comes_after_the_last_frame_and_leaves_no_thread(frame_ready: threading.Event) -> None:
    error = RuntimeError("unplugged")
    source = toy.Pictures([RED] * 3, live=True, error=error)
    taken = []
    with pytest.raises(RuntimeError) as caught, open_feed(source, frame_ready) as feed:
        while True:
            frame_ready.wait(5)
            delivery = feed.take()
            if delivery is not None:
                taken.append(delivery.frame.index)
    assert caught.value is error
    assert taken[-1] == 2
    assert capture_threads() == []
    assert source.closed == 1


@pytest.mark.parametrize("pause_s", [0.0, 0.001, 3600.0])
def test_leaving_stops_the_thread_and_then_closes_the_source(frame_ready: threading.Event, pause_s: float) -> None:
    running_at_close = []

    class Watched(toy.Pictures):
        def close(self) -> None:
            running_at_close.append(capture_threads())
            super().close()

    source = Watched(endless(), live=True, pause_s=pause_s)
    started_s = time.monotonic()
    with open_feed(source, frame_ready):
        assert capture_threads() == ["capture pictures"]
    assert time.monotonic() - started_s < 20
    assert running_at_close == [[]]


def test_leaving_ends_a_source_that_cannot_be_stopped(frame_ready: threading.Event) -> None:
    """A stream has no stop: it ends with its next frame."""

    class Deaf(toy.Pictures):
        def stop(self) -> None:
            pass

    source = Deaf(endless(), live=True, pause_s=0.01)
    with open_feed(source, frame_ready):
        pass
    assert capture_threads() == []
    assert source.closed == 1


@pytest.mark.timeout(60)
def test_a_driver_that_never_returns_does_not_hold_the_program(
    frame_ready: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its source is left open: releasing a device under a reading thread crashes."""
    monkeypatch.setattr("app.sources.feed.JOIN_TIMEOUT_S", 0.1)
    returns = threading.Event()

    def stuck() -> Iterator[Image]:
        yield RED
        returns.wait(60)

    source = toy.Pictures(stuck(), live=True)
    with open_feed(source, frame_ready) as feed:
        frame_ready.wait(5)
        assert feed.take() is not None
    assert source.closed == 0
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "capture pictures"]
    assert thread.daemon
    returns.set()
    thread.join(10)


def test_two_sources_share_the_news(frame_ready: threading.Event) -> None:
    quick = toy.Pictures([RED] * 5, live=True, name="quick")
    silent = toy.Pictures(endless(), live=True, pause_s=3600.0, name="silent")
    with open_feed(quick, frame_ready) as feed, open_feed(silent, frame_ready) as other:
        frames = take_all(feed, frame_ready)
        assert other.take() is None
        assert not other.ended
    assert frames[-1].index == 4
    assert capture_threads() == []
