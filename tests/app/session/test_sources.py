"""What a session opens: what the user named, a camera, or the demo."""

from itertools import islice
from pathlib import Path

import pytest

from app.config.settings import SourceSettings
from app.errors import ConfigError, SourceError
from app.session import sources as session_sources
from app.session.options import AUTO
from app.session.sources import open_sources
from app.sources.base import Source
from app.system.pause import PauseSwitch
from tests import toy


class Opener:
    """Stands in for `open_source`: gives out toy sources called "camera", and notes what was asked."""

    def __init__(self) -> None:
        self.opened: list[toy.Pictures] = []
        self.asked: list[tuple[str, SourceSettings, float, int | None]] = []

    def __call__(
        self,
        uri: str,
        settings: SourceSettings,
        start_s: float,
        min_side_px: int | None,
        switch: PauseSwitch | None = None,
    ) -> Source:
        if uri == "broken":
            raise SourceError("broken: does not open")
        self.asked.append((uri, settings, start_s, min_side_px))
        self.opened.append(toy.Pictures([], name="camera"))
        return self.opened[-1]


@pytest.fixture
def opener(monkeypatch: pytest.MonkeyPatch) -> Opener:
    found = Opener()
    monkeypatch.setattr(session_sources, "open_source", found)
    return found


def test_sources_get_different_names_one_clock_and_are_closed(opener: Opener) -> None:
    with open_sources(["a", "b", "c"], SourceSettings(), shown=False, min_side_px=224) as opened:
        assert [source.source_id for source in opened] == ["camera", "camera (2)", "camera (3)"]
        assert [asked[0] for asked in opener.asked] == ["a", "b", "c"]
        assert len({asked[2] for asked in opener.asked}) == 1
        assert {asked[3] for asked in opener.asked} == {224}
    assert [source.closed for source in opener.opened] == [1, 1, 1]


def test_when_one_does_not_open_those_before_it_are_closed(opener: Opener) -> None:
    with (
        pytest.raises(SourceError, match="broken"),
        open_sources(["a", "broken"], SourceSettings(), shown=False, min_side_px=None),
    ):
        pass
    assert [source.closed for source in opener.opened] == [1]


@pytest.mark.parametrize("again", ["clip.mp4", "./clip.mp4", "file://clip.mp4"])
def test_the_same_file_twice_is_a_mistake(
    opener: Opener, again: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("clip.mp4").touch()
    with (
        pytest.raises(ConfigError, match="given twice"),
        open_sources(["clip.mp4", again], SourceSettings(), shown=False, min_side_px=None),
    ):
        pass
    assert opener.opened == []


def test_names_that_are_no_paths_may_be_compared(opener: Opener) -> None:
    with open_sources(["a\0b", "x" * 5000], SourceSettings(), shown=False, min_side_px=None) as opened:
        assert len(opened) == 2


@pytest.mark.parametrize(("uri", "shown", "live"), [("demo", True, True), ("demo", False, False), ("a", True, False)])
def test_the_demo_plays_at_its_own_pace_on_a_screen(opener: Opener, uri: str, shown: bool, live: bool) -> None:
    with open_sources([uri], SourceSettings(), shown=shown, min_side_px=None) as (source,):
        assert source.is_live is live


@pytest.mark.timeout(60)
def test_the_demo_never_ends_on_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who is still looking, or teaching, is not thrown out after twenty seconds."""
    monkeypatch.setattr(
        session_sources, "open_source", lambda *_: toy.Pictures([toy.plain(toy.RED)] * 2, fps=100, name="demo")
    )
    with open_sources(["demo"], SourceSettings(), shown=True, min_side_px=None) as (source,):
        frames = list(islice(source, 7))
    assert [frame.connection for frame in frames] == [0, 0, 1, 1, 2, 2, 3]


def test_auto_is_the_first_camera_that_works(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = toy.Pictures([], live=True, name="camera 4")
    monkeypatch.setattr(session_sources, "find_camera", lambda settings, start_s, switch: (camera, ""))
    with open_sources([AUTO], SourceSettings(), shown=True, min_side_px=None) as opened:
        assert opened == [camera]
    assert opener.asked == []


def test_auto_without_a_camera_is_the_demo_and_says_why(
    opener: Opener, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session_sources, "find_camera", lambda settings, start_s, switch: (None, "no camera found"))
    with open_sources([AUTO], SourceSettings(), shown=False, min_side_px=None):
        assert opener.asked[0][0] == "demo"
    assert "no camera found" in capsys.readouterr().out
