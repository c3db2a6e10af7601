from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from app.errors import OutputError
from app.images.class_folders import label_of
from app.images.read import read_image
from app.teach.capture_files import MAX_BYTES, folder_name, remove_captures, write_capture
from tests import toy

RED = toy.plain(toy.RED)
HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..", ".", "a/b", "a\\b", "C:\\x", "con", "NUL.txt", "com1", ".hidden", "dot.",
    " space", "what?", "a:b", "x" * 10_000, "\u202egnp.exe", "tab\there", "nul\0", "*", "", "한" * 80, "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("label", ["drinking", "washing dishes", "먹기", "می‌خورد", "Öl", "a-b_c", "👩‍🍳", "x.y"])
def test_a_harmless_label_is_the_folder(label: str) -> None:
    assert folder_name(label) == label


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_never_leads_out_of_the_folder(tmp_path: Path, label: str) -> None:
    root = tmp_path / "captures"
    path = write_capture(root, label.replace("\ud800", "?"), "now", RED)
    assert path.resolve().parents[2] == root.resolve()
    assert len(folder_name(label).encode("utf-8", "replace")) <= MAX_BYTES


def test_hostile_labels_have_folders_of_their_own() -> None:
    assert len({folder_name(label) for label in HOSTILE}) == len(HOSTILE)


def test_a_label_that_is_no_name_comes_back(tmp_path: Path) -> None:
    path = write_capture(tmp_path, "a/b: what?", "now", RED)
    assert label_of(path.parents[1]) == "a/b: what?"
    plain = write_capture(tmp_path, "plain", "now", RED).parents[1]
    assert label_of(plain) == "plain" and [item.name for item in plain.iterdir()] == ["now"]


def test_images_are_whole_and_never_replaced(tmp_path: Path) -> None:
    image = toy.plain(toy.GREEN, 320, 240)
    paths = {write_capture(tmp_path, "a", "now", image) for _ in range(20)}
    assert len(paths) == 20
    for path in paths:
        written = read_image(path)
        assert written is not None and np.abs(written.astype(int) - image).max() <= 2


def test_removing_takes_empty_folders_along_and_nothing_else(tmp_path: Path) -> None:
    kept = write_capture(tmp_path, "a", "one", RED)
    gone = [write_capture(tmp_path, "a", "two", RED), write_capture(tmp_path, "b/c", "two", RED)]
    remove_captures([*gone, tmp_path / "never" / "was" / "here.jpg"])
    assert kept.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["one"]


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "captures").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        write_capture(tmp_path / "captures", "a", "now", RED)


def test_a_full_disk_leaves_no_half_image(tmp_path: Path, room: Callable[[int], AbstractContextManager[None]]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    with room(1000), pytest.raises(OutputError, match="cannot be written"):
        write_capture(tmp_path, "a", "now", noise)
    assert list((tmp_path / "a" / "now").iterdir()) == []
