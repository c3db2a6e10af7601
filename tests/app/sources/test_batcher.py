"""Rounds of frames from scripted sources, without a model."""

import itertools
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from app.errors import SourceError
from app.run_stats import RunStats
from app.sources.batcher import Batcher
from app.sources.feed import open_feed
from tests import toy

RED = toy.plain(toy.RED)


@contextmanager
def batcher(*sources: toy.Pictures, wait_s: float = 0.005, max_seconds: float | None = None) -> Iterator[Batcher]:
    frame_ready = threading.Event()
    with ExitStack() as stack:
        feeds = [stack.enter_context(open_feed(source, frame_ready)) for source in sources]
        yield Batcher(feeds, frame_ready, RunStats(), wait_s=wait_s, max_seconds=max_seconds)


def rounds(found: Batcher) -> list[list[tuple[str, int]]]:
    """Every round that is not empty: the source and the index of each frame."""
    taken = []
    while not found.ended:
        batch = found.next_batch()
        if batch:
            taken.append([(delivery.frame.source_id, delivery.frame.index) for delivery in batch])
        else:
            found.rest(0.02)
    return taken


def test_a_round_has_a_frame_of_every_file_that_is_left() -> None:
    with batcher(toy.Pictures([RED] * 2, name="a"), toy.Pictures([RED], name="b")) as found:
        assert rounds(found) == [[("a", 0), ("b", 0)], [("a", 1)]]


def test_without_a_source_it_has_ended() -> None:
    with batcher() as found:
        assert found.ended
        started_s = time.monotonic()
        found.rest(60)
        assert time.monotonic() - started_s < 50


@pytest.mark.timeout(30)
def test_a_frame_waits_for_those_of_the_other_live_sources_and_no_longer() -> None:
    quick = toy.Pictures([RED] * 3, live=True, pause_s=0.05, name="quick")
    late = toy.Pictures([RED] * 3, live=True, pause_s=0.07, name="late")
    with batcher(quick, late, wait_s=5.0) as found:
        assert rounds(found) == [[("quick", number), ("late", number)] for number in range(3)]
    silent = toy.Pictures(itertools.repeat(RED), live=True, pause_s=3600.0, name="silent")
    with batcher(toy.Pictures([RED], live=True, name="quick"), silent, wait_s=0.1) as found:
        time.sleep(0.1)
        started_s = time.monotonic()
        assert [delivery.frame.source_id for delivery in found.next_batch()] == ["quick"]
        assert 0.1 <= time.monotonic() - started_s < 20


@pytest.mark.timeout(30)
def test_a_single_live_source_never_waits() -> None:
    with batcher(toy.Pictures([RED] * 10, live=True, pause_s=0.002), wait_s=60.0) as found:
        assert rounds(found)[-1] == [("pictures", 9)]


def test_the_limit_counts_from_each_sources_first_frame() -> None:
    early = toy.Pictures(itertools.repeat(RED), fps=8, name="early")
    late = toy.Pictures(itertools.repeat(RED), fps=8, start_s=1024.0, name="late")
    with batcher(early, late, max_seconds=0.375) as found:
        assert rounds(found) == [[("early", number), ("late", number)] for number in range(3)]


@pytest.mark.timeout(30)
def test_the_limit_ends_a_live_source_that_sends_nothing() -> None:
    with batcher(toy.Pictures(itertools.repeat(RED), live=True, pause_s=3600.0), max_seconds=0.1) as found:
        assert rounds(found) == []


def test_a_source_that_fails_is_left_while_another_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    failing = toy.Pictures([RED], error=SourceError("one: unplugged"), name="one")
    with caplog.at_level(logging.WARNING), batcher(failing, toy.Pictures([RED] * 3, name="two")) as found:
        assert rounds(found) == [[("one", 0), ("two", 0)], [("two", 1)], [("two", 2)]]
    assert "one: unplugged" in caplog.text


@pytest.mark.parametrize("live", [True, False])
def test_the_last_source_that_fails_is_an_error_and_its_frames_are_counted(live: bool) -> None:
    stats, frame_ready = RunStats(), threading.Event()
    source = toy.Pictures([RED] * 2, live=live, error=SourceError("unplugged"))
    with open_feed(source, frame_ready) as feed:
        found = Batcher([feed], frame_ready, stats, wait_s=0.0)
        with pytest.raises(SourceError, match="unplugged"):
            rounds(found)
    assert stats.frames_read == 2
