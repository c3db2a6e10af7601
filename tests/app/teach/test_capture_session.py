import numpy as np
import pytest

from app.entities import Frame
from app.errors import ConfigError
from app.images.prepare import InputSpec
from app.model.contract import MAX_LABEL_CHARS
from app.teach.capture_session import MAX_CLASSES, STILL_PICTURES, Lesson
from tests import toy

SPEC = InputSpec(32, "crop")


@pytest.fixture
def lesson(tmp_path):
    return Lesson(tmp_path / "captures", "today", SPEC)


def frame(number, noise=True):
    image = np.random.default_rng(number).integers(0, 256, (48, 64, 3), np.uint8) if noise else toy.plain(toy.RED)
    return Frame(image, number, number / 10, "cam")


def files(lesson_folder):
    return sorted(path.relative_to(lesson_folder).as_posix() for path in lesson_folder.rglob("*.jpg"))


def test_what_is_captured_is_counted_and_on_disk(lesson, tmp_path):
    lesson.add("one")
    lesson.add("two")
    lesson.begin_burst("one")
    assert all(lesson.capture(frame(number)) for number in range(3))
    assert lesson.counts == {"one": 3, "two": 0}
    assert len(files(tmp_path / "captures" / "one" / "today")) == 3
    pictures = lesson.captures().pictures
    assert [(one.label, one.session, one.picture.shape) for one in pictures] == [("one", "today", (32, 32, 3))] * 3


def test_near_identical_pictures_are_skipped_once_there_are_some(lesson):
    lesson.add("still")
    lesson.begin_burst("still")
    kept = [lesson.capture(frame(number, noise=False)) for number in range(30)]
    assert kept == [True] * STILL_PICTURES + [False] * (30 - STILL_PICTURES)
    assert lesson.capture(frame(99))


def test_undo_takes_back_the_last_burst_alone(lesson, tmp_path):
    lesson.add("one")
    for numbers in (range(3), range(3, 5)):
        lesson.begin_burst("one")
        for number in numbers:
            lesson.capture(frame(number))
    assert lesson.undo() == ("one", 2)
    assert lesson.counts == {"one": 3}
    assert len(files(tmp_path / "captures")) == 3
    assert lesson.undo() == ("", 0)


def test_earlier_sessions_count_and_are_learned_from(lesson, tmp_path):
    lesson.add("one/1")
    lesson.begin_burst("one/1")
    lesson.capture(frame(1))
    later = Lesson(tmp_path / "captures", "tomorrow", SPEC)
    assert later.counts == {"one/1": 1}
    later.begin_burst("one/1")
    later.capture(frame(2))
    assert later.counts == {"one/1": 2}
    assert [(one.label, one.session) for one in later.captures().pictures] == [
        ("one/1", "today"),
        ("one/1", "tomorrow"),
    ]


@pytest.mark.parametrize("name", ["", "  ", "Unsure", "x" * (MAX_LABEL_CHARS + 1), "a\nb", "ONE"])
def test_a_name_that_cannot_be_a_label_is_refused(lesson, name):
    lesson.add("one")
    with pytest.raises(ConfigError):
        lesson.add(name)
    assert lesson.labels == ["one"]


def test_there_are_as_many_classes_as_number_keys(lesson):
    for number in range(MAX_CLASSES):
        lesson.add(f"class {number}")
    with pytest.raises(ConfigError, match="the most"):
        lesson.add("one more")
