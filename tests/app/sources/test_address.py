import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.config.settings import SourceSettings
from app.errors import SourceError
from app.file_urls import path_of
from app.sources.address import understand
from app.sources.open import open_source

SETTINGS = SourceSettings(open_timeout_s=1.0, read_timeout_s=1.0)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1).filter(
        lambda t: t[0] != "."
    )
)
def test_a_file_address_is_a_path_however_it_is_coded(name: str) -> None:
    path = f"/no such folder/{name}"
    for start in ("file://", "file://localhost", "FILE://", "file:"):
        assert path_of(start + quote(path)) == Path(path)


def test_what_exists_as_it_is_written_is_taken_so(clip: Path, tmp_path: Path) -> None:
    for name in ("my clip #1.mp4", "100%25.mp4"):
        (tmp_path / name).write_bytes(clip.read_bytes())
        for url in (f"file://{tmp_path / name}", (tmp_path / name).as_uri(), f"file://localhost{tmp_path / name}"):
            with open_source(url, SETTINGS, 0.0) as source:
                assert len(list(source)) == 60 and source.source_id == str(tmp_path / name)


@pytest.mark.skipif(sys.platform != "linux", reason="devices of Linux")
def test_a_camera_is_known_by_a_lasting_name(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "video7", 0o20600, os.makedev(81, 7))
    except PermissionError:
        pytest.skip("only root makes devices")
    (tmp_path / "usb-camera").symlink_to("video7")
    assert understand(str(tmp_path / "usb-camera")) == 7 == understand("/dev/video7") == understand("7")
    (tmp_path / "file").touch()
    assert understand(str(tmp_path / "file")) == tmp_path / "file"


@pytest.mark.parametrize(
    ("uri", "hint"),
    [
        ("-", "standard input is not read"),
        ("pipe:0", "standard input is not read"),
        ("frames/%04d.jpg", "give the folder that holds the images, frames"),
        ("*.jpg", "give the folder that holds the images, ."),
        ("/dev/v4l/by-id/none", "is the camera plugged in"),
        ("rtsp:/anna:secret@camera/1", "did you mean rtsp://"),
        ("file://server/clip.mp4", "three slashes"),
        ("-1", "counted from 0"),
        ("192.168.0.7:8080/video", "begins with rtsp:// or http://"),
    ],
)
def test_a_wrong_spelling_is_refused_with_the_right_one(uri: str, hint: str) -> None:
    with pytest.raises(SourceError) as error:
        open_source(uri, SETTINGS, 0.0)
    assert "secret" not in str(error.value)
    assert hint in str(error.value) and "expected a camera index" in str(error.value)


def test_capitals_of_a_scheme_make_no_difference() -> None:
    assert understand("HTTP://camera/Video?A=B") == "http://camera/Video?A=B"


def test_a_kind_of_address_that_is_not_read_says_so() -> None:
    with pytest.raises(SourceError, match=r"gopher9:// is not read here; give rtsp:// or http://$"):
        open_source("gopher9://camera/1", SETTINGS, 0.0)


def test_the_users_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in --source=~/clip.mp4, which shells leave as it is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert path_of("~/clip.mp4") == tmp_path / "clip.mp4"
    assert path_of("~other/clip.mp4") == Path("~other/clip.mp4")
    Path("~").mkdir()
    assert path_of("~/clip.mp4") == Path("~/clip.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_links_that_lead_in_circles_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("other")
    (tmp_path / "other").symlink_to("one")
    with pytest.raises(SourceError, match="no such file or folder"):
        open_source(str(tmp_path / "one"), SETTINGS, 0.0)
