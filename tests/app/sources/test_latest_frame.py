import threading
import time

import pytest

from app.entities import Frame
from app.sources.latest_frame import LatestFrame
from tests.toy import RED, plain


@pytest.fixture
def frame_ready() -> threading.Event:
    return threading.Event()


@pytest.fixture
def mailbox(frame_ready: threading.Event) -> LatestFrame:
    return LatestFrame(frame_ready)


def frame(index: int) -> Frame:
    return Frame(plain(RED, 2, 2), index, index / 30, "test")


def test_empty_is_none(mailbox: LatestFrame, frame_ready: threading.Event) -> None:
    assert mailbox.get() is None
    assert not mailbox.closed
    assert not frame_ready.is_set()


def test_the_newest_wins_and_the_rest_is_counted(mailbox: LatestFrame, frame_ready: threading.Event) -> None:
    for index in range(5):
        mailbox.put(frame(index))
    assert frame_ready.is_set()
    assert mailbox.get().frame.index == 4
    assert mailbox.dropped == 4
    assert mailbox.get() is None


def test_a_frame_that_was_taken_is_not_dropped(mailbox: LatestFrame) -> None:
    for index in range(3):
        mailbox.put(frame(index))
        assert mailbox.get().frame.index == index
    assert mailbox.dropped == 0


def test_arrival_is_when_it_was_put(mailbox: LatestFrame) -> None:
    before = time.perf_counter()
    mailbox.put(frame(0))
    after = time.perf_counter()
    assert before <= mailbox.get().arrived_s <= after


def test_closed_once_the_last_frame_is_taken(mailbox: LatestFrame, frame_ready: threading.Event) -> None:
    mailbox.put(frame(7))
    frame_ready.clear()
    mailbox.close()
    assert frame_ready.is_set()
    assert not mailbox.closed
    assert mailbox.get().frame.index == 7
    assert mailbox.closed
    assert mailbox.get() is None


def test_the_readers_error_comes_once_after_the_last_frame(mailbox: LatestFrame) -> None:
    error = RuntimeError("lens cap")
    mailbox.put(frame(7))
    mailbox.close(error)
    assert mailbox.get().frame.index == 7
    with pytest.raises(RuntimeError) as caught:
        mailbox.get()
    assert caught.value is error
    assert mailbox.get() is None
    assert mailbox.closed


@pytest.mark.timeout(60)
def test_many_puts_never_wait_for_a_reader(mailbox: LatestFrame) -> None:
    newest = frame(0)
    for _ in range(20_000):
        mailbox.put(newest)
    assert mailbox.dropped == 19_999


@pytest.mark.timeout(60)
@pytest.mark.parametrize("count", [1, 3000])
def test_every_frame_is_either_taken_or_dropped(mailbox: LatestFrame, frame_ready: threading.Event, count: int) -> None:
    """A reader and a writer at full speed: order is kept, nothing is lost or taken twice, the last one arrives."""
    frames = [frame(index) for index in range(count)]

    def write() -> None:
        for item in frames:
            mailbox.put(item)
        mailbox.close()

    writer = threading.Thread(target=write)
    writer.start()
    taken = []
    while not mailbox.closed:
        frame_ready.wait(5)
        frame_ready.clear()
        while (delivery := mailbox.get()) is not None:
            taken.append(delivery.frame.index)
    writer.join()
    assert taken == sorted(set(taken))
    assert taken[-1] == count - 1
    assert len(taken) + mailbox.dropped == count


def test_two_mailboxes_share_the_news(frame_ready: threading.Event) -> None:
    first, second = LatestFrame(frame_ready), LatestFrame(frame_ready)
    second.put(frame(1))
    assert frame_ready.is_set()
    assert first.get() is None
    assert second.get().frame.index == 1
