import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.config.settings import SourceSettings
from app.errors import SourceError
from app.sources.folder import FolderSource
from tests import toy

SETTINGS = SourceSettings(folder_fps=4.0)


def write(path: Path, image: Image | None = None, suffix: str | None = None) -> Path:
    image = toy.plain(toy.RED) if image is None else image
    path.write_bytes(cv2.imencode(suffix or path.suffix.lower(), image)[1].tobytes())
    return path


def greys(folder: Path) -> list[int]:
    with FolderSource(folder, SETTINGS) as source:
        return [int(frame.image[0, 0, 0]) for frame in source]


def test_pictures_come_in_natural_order(tmp_path: Path) -> None:
    for number in (10, 2, 1, 100, 20):
        write(tmp_path / f"frame{number}.png", toy.plain((number,) * 3))
    assert greys(tmp_path) == [1, 2, 10, 20, 100]


def test_times_follow_the_rate(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path / f"{number}.png")
    with FolderSource(tmp_path, SETTINGS) as source:
        frames = list(source)
        assert not source.is_live
    assert [frame.time_s for frame in frames] == [0, 0.25, 0.5, 0.75, 1]
    assert [frame.index for frame in frames] == list(range(5))
    assert {frame.source_id for frame in frames} == {str(tmp_path)}
    assert {frame.lasts_s for frame in frames} == {0.25}
    assert [frame.file for frame in frames] == [f"{number}.png" for number in range(5)]


def test_any_size_kind_and_name(tmp_path: Path) -> None:
    write(tmp_path / "a.png", toy.plain(toy.RED, 10, 20))
    write(tmp_path / "b.JPG", toy.plain(toy.RED, 30, 10))
    write(tmp_path / "c.jpeg")
    write(tmp_path / "d.bmp")
    write(tmp_path / "e.webp")
    write(tmp_path / "f.tif")
    write(tmp_path / "g 한국어 é.Tiff")
    write(tmp_path / "h.png", np.full((48, 64, 4), 90, np.uint8))
    write(tmp_path / "i.png", np.full((48, 64), 90, np.uint8))
    with FolderSource(tmp_path, SETTINGS) as source:
        frames = list(source)
    assert len(frames) == 9
    assert all(frame.image.ndim == 3 and frame.image.shape[2] == 3 for frame in frames)
    assert all(frame.image.dtype == np.uint8 for frame in frames)


def test_what_is_no_picture_is_passed_over_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("notes.txt", "phone.DNG", ".hidden.png"):
        (tmp_path / name).write_text("not me")
    (tmp_path / "folder.png").mkdir()
    write(tmp_path / "folder.png" / "inner.png", toy.plain((9, 9, 9)))
    write(tmp_path / "me.png", toy.plain((7, 7, 7)))
    with caplog.at_level(logging.WARNING):
        assert greys(tmp_path) == [7, 9]
    assert [name for name in ("notes.txt", "phone.DNG", ".hidden.png") if name not in caplog.text] == []


def test_an_unreadable_picture_is_named_and_skipped_without_a_gap(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path / "1.png", toy.plain((1, 1, 1)))
    (tmp_path / "2.png").write_bytes(b"not a picture")
    (tmp_path / "3.png").touch()
    (tmp_path / "4.jpg").write_bytes(write(tmp_path / "whole.jpg").read_bytes()[:30])
    (tmp_path / "whole.jpg").unlink()
    write(tmp_path / "5.png", toy.plain((5, 5, 5)))
    with caplog.at_level(logging.WARNING), FolderSource(tmp_path, SETTINGS) as source:
        frames = list(source)
    assert [(int(frame.image[0, 0, 0]), frame.index, frame.time_s) for frame in frames] == [(1, 0, 0), (5, 1, 0.25)]
    assert [name for name in ("2.png", "3.png", "4.jpg") if name not in caplog.text] == []


def test_a_picture_that_vanishes_is_skipped(tmp_path: Path) -> None:
    write(tmp_path / "1.png", toy.plain((1, 1, 1)))
    gone = write(tmp_path / "2.png")
    with FolderSource(tmp_path, SETTINGS) as source:
        gone.unlink()
        assert len(list(source)) == 1


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(SourceError, match=r"has no images \(avif, bmp, heic"):
        FolderSource(tmp_path, SETTINGS)


def test_a_folder_of_nothing_but_damage_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"not a picture")
    with FolderSource(tmp_path, SETTINGS) as source, pytest.raises(SourceError, match="none of its 1 images"):
        list(source)


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be listed"):
        FolderSource(tmp_path / "nowhere", SETTINGS)


def test_a_picture_is_named_by_its_path_below_the_folder(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/1.png", "2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), toy.plain(toy.RED, 32, 24))
    with FolderSource(tmp_path, SETTINGS) as source:
        assert {frame.file for frame in source} == {"a/1.png", "b/1.png", "2.png"}
