import cv2
import pytest

from app.errors import SourceError
from app.images.prepare import InputSpec
from app.teach.captures import read_captures
from tests import toy

SPEC = InputSpec(32, "crop")


def write(path, colour=toy.RED):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, toy.plain(colour))[1].tobytes())


def test_classes_and_sessions(tmp_path):
    write(tmp_path / "wave" / "mon" / "10.png")
    write(tmp_path / "wave" / "mon" / "9.png")
    write(tmp_path / "sit" / "1.jpg", toy.BLUE)
    write(tmp_path / ".hidden" / "1.png")
    (tmp_path / "sit" / "notes.txt").write_text("x")
    found = read_captures(tmp_path, SPEC)
    assert [(one.label, one.session) for one in found.pictures] == [("sit", ""), ("wave", "mon"), ("wave", "mon")]
    assert [one.name.rsplit("/", 1)[-1] for one in found.pictures] == ["1.jpg", "9.png", "10.png"]
    assert found.pictures[1].picture.shape == (32, 32, 3)
    assert found.pictures[1].picture[0, 0].tolist() == [255, 0, 0]  # RGB


def test_unreadable_files_are_named(tmp_path):
    write(tmp_path / "sit" / "1.png")
    (tmp_path / "sit" / "2.png").write_bytes(b"no picture")
    found = read_captures(tmp_path, SPEC)
    assert len(found.pictures) == 1 and found.unreadable == ["sit/2.png"]


def test_a_class_without_a_readable_picture_is_not_left_out_in_silence(tmp_path):
    write(tmp_path / "sit" / "1.png")
    (tmp_path / "wave").mkdir()
    (tmp_path / "wave" / "1.png").write_bytes(b"no picture")
    with pytest.raises(SourceError, match="none in wave"):
        read_captures(tmp_path, SPEC)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_no_captures_there(tmp_path, make):
    folder = tmp_path / "captures"
    make(folder)
    with pytest.raises(SourceError, match="expected"):
        read_captures(folder, SPEC)
