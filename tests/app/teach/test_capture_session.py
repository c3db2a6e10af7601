from pathlib import Path

import cv2
import numpy as np
import pytest

from app.entities import Frame
from app.errors import ConfigError, OutputError, SourceError
from app.images.prepare import InputSpec
from app.model.contract import MAX_LABEL_CHARS
from app.teach.capture_session import MAX_CLASSES, STILL_IMAGES, CaptureSession
from tests import toy

SPEC = InputSpec(32, "crop")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "captures"


@pytest.fixture
def session(folder: Path) -> CaptureSession:
    return CaptureSession(folder, "today", SPEC)


def frame(number: int, noise: bool = True) -> Frame:
    image = np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8) if noise else toy.plain(toy.RED)
    return Frame(image, number, number / 10, "cam")


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg"))


def burst(session: CaptureSession, label: str, *numbers: int) -> list[bool]:
    session.begin_burst(label)
    return [session.capture(frame(number)) for number in numbers]


def test_what_is_captured_is_counted_and_on_disk(session: CaptureSession, folder: Path) -> None:
    session.add_class("one")
    session.add_class("two")
    assert burst(session, "one", 1, 2, 3) == [True] * 3
    assert session.counts == {"one": 3, "two": 0}
    assert len(files(folder / "one" / "today")) == 3
    images = session.captures().images
    assert [(one.label, one.session, one.image.shape) for one in images] == [("one", "today", (32, 32, 3))] * 3


def test_nearly_the_same_images_are_skipped_once_there_are_some(session: CaptureSession) -> None:
    session.add_class("still")
    session.begin_burst("still")
    kept = [session.capture(frame(number, noise=False)) for number in range(30)]
    assert kept == [True] * STILL_IMAGES + [False] * (30 - STILL_IMAGES)
    assert session.capture(frame(99))


def test_undo_takes_back_the_last_burst_alone(session: CaptureSession, folder: Path) -> None:
    session.add_class("one")
    burst(session, "one", 0, 1, 2)
    burst(session, "one", 3, 4)
    assert session.undo() == ("one", 2)
    assert session.counts == {"one": 3}
    assert len(files(folder)) == 3
    assert session.undo() == ("", 0)


