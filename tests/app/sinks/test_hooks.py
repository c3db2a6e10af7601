from datetime import datetime

import pytest

from app.config.hook_settings import RuleSettings
from app.entities import Activity, Command, Frame
from app.hooks.event import Event, Kind
from app.hooks.outlet import Outlet
from app.sinks.hooks import HookSink
from app.system.wall_clock import WallClock
from tests.app.days import IMAGE, Clocks

NOON = datetime(2026, 11, 27, 12, 0)


class Keeper(Outlet):
    """Keeps what it gets, in the calling thread."""

    name = "keeper"

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Event] = []
        self.gone = False

    def put(self, events: object) -> None:
        self.got.extend(events)  # type: ignore[call-overload]

    def handle(self, events: list[Event]) -> float | None:
        return None

    @property
    def failed(self) -> bool:
        return self.gone

    def kinds(self, *kinds: Kind) -> list[Event]:
        return [event for event in self.got if event.kind in kinds]


class Camera:
    """Frames of one source, ten a second, and the events that they make."""

    def __init__(self, *rules: RuleSettings, live: bool = True) -> None:
        self.clocks, self.keeper = Clocks(NOON), Keeper()
        clock = WallClock(lambda: self.clocks.unix_s, lambda: self.clocks.monotonic_s)
        self.sink = HookSink([self.keeper], rules, ["cam"] if live else [], clock, lambda: self.clocks.monotonic_s)
        self._restarted = True

    def sees(self, label: str | None, seconds: float) -> None:
        for _ in range(round(10 * seconds)):
            self.sink.poll()
            time_s = self.clocks.monotonic_s - 1000
            self.sink.write(Frame(IMAGE, 0, time_s, "cam"), Activity(label, 0.9, 0.0, restarted=self._restarted))
            self._restarted = False
            self.clocks.passes(0.1)

    def is_off(self, seconds: float) -> None:
        """No frames, while the loop goes on."""
        for _ in range(round(10 * seconds)):
            self.clocks.passes(0.1)
            self.sink.poll()
        self._restarted = True

    def told(self) -> list[tuple[str | None, str | None, float]]:
        """Labels, those before, and how long these lasted."""
        return [(event.label, event.previous, round(event.seconds, 3)) for event in self.keeper.kinds(Kind.LABEL)]

    def restarts(self, gap_s: float = 0.0) -> None:
        self.clocks.passes(gap_s)
        self._restarted = True


@pytest.fixture
def camera() -> Camera:
    return Camera()


def test_each_change_is_told_at_once_with_what_was_before(camera: Camera) -> None:
    camera.sees("reading", 60)
    camera.sees(None, 1)
    camera.sees("texting", 0.1)
    assert camera.told() == [("reading", None, 0.0), ("unsure", "reading", 60.0), ("texting", "unsure", 1.0)]
    last = camera.keeper.kinds(Kind.LABEL)[-1]
    assert last.end == last.start == pytest.approx(NOON.timestamp() + 61)


def test_progress_keeps_true_sums(camera: Camera) -> None:
    for label, seconds in (("reading", 33), (None, 2), ("reading", 7.5)):
        camera.sees(label, seconds)
    camera.restarts(100)
    camera.sees("reading", 12)
    camera.sink.close()
    newest = {event.start: event for event in camera.keeper.kinds(Kind.PROGRESS)}
    sums: dict[str, float] = {}
    for event in newest.values():
        assert event.start is not None and event.end is not None
        assert event.end - event.start == pytest.approx(event.seconds, abs=1e-6)
        sums[event.label] = sums.get(event.label, 0.0) + event.seconds
    assert sums == pytest.approx({"reading": 52.5, "unsure": 2.0})


def test_a_session_says_its_end(camera: Camera) -> None:
    camera.sees("reading", 3)
    camera.sink.close()
    camera.sink.close()
    (end,) = camera.keeper.kinds(Kind.END)
    assert (end.label, round(end.seconds, 3)) == ("reading", 3.0)


