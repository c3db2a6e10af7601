from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import SourceError
from app.images.prepare import InputSpec, prepare
from app.teach.captures import Capture, list_captures, read_captures, session_keys
from tests import toy

SPEC = InputSpec(32, "crop")


def write(path: Path, colour: tuple[int, int, int] = toy.RED) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, toy.plain(colour))[1].tobytes())


def test_classes_and_sessions(tmp_path: Path) -> None:
    write(tmp_path / "wave" / "mon" / "10.png")
    write(tmp_path / "wave" / "mon" / "9.png")
    write(tmp_path / "sit" / "1.jpg", toy.BLUE)
    write(tmp_path / ".hidden" / "1.png")
    (tmp_path / "sit" / "notes.txt").write_text("x")
    found = read_captures(tmp_path, SPEC)
    assert [(one.label, one.session) for one in found.images] == [("sit", ""), ("wave", "mon"), ("wave", "mon")]
    assert [one.name for one in found.images] == ["sit/1.jpg", "wave/mon/9.png", "wave/mon/10.png"]
    assert found.images[1].image.shape == (32, 32, 3)
    assert found.images[1].image[0, 0].tolist() == [255, 0, 0]  # RGB
    assert found.unreadable == []


def test_a_label_file_names_the_class(tmp_path: Path) -> None:
    write(tmp_path / "tea_-12345678" / "1.png")
    (tmp_path / "tea_-12345678" / "label.txt").write_text("tea?\n")
    assert [one.label for one in read_captures(tmp_path, SPEC).images] == ["tea?"]


def test_more_images_than_are_read_at_once(tmp_path: Path) -> None:
    for number in range(70):
        write(tmp_path / "sit" / f"{number}.png")
    assert [one.name for one in read_captures(tmp_path, SPEC).images] == [f"sit/{number}.png" for number in range(70)]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_every_orientation_is_seen_upright(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "sit").mkdir()
    for orientation in range(1, 9):
        toy.write_oriented(tmp_path / "sit" / f"{orientation}{suffix}", toy.corners(), orientation)
    upright = prepare(toy.corners(), SPEC).astype(int)
    off = [float(np.abs(one.image - upright).mean()) for one in read_captures(tmp_path, SPEC).images]
    assert len(off) == 8 and max(off) < 8


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    write(tmp_path / "sit" / "1.png")
    (tmp_path / "sit" / "2.png").write_bytes(b"no image")
    found = read_captures(tmp_path, SPEC)
    assert len(found.images) == 1 and found.unreadable == ["sit/2.png"]


def test_a_class_without_a_readable_image_is_not_left_out_in_silence(tmp_path: Path) -> None:
    write(tmp_path / "sit" / "1.png")
    (tmp_path / "wave").mkdir()
    (tmp_path / "wave" / "1.png").write_bytes(b"no image")
    with pytest.raises(SourceError, match="wave"):
        read_captures(tmp_path, SPEC)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_no_captures_there(tmp_path: Path, make: Callable[[Path], None]) -> None:
    folder = tmp_path / "captures"
    make(folder)
    with pytest.raises(SourceError, match="captures: expected"):
        read_captures(folder, SPEC)


def test_the_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        list_captures(tmp_path / "nowhere")


def test_sessions_of_different_classes_and_images_without_one_are_kept_apart() -> None:
    image = np.zeros((32, 32, 3), np.uint8)
    names = [("a", "mon"), ("a", "mon"), ("b", "mon"), ("a", ""), ("a", "")]
    keys = session_keys([Capture(image, label, session) for label, session in names])
    assert keys[0] == keys[1] and len(set(keys)) == 4