def test_an_undo_that_fails_is_told(session: CaptureSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    burst(session, "one", 0)
    monkeypatch.setattr(Path, "unlink", refused)
    with pytest.raises(OutputError, match="today: cannot be removed"):
        session.undo()


def test_a_correction_may_be_to_a_class_that_was_not_named(session: CaptureSession) -> None:
    burst(session, "red", 0)
    assert session.numbers == {"red": 1}


def test_a_capture_needs_a_burst(session: CaptureSession) -> None:
    with pytest.raises(ValueError, match="begin_burst"):
        session.capture(frame(0))


def test_earlier_sessions_count_and_are_learned_from(session: CaptureSession, folder: Path) -> None:
    session.add_class("one/1")
    burst(session, "one/1", 1)
    later = CaptureSession(folder, "tomorrow", SPEC)
    assert later.numbers == {"one/1": 1} and later.counts == {"one/1": 1}
    burst(later, "one/1", 2)
    assert later.counts == {"one/1": 2}
    assert [(one.label, one.session) for one in later.captures().images] == [("one/1", "today"), ("one/1", "tomorrow")]


def test_every_image_that_is_learned_from_is_counted(folder: Path) -> None:
    for name in ("a/1.png", "a/s/2.JPEG", "a/.hidden.jpg", "a/s/deeper/3.jpg", "a/notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    session = CaptureSession(folder, "today", SPEC)
    assert session.counts == {"a": 3} and len(session.captures().images) == 3


def test_captures_that_cannot_be_listed_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    folder.mkdir()
    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(SourceError, match="captures"):
        CaptureSession(folder, "today", SPEC)


@pytest.mark.parametrize("name", ["", "  ", "Unsure", "x" * (MAX_LABEL_CHARS + 1), "a\nb", "ONE"])
def test_a_name_that_cannot_be_a_label_is_refused(session: CaptureSession, name: str) -> None:
    session.add_class("one")
    with pytest.raises(ConfigError):
        session.add_class(name)
    assert session.numbers == {"one": 1}


def test_there_are_as_many_classes_as_number_keys(session: CaptureSession) -> None:
    for number in range(MAX_CLASSES):
        session.add_class(f"class {number}")
    with pytest.raises(ConfigError, match=str(MAX_CLASSES)):
        session.add_class("one more")


def test_a_class_keeps_its_number_in_every_session(session: CaptureSession, folder: Path) -> None:
    for label in ("tea", "apple", "Zebra"):
        session.add_class(label)
        burst(session, label, len(label))
    assert session.numbers == {"tea": 1, "apple": 2, "Zebra": 3}
    later = CaptureSession(folder, "tomorrow", SPEC)
    assert later.numbers == session.numbers and list(later.counts) == ["tea", "apple", "Zebra"]
    later.delete_class("apple")
    assert later.numbers == {"tea": 1, "Zebra": 3}, "the others keep theirs"
    later.add_class("bread")
    assert later.numbers["bread"] == 2
    burst(later, "bread", 1)
    assert CaptureSession(folder, "the day after", SPEC).numbers == {"tea": 1, "bread": 2, "Zebra": 3}


def test_a_deleted_class_is_moved_aside_with_all_its_images(session: CaptureSession, folder: Path) -> None:
    session.add_class("one/1")
    burst(session, "one/1", 1, 2)
    later = CaptureSession(folder, "tomorrow", SPEC)
    burst(later, "one/1", 3)
    moved = later.delete_class("one/1")
    assert moved is not None and len(list(moved.rglob("*.jpg"))) == 3
    assert later.numbers == {} and later.counts == {} and later.captures().images == [] and later.undo() == ("", 0)
    assert CaptureSession(folder, "the day after", SPEC).numbers == {}
    later.add_class("one/1")
    burst(later, "one/1", 4)
    assert later.delete_class("one/1") != moved, "an older one is not replaced"


def test_a_class_without_images_is_deleted_too(session: CaptureSession, folder: Path) -> None:
    session.add_class("one")
    assert session.delete_class("one") is None and session.numbers == {} and not folder.exists()


@pytest.mark.parametrize(("old", "new"), [("tea", "green tea"), ("tea", "a/b"), ("a/b", "tea"), ("tea", "Tea")])
def test_a_class_is_renamed_with_its_images_and_keeps_its_number(
    session: CaptureSession, folder: Path, old: str, new: str
) -> None:
    session.add_class("other")
    burst(session, "other", 8)
    session.add_class(old)
    burst(session, old, 1, 2)
    session.rename_class(old, new)
    assert session.numbers == {"other": 1, new: 2} and session.counts == {"other": 1, new: 2}
    burst(session, new, 3)
    labels = [one.label for one in session.captures().images]
    assert sorted(labels) == sorted(["other", *[new] * 3])
    later = CaptureSession(folder, "tomorrow", SPEC)
    assert later.numbers == {"other": 1, new: 2} and later.counts[new] == 3


def test_a_class_is_not_renamed_to_another_one(session: CaptureSession) -> None:
    session.add_class("one")
    session.add_class("two")
    for name in ("TWO", "", "unsure"):
        with pytest.raises(ConfigError):
            session.rename_class("one", name)
    session.rename_class("one", "One")
    assert session.numbers == {"One": 1, "two": 2}


def test_the_newest_images_come_first(session: CaptureSession) -> None:
    burst(session, "one", 1, 2, 3)
    burst(session, "two", 4)
    newest = session.newest_images("one", 2)
    assert len(newest) == 2 and not np.array_equal(newest[0], newest[1])
    last = session.newest()
    assert last is not None and last.label == "two"
