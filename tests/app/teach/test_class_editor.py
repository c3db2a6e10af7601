"""What a user sees of it is in test_window_mode.py; here, that a mistake leaves it where it was."""

from pathlib import Path

import pytest

from app.errors import ConfigError, OutputError
from app.images.prepare import InputSpec
from app.sinks.window.key_codes import ENTER, ESCAPE
from app.teach import capture_session
from app.teach.capture_session import CaptureSession
from app.teach.class_changes import ClassChanges
from app.teach.class_editor import ClassEditor, Step


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def editor(tmp_path: Path, said: list[str]) -> ClassEditor:
    """Of a session with the class tea."""
    session = CaptureSession(tmp_path / "captures", "today", InputSpec(32, "crop"))
    session.add_class("tea")
    return ClassEditor(session, ClassChanges(), said.append)


def types(editor: ClassEditor, text: str) -> None:
    for letter in text:
        editor.press(ord(letter), letter)


def test_a_name_that_cannot_be_stays_to_be_mended(editor: ClassEditor, said: list[str]) -> None:
    editor.begin(Step.NAMING)
    types(editor, "tea")
    with pytest.raises(ConfigError):
        editor.press(ENTER[1], "")
    assert editor.is_open and said == []
    types(editor, "pot")
    editor.press(ENTER[1], "")
    assert not editor.is_open and len(said) == 1


@pytest.mark.parametrize("step", Step)
def test_escape_changes_nothing(editor: ClassEditor, said: list[str], step: Step) -> None:
    editor.begin(step)
    editor.press(ESCAPE, "")
    assert not editor.is_open and said == []


def test_a_class_that_cannot_be_moved_aside_stays_and_the_editor_closes(
    editor: ClassEditor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(root: Path, label: str) -> None:
        raise OutputError("cannot be moved")

    monkeypatch.setattr(capture_session, "move_aside", refused)
    editor.begin(Step.CHOOSING_TO_DELETE)
    types(editor, "1")
    with pytest.raises(OutputError):
        types(editor, "d")
    assert not editor.is_open and said == []
    editor.begin(Step.CHOOSING_TO_RENAME)
    types(editor, "1")
    assert editor.is_open, "the class is still there to be chosen"
