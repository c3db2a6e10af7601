from dataclasses import replace

import numpy as np

from app.sinks.window.choice_keys import LETTER_KEYS
from app.teach.panels import (
    TARGET,
    Lesson,
    choosing_panel,
    correction_keys,
    correction_panel,
    deleting_panel,
    naming_panel,
    teach_panel,
)

LESSON = Lesson(numbers={"drinking_tea": 1, "reading": 3}, counts={"drinking_tea": 12, "reading": 34})
ROWS = (("1", "Drinking tea", f"12 of {TARGET}"), ("3", "Reading", "34"))


def test_the_classes_with_their_number_keys_and_what_they_need() -> None:
    panel = teach_panel(LESSON)
    assert (panel.title, panel.rows, panel.active, panel.progress) == ("Teach", ROWS, None, None)
    assert any("old classes stay" in hint for hint in panel.hints)
    assert not any(hint.startswith("o:") for hint in panel.hints)


def test_what_is_going_on_is_seen() -> None:
    learning = teach_panel(replace(LESSON, keep_classes=False, learned=0.4))
    assert learning.title == "Learning... 40%" and learning.progress == 0.4
    assert any("old classes go" in hint for hint in learning.hints)
    image = np.zeros((8, 8, 3), np.uint8)
    capturing = teach_panel(replace(LESSON, captured="reading", pulse=True, newest=[image]))
    assert (capturing.active, capturing.pulse, len(capturing.images)) == (1, True, 1)


def test_a_model_of_an_earlier_session_is_offered() -> None:
    assert teach_panel(replace(LESSON, is_offered=True)).hints[0].startswith("o:")


def test_a_name_is_shown_while_it_is_typed() -> None:
    panel = naming_panel(LESSON, "wav")
    assert panel.title == "Name: wav_" and panel.rows == ROWS


def test_a_class_is_chosen_and_deleted_with_its_images_counted() -> None:
    assert choosing_panel(LESSON, "Which?").rows == ROWS
    panel = deleting_panel("drinking_tea", 12)
    assert "Drinking tea" in panel.title and "12 images" in panel.notes[0]


def test_a_correction_has_the_keys_of_teaching_and_letters_for_the_rest() -> None:
    labels = ["calling", "reading", "drinking_tea", "waving"]
    keys = correction_keys(labels, LESSON.numbers)
    assert keys == {"a": "calling", "3": "reading", "1": "drinking_tea", "e": "waving"}


def test_the_likeliest_labels_come_first_and_keep_their_keys() -> None:
    keys = correction_keys(["calling", "reading", "waving"], {"waving": 2})
    rows = correction_panel(keys, ["reading", "waving"]).rows
    assert rows == (("b", "Reading", ""), ("2", "Waving", ""), ("a", "Calling", ""))


def test_labels_have_a_key_each_as_far_as_there_are_keys() -> None:
    keys = correction_keys([f"class {number}" for number in range(40)], {})
    assert len(keys) == len(LETTER_KEYS) and not keys.keys() & set("chq"), "which close the list and help"


def test_a_class_of_the_model_keeps_its_number_whatever_its_form() -> None:
    assert correction_keys(["drinking_tea"], {"Drinking tea": 4}) == {"4": "drinking_tea"}
