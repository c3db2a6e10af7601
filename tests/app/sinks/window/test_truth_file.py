"""Marks, and the table that they become."""

from pathlib import Path

import pytest

from app.errors import OutputError
from app.score.truth.read import read_segments
from app.sinks.window import truth_file
from app.sinks.window.truth_file import TruthFile
from tests.app.conftest import Room


def rows(path: Path) -> dict[str, list[tuple[str, float, float]]]:
    """What scoring reads: source -> label, start and end of each row."""
    found = read_segments(path)
    return {name: [(one.label, one.start_s, one.end_s) for one in segments] for name, segments in found.items()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "truth.csv"


@pytest.fixture
def file(path: Path) -> TruthFile:
    return TruthFile(path)


def test_a_mark_lasts_to_the_next_one_and_the_last_to_the_end(file: TruthFile, path: Path) -> None:
    file.see("camera 0", 1.5)
    file.mark("camera 0", "reading")
    file.see("camera 0", 4.0)
    file.mark("camera 0", "other")
    file.see("camera 0", 6.25)
    assert file.close() == 2
    assert rows(path) == {"camera 0": [("reading", 1.5, 4.0), ("other", 4.0, 6.25)]}


def test_what_is_not_known_leaves_a_gap(file: TruthFile, path: Path) -> None:
    for time_s, label in ((0.0, "reading"), (2.0, None), (3.0, "reading")):
        file.see("a", time_s)
        file.mark("a", label)
    file.see("a", 5.0)
    file.close()
    assert rows(path) == {"a": [("reading", 0.0, 2.0), ("reading", 3.0, 5.0)]}


def test_the_same_mark_twice_is_one_row_and_a_second_one_at_the_same_moment_replaces_the_first(
    file: TruthFile, path: Path
) -> None:
    file.see("a", 1.0)
    file.mark("a", "reading")
    file.mark("a", "writing")
    file.see("a", 2.0)
    file.mark("a", "writing")
    file.see("a", 3.0)
    file.close()
    assert rows(path) == {"a": [("writing", 1.0, 3.0)]}


def test_undo_lets_what_was_marked_before_go_on(file: TruthFile, path: Path) -> None:
    assert not file.has_mark("a")
    file.see("a", 1.0)
    file.mark("a", "reading")
    file.see("a", 2.0)
    file.mark("a", "writing")
    assert file.current("a") == "writing"
    file.undo("a")
    assert file.current("a") == "reading" and file.has_mark("a")
    file.see("a", 3.0)
    file.close()
    assert rows(path) == {"a": [("reading", 1.0, 3.0)]}


def test_each_source_has_its_own_marks(file: TruthFile, path: Path) -> None:
    for name, label in (("one", "reading"), ("two", "eating")):
        file.see(name, 1.0)
        file.mark(name, label)
        file.see(name, 2.0)
    file.close()
    assert rows(path) == {"one": [("reading", 1.0, 2.0)], "two": [("eating", 1.0, 2.0)]}


def test_the_newest_mark_is_on_disk_before_it_ends(
    file: TruthFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is killed loses a moment only."""
    file.see("a", 1.0)
    file.mark("a", "reading")
    monkeypatch.setattr(truth_file, "SAVED_S", 0.0)
    file.see("a", 9.0)
    assert rows(path) == {"a": [("reading", 1.0, 9.0)]}


def test_a_full_disk_loses_no_row_and_no_mark(file: TruthFile, path: Path, room: Room) -> None:
    file.see("a", 1.0)
    file.mark("a", "reading")
    file.see("a", 2.0)
    file.mark("a", "writing")
    written = path.read_bytes()
    file.see("a", 3.0)
    with room(len(written)), pytest.raises(OutputError, match=r"truth\.csv"):
        file.mark("a", "eating")
    assert path.read_bytes() == written
    file.see("a", 4.0)
    file.close()
    assert rows(path) == {"a": [("reading", 1.0, 2.0), ("writing", 2.0, 3.0), ("eating", 3.0, 4.0)]}
