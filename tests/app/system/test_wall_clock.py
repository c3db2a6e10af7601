from datetime import datetime

import pytest

from app.system.wall_clock import JUMP_S, WallClock, iso_time


class Clocks:
    def __init__(self) -> None:
        self.unix_s, self.monotonic_s = 1_000_000.0, 50.0
        self.clock = WallClock(lambda: self.unix_s, lambda: self.monotonic_s)


def test_the_first_frame_is_now_and_the_others_follow_their_own_time() -> None:
    clocks = Clocks()
    assert clocks.clock.at("cam", 7.0) == 1_000_000.0
    clocks.monotonic_s += 10
    clocks.unix_s += 10
    assert clocks.clock.at("cam", 8.5) == 1_000_001.5
    assert clocks.clock.at("other", 0.0) == 1_000_010.0


@pytest.mark.parametrize(("jump_s", "expected"), [(0.0, False), (JUMP_S / 2, False), (1.0, True), (-1.0, True)])
def test_only_a_jump_is_one(jump_s: float, expected: bool) -> None:
    clocks = Clocks()
    clocks.monotonic_s += 3600
    clocks.unix_s += 3600 + jump_s
    assert clocks.clock.has_jumped() is expected


def test_resync_goes_by_the_new_time() -> None:
    clocks = Clocks()
    clocks.clock.at("cam", 0.0)
    clocks.unix_s += 100
    assert clocks.clock.at("cam", 0.0) == 1_000_000.0
    clocks.clock.resync()
    assert not clocks.clock.has_jumped()
    assert clocks.clock.at("cam", 0.0) == 1_000_100.0


def test_a_time_is_written_with_its_distance_from_utc() -> None:
    written = iso_time(1_000_000.25)
    assert written[19:23] == ".250"
    assert datetime.fromisoformat(written).timestamp() == 1_000_000.25
    assert datetime.fromisoformat(written).utcoffset() is not None
