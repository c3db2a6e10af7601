from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.inspection.files import write
from training.inspection.contact_sheet import contact_sheet, encode, thumbnail

ORANGE = (43, 112, 214)  # BGR


def plain(folder: Path, count: int) -> list[Path]:
    """Images that are told apart by their grey level."""
    return [write(folder / f"{number}.png", np.full((60, 80, 3), number, np.uint8)) for number in range(count)]


def decoded(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize(
    ("count", "shown", "cells"), [(1, 1, (1, 1)), (12, 12, (1, 12)), (13, 13, (2, 12)), (200, 60, (5, 12))]
)
def test_up_to_sixty_in_rows_of_twelve(tmp_path: Path, count: int, shown: int, cells: tuple[int, int]) -> None:
    jpeg, number = contact_sheet(plain(tmp_path, count), ())
    assert number == shown and decoded(jpeg).shape == (cells[0] * 112, cells[1] * 112, 3)


def test_they_are_taken_evenly_from_first_to_last(tmp_path: Path) -> None:
    sheet = decoded(contact_sheet(plain(tmp_path, 200), ())[0])
    middles = sheet[56::112, 56::112, 0].ravel().astype(int)
    assert np.abs(middles - np.linspace(0, 199, 60).round()).max() <= 3, "as exact as JPEG is"


def test_flagged_ones_are_framed(tmp_path: Path) -> None:
    paths = plain(tmp_path, 2)
    sheet = decoded(contact_sheet(paths, {paths[1]})[0]).astype(int)
    is_orange = np.abs(sheet - ORANGE).max(axis=2) < 60
    assert not is_orange[:, :112].any() and is_orange[:, 112:].any()


def test_unreadable_ones_are_left_out(tmp_path: Path) -> None:
    paths = plain(tmp_path, 2)
    paths[0].write_bytes(b"no image")
    assert contact_sheet(paths, ())[1] == 1
    assert contact_sheet(paths[:1], ()) == contact_sheet([], ()) == (b"", 0)


@pytest.mark.parametrize(("size", "expected"), [((400, 200), (104, 52)), ((100, 50), (100, 50)), ((3000, 2), (104, 1))])
def test_a_thumbnail_shrinks_and_never_grows(tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]) -> None:
    path = write(tmp_path / "a.png", np.zeros((*size, 3), np.uint8))
    image = thumbnail(path)
    assert image is not None and image.shape[:2] == expected
    assert thumbnail(tmp_path / "gone.png") is None


def test_the_code_is_jpeg() -> None:
    assert encode(np.zeros((8, 8, 3), np.uint8)).startswith(b"\xff\xd8\xff")
