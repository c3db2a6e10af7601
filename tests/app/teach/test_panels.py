from app.teach.panels import CORRECTION_KEYS, correction_panel, naming_panel, teach_panel

COUNTS = {"drinking_tea": 12, "reading": 0}
ROWS = (("1", "Drinking tea", "12"), ("2", "Reading", "0"))


def test_the_classes_with_their_number_keys() -> None:
    panel = teach_panel(COUNTS, keep_classes=True, is_learning=False)
    assert (panel.title, panel.rows) == ("Teach", ROWS)
    assert any("old classes stay" in hint for hint in panel.hints)


def test_what_is_going_on_is_seen() -> None:
    panel = teach_panel({}, keep_classes=False, is_learning=True)
    assert panel.title == "Learning..." and any("old classes go" in hint for hint in panel.hints)


def test_a_name_is_shown_while_it_is_typed() -> None:
    panel = naming_panel(COUNTS, "wav")
    assert panel.title == "Name: wav_" and panel.rows == ROWS


def test_labels_to_correct_to_have_a_key_each_as_far_as_there_are_keys() -> None:
    rows = correction_panel([f"class {number}" for number in range(40)]).rows
    assert [key for key, _, _ in rows] == list(CORRECTION_KEYS) and len(set(CORRECTION_KEYS)) == len(rows) == 34
    assert "c" not in CORRECTION_KEYS, "closes the list"
