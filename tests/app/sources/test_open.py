import time
from pathlib import Path

import cv2
import pytest

from app.config.settings import CameraSettings, Settings, SourceSettings
from app.errors import SourceError
from app.sources import open as opening
from app.sources.folder import FolderSource
from app.sources.media import MediaSource
from app.sources.open import make_name_unique, open_source
from app.sources.paced import PacedSource
from app.sources.synthetic import SyntheticSource
from tests import toy

SETTINGS = SourceSettings(open_timeout_s=1.0, read_timeout_s=1.0)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "one.png").write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    return folder


def test_a_file_a_folder_and_the_test_picture_are_told_apart(clip: Path, pictures: Path) -> None:
    for uri, kind, live in (
        (str(clip), MediaSource, False),
        (f"file://{clip}", MediaSource, False),
        (str(pictures), FolderSource, False),
        (f"{pictures}/", FolderSource, False),
        ("synthetic", SyntheticSource, True),
    ):
        with open_source(uri, SETTINGS, 0.0) as source:
            assert type(source) is kind, uri
            assert source.is_live is live, uri


def test_the_demo_is_called_demo() -> None:
    with open_source("demo", SETTINGS, 0.0) as source:
        assert source.source_id == "demo"
        assert not source.is_live
        assert next(iter(source)).source_id == "demo"


@pytest.mark.parametrize(
    "uri", ["nowhere.mp4", "auto", "Demo", "", " ", "-1", "1.5", "file:///nowhere.mp4", "x" * 5000, "a\0b"]
)
def test_what_is_nothing_says_what_there_could_be(
    uri: int | str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError, match="expected a camera index, a file, a folder, a URL, demo or synthetic"):
        open_source(uri, SETTINGS, 0.0)


@pytest.mark.parametrize(("uri", "index"), [("0", 0), ("7", 7), ("007", 7), ("/dev/video3", 3), (0, 0), (12, 12)])
def test_a_number_is_a_camera(uri: int | str, index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(opening, "CameraSource", lambda *wishes: asked.append(wishes) or toy.Pictures([], live=True))
    open_source(uri, SETTINGS, 5.0)
    assert asked == [(index, SETTINGS, 5.0)]


def test_a_file_called_like_a_number_is_opened_by_its_path(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "12").write_bytes(clip.read_bytes())
    with open_source("./12", SETTINGS, 0.0) as source:
        assert len(list(source)) == 60


def test_a_path_is_never_a_camera_nor_an_address(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("3", "demo", "http:"):
        Path(name).write_bytes(clip.read_bytes())
        with open_source(Path(name), SETTINGS) as source:
            assert type(source) is MediaSource
            assert source.source_id == name


def test_without_settings_those_of_the_project_count_and_the_session_starts_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = Settings(source=SourceSettings(camera=CameraSettings(width_px=64, height_px=32, fps=100)))
    monkeypatch.setattr(opening, "load_project_settings", lambda: project)
    before_s = time.monotonic()
    with open_source("synthetic") as source:
        frame = next(iter(source))
        passed_s = time.monotonic() - before_s
    assert frame.image.shape == (32, 64, 3)
    assert 0 <= frame.time_s <= passed_s


def test_realtime_paces_files_and_leaves_live_sources(clip: Path, pictures: Path) -> None:
    settings = SourceSettings(realtime=True)
    for uri, kind in ((str(clip), PacedSource), (str(pictures), PacedSource), ("synthetic", SyntheticSource)):
        with open_source(uri, settings, time.monotonic()) as source:
            assert type(source) is kind
            assert source.is_live


def test_sources_of_the_same_name_are_told_apart(clip: Path) -> None:
    """Two channels of a camera differ only in the query, which is not shown; frames carry the new name too."""
    opened = []
    for settings in (SETTINGS, SETTINGS, SourceSettings(realtime=True)):
        source = open_source(str(clip), settings, 0.0)
        make_name_unique(source, opened)
        opened.append(source)
    names = [source.source_id for source in opened]
    assert names == [str(clip), f"{clip} (2)", f"{clip} (3)"]
    assert [next(iter(source)).source_id for source in opened] == names
    for source in opened:
        source.close()


def test_sources_of_different_names_keep_them() -> None:
    one, two = toy.Pictures([], name="one"), toy.Pictures([], name="two")
    make_name_unique(two, [one])
    assert two.source_id == "two"
