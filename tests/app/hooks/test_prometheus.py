import dataclasses
import re
from pathlib import Path

import pytest

from app.hooks import prometheus
from app.hooks.event import Kind
from app.hooks.prometheus import PrometheusFile
from tests.app.hooks.events import closed, event, gone, progress
from tests.app.hooks.servers import waits_for

SAMPLE = re.compile(r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})? (-?[0-9.]+)')


def samples(path: Path) -> dict[str, float]:
    """What a Prometheus parser reads; fails for a line that is none of its format."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            assert re.match(r"# (HELP|TYPE) daily_activity_[a-z_]+ .+", line)
            continue
        match = SAMPLE.fullmatch(line)
        assert match is not None, line
        found[f"{match[1]}{match[2] or ''}"] = float(match[3])
    return found


def test_seconds_labels_and_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus, "EVERY_S", 0.05)
    path = tmp_path / "a.prom"
    one = PrometheusFile(path)
    one.start()
    one.put([event(label="a"), progress("a", 0, 5), progress("a", 0, 10), event(label="b"), progress("b", 10, 13)])
    key = 'daily_activity_seconds_total{source="camera 0",label="%s"}'
    waits_for(lambda: path.exists() and samples(path).get(key % "b") == 3.0)
    found = samples(path)
    assert found[key % "a"] == 10.0
    assert found['daily_activity_current{source="camera 0",label="b"}'] == 1
    assert found['daily_activity_changes_total{source="camera 0"}'] == 1
    assert found["daily_activity_up"] == 1
    closed(one)
    assert samples(path)["daily_activity_up"] == 0
    assert [each.name for each in tmp_path.iterdir()] == ["a.prom"]


def test_any_name_can_be_written(tmp_path: Path) -> None:
    one = PrometheusFile(tmp_path / "a.prom")
    one.start()
    one.put([event(Kind.LABEL, 'say "hi"\\', source="two\nlines"), progress('say "hi"\\', 0, 1, "two\nlines")])
    closed(one)
    assert len(samples(tmp_path / "a.prom")) == 3


def test_a_place_that_goes_away_is_told_and_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = PrometheusFile(tmp_path / "gone" / "a.prom")
    one.start()
    one.put([event()])
    waits_for(lambda: caplog.records)
    closed(one)
    assert len(caplog.records) == 1


def test_while_the_camera_is_off_nothing_is_current_and_no_sum_is_lost(tmp_path: Path) -> None:
    path, key = tmp_path / "a.prom", 'daily_activity_seconds_total{source="camera 0",label="a"}'
    one = PrometheusFile(path)
    one.start()
    one.put([event(label="a"), progress("a", 0, 5)])
    waits_for(lambda: path.exists() and any("current" in name for name in samples(path)))
    one.put([progress("a", 0, 6), gone("a", 6)])
    waits_for(lambda: not any("current" in name for name in samples(path)))
    assert samples(path)[key] == 6
    again = dataclasses.replace(event(label="a", number=40), previous=None)
    one.put([again, progress("a", 40, 42), event(label="b", number=42)])
    waits_for(lambda: samples(path)[key] == 8)
    assert samples(path)['daily_activity_changes_total{source="camera 0"}'] == 1, "a gap is no change"
    closed(one)
