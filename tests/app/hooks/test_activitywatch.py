import random
from collections import Counter
from pathlib import Path

import pytest

from app.hooks import sender
from app.hooks.activitywatch import ActivityWatch, slug
from app.hooks.http import Server
from tests.app.hooks.events import closed, progress
from tests.app.hooks.servers import StrictActivityWatch, switched_on, waits_for


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(sender, "LONGEST_WAIT_S", 0.2)


def watch(folder: Path, server: StrictActivityWatch) -> ActivityWatch:
    one = ActivityWatch(Server(server.url.removesuffix("/hook")), folder, 50_000, "desk")
    one.start()
    return one


def test_a_stretch_grows_and_a_gap_joins_nothing(tmp_path: Path) -> None:
    server = StrictActivityWatch()
    with switched_on(server):
        one = watch(tmp_path, server)
        for start_s, end_s in ((0, 5), (0, 10), (0, 12.5), (20, 25), (20, 30)):
            one.put([progress("reading", start_s, end_s)])
        waits_for(lambda: server.seconds() == {"reading": 22.5})
        closed(one)
    assert server.refused == []
    (events,) = server.buckets.values()
    assert len(events) == 2
    assert list(server.buckets) == ["aw-watcher-daily-activity-camera-0_desk"]


def test_an_hour_of_outage_changes_no_total(tmp_path: Path) -> None:
    server, truth, dice, now_s = StrictActivityWatch(), Counter[str](), random.Random(3), 0.0
    one = watch(tmp_path, server)
    while now_s < 3 * 3600:
        label, seconds = dice.choice("abc"), round(dice.expovariate(1 / 60), 3)
        for end_s in (*range(int(now_s) + 5, int(now_s + seconds), 5), now_s + seconds):
            if end_s > now_s:
                one.put([progress(label, now_s, end_s)])
        truth[label] += seconds  # type: ignore[assignment]
        if 3600 <= now_s < 7200:
            server.off()
        elif server._server is None:
            server.on()
        now_s = round(now_s + seconds, 3)
    try:
        waits_for(lambda: server.seconds() == pytest.approx(dict(truth), rel=0.001))
        closed(one)
    finally:
        server.off()
    assert server.refused == []


def test_a_bucket_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    server = StrictActivityWatch()
    with switched_on(server):
        one = watch(tmp_path, server)
        one.put([progress("a", 0, 5)])
        waits_for(lambda: server.seconds() == {"a": 5.0})
        server.buckets.clear()
        one.put([progress("b", 5, 9)])
        waits_for(lambda: server.seconds() == {"b": 4.0})
        closed(one)
    assert server.refused == []


def test_sources_have_a_bucket_each(tmp_path: Path) -> None:
    server = StrictActivityWatch()
    with switched_on(server):
        one = watch(tmp_path, server)
        one.put([progress("a", 0, 5, "camera 0"), progress("a", 0, 7, "rtsp://cam/1?x=ü")])
        waits_for(lambda: server.seconds() == {"a": 12.0})
        closed(one)
    assert set(server.buckets) == {f"aw-watcher-daily-activity-{name}_desk" for name in ("camera-0", "rtsp-cam-1-x")}
    assert slug("§") == "x"