def test_after_a_gap_or_with_another_model_the_label_is_told_again(camera: Camera) -> None:
    camera.sees("reading", 3)
    camera.restarts()
    camera.sees("reading", 3)
    assert [event.label for event in camera.keeper.kinds(Kind.LABEL, Kind.AGAIN)] == ["reading", "reading"]


def test_rules_are_told(camera: Camera) -> None:
    camera = Camera(RuleSettings("reading", 5), RuleSettings("texting", 5))
    camera.sees("reading", 20)
    (rule,) = camera.keeper.kinds(Kind.RULE)
    assert (rule.rule, rule.label, round(rule.seconds, 3)) == ("Reading for 5 s", "reading", 5.0)


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_sleep_is_in_no_stretch(camera: Camera, jump: float) -> None:
    camera.sees("reading", 10)
    camera.clocks.jumps(jump)
    camera.sees("reading", 10)
    camera.sink.close()
    newest = {event.start: event.seconds for event in camera.keeper.kinds(Kind.PROGRESS)}
    assert list(newest.values()) == pytest.approx([10.0, 10.0])


def test_a_file_has_no_time_of_day() -> None:
    camera = Camera(live=False)
    camera.sees("reading", 10)
    camera.sink.close()
    assert {(event.start, event.end) for event in camera.keeper.got} == {(None, None)}


def test_it_quits_when_nobody_reads_any_more(camera: Camera) -> None:
    assert camera.sink.poll() is None
    camera.keeper.gone = True
    assert camera.sink.poll() is Command.QUIT


def test_a_frame_without_news_makes_no_event(camera: Camera) -> None:
    camera.sees("reading", 1)
    before = len(camera.keeper.got)
    camera.sees("reading", 3)
    assert len(camera.keeper.got) == before


@pytest.mark.parametrize("after", ["reading", "texting"])
def test_a_camera_that_is_off_shows_nothing_and_is_told_soon(camera: Camera, after: str) -> None:
    camera.sees("reading", 6)
    camera.is_off(4)
    assert camera.told()[1:] == [(None, "reading", 6.0)]
    gone = camera.keeper.kinds(Kind.LABEL)[-1]
    assert gone.end == pytest.approx(NOON.timestamp() + 6, abs=0.001), "when it went, not when that was noticed"
    camera.is_off(9)
    camera.sees(after, 2)
    camera.sees("drinking", 1)
    assert camera.told()[2:] == [(after, None, 0.0), ("drinking", after, 2.0)]
    camera.sink.close()
    newest = {event.start: event.seconds for event in camera.keeper.kinds(Kind.PROGRESS)}
    assert list(newest.values()) == pytest.approx([6.0, 2.0, 1.0])


@pytest.mark.parametrize("jump", [0.0, 3600.0])
def test_a_gap_that_only_the_next_frame_shows_is_in_no_seconds(camera: Camera, jump: float) -> None:
    camera.sees("reading", 6)
    camera.clocks.jumps(jump)
    camera.restarts(30)
    camera.sees("texting", 2)
    assert camera.told()[1:] == [(None, "reading", 6.0), ("texting", None, 0.0)]


def test_a_session_that_ends_while_the_camera_is_off_says_so(camera: Camera) -> None:
    camera.sees("reading", 6)
    camera.is_off(20)
    camera.sink.close()
    (end,) = camera.keeper.kinds(Kind.END)
    assert (end.label, end.seconds, round(end.time_s, 3)) == (None, 0.0, 6.0)


def test_a_loop_that_hangs_is_no_gap(camera: Camera) -> None:
    camera.sees("reading", 6)
    camera.clocks.passes(20)
    camera.sink.poll()
    assert len(camera.told()) == 1


def test_a_slow_camera_is_not_away_between_its_frames(camera: Camera) -> None:
    camera.sees("reading", 0.1)
    for _ in range(4):
        camera.is_off(10)
        camera.sees("reading", 0.1)
    assert [label for label, _, _ in camera.told()] == ["reading", None, "reading"], "its pace is known from then on"


def test_a_file_that_waits_is_not_away() -> None:
    camera = Camera(live=False)
    camera.sees("reading", 6)
    camera.is_off(20)
    assert len(camera.told()) == 1
