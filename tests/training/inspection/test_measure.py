import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from app.images.folder_images import Why
from tests.training.inspection.files import png_bomb, textured, write
from training.data.near_duplicates import NO_HASH, perceptual_hash
from training.inspection.findings import Kind
from training.inspection.measure import Measurement, explain, inspect_skipped, measure


@pytest.fixture(autouse=True)
def bombs_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        yield


def write_bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def kind_of(path: Path) -> Kind | None:
    problem = measure(path).problem
    return None if problem is None else problem.kind


def test_a_good_image_in_figures(tmp_path: Path) -> None:
    image = textured(1)
    found = measure(write(tmp_path / "a.png", image))
    assert found.problem is None and (found.width, found.height, found.orientation) == (320, 240, 1)
    assert len(found.sha256) == 64 and found.hash == perceptual_hash(image) != NO_HASH
    assert found.contrast > 4 and found.lit > 64 and found.sharpness > 20


def test_plain_grey_has_neither_contrast_nor_detail(tmp_path: Path) -> None:
    found = measure(write(tmp_path / "a.png", np.full((100, 120, 3), 90, np.uint8)))
    assert (found.contrast, found.sharpness, found.lit, found.hash) == (0, 0, 90, NO_HASH)


def test_figures_are_those_of_the_size_that_the_model_sees(tmp_path: Path) -> None:
    small = measure(write(tmp_path / "a.png", textured(2)))
    large = measure(write(tmp_path / "b.png", cv2.resize(textured(2), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)))
    assert large.sharpness == pytest.approx(small.sharpness, rel=0.5)
    assert large.contrast == pytest.approx(small.contrast, rel=0.05)


@pytest.mark.parametrize(("stored", "expected"), [(6, 6), (1, 1), (0, 1), (99, 1)])
def test_the_orientation_is_that_of_the_exif_tag(tmp_path: Path, stored: int, expected: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = stored
    Pillow.fromarray(textured(3)).save(tmp_path / "a.jpg", exif=exif)
    found = measure(tmp_path / "a.jpg")
    assert found.orientation == expected
    assert (found.width, found.height) == ((240, 320) if expected == 6 else (320, 240)), "upright"


def test_what_cannot_be_decoded_is_told_apart(tmp_path: Path) -> None:
    jpeg = cv2.imencode(".jpg", textured(4))[1].tobytes()
    png = cv2.imencode(".png", textured(4))[1].tobytes()
    webp = cv2.imencode(".webp", textured(4))[1].tobytes()
    expected = {
        Kind.TRUNCATED: [jpeg[: len(jpeg) // 2], png[: len(png) // 2], png[:-3], webp[: len(webp) // 2]],
        Kind.UNREADABLE: [b"", b"\xff\xd8\xff" + bytes(2000)],
        Kind.NOT_AN_IMAGE: [b"<!doctype html>", bytes(range(256)) * 9],
        Kind.HUGE: [png_bomb(20_000), png_bomb(12_000)],
    }
    for kind, contents in expected.items():
        for number, data in enumerate(contents):
            assert kind_of(write_bytes(tmp_path / f"{number}.jpg", data)) is kind, (kind, number)


def test_a_file_that_cannot_be_opened_has_no_hash(tmp_path: Path) -> None:
    found = measure(tmp_path / "gone.jpg")
    assert found == Measurement(problem=found.problem) and kind_of(tmp_path / "gone.jpg") is Kind.UNREADABLE


def test_the_reason_names_a_text_file(tmp_path: Path) -> None:
    text, noise = (explain(write_bytes(tmp_path / "x.jpg", data)) for data in (b"notes\r\n", b"\x00\x01\x02"))
    assert text.kind is noise.kind is Kind.NOT_AN_IMAGE and "text" in text.detail and "text" not in noise.detail


def test_a_heic_that_is_not_read_is_not_called_damaged(tmp_path: Path) -> None:
    """It may be of a kind that is not known here, and would be moved away."""
    unread = explain(write_bytes(tmp_path / "x.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(800)))
    assert unread.kind is Kind.UNUSED_IMAGE and "HEIC" in unread.detail


def test_files_without_an_image_extension(tmp_path: Path) -> None:
    Pillow.new("P", (90, 90)).save(tmp_path / "old.gif")
    unused = inspect_skipped(tmp_path / "old.gif", Why.OTHER_KIND)
    assert unused.kind is Kind.UNUSED_IMAGE and "GIF" in unused.detail and ".jpg" in unused.detail
    assert inspect_skipped(write_bytes(tmp_path / "notes.txt", b"notes"), Why.NO_IMAGE).kind is Kind.OTHER_FILE
    phone = write_bytes(tmp_path / "phone.dng", b"what Pillow does not know")
    assert inspect_skipped(phone, Why.OTHER_KIND).kind is Kind.UNUSED_IMAGE
    assert inspect_skipped(phone, Why.HIDDEN).kind is Kind.LEFT_OUT
    assert "huge" in inspect_skipped(write_bytes(tmp_path / "bomb.bin", png_bomb(20_000)), Why.NO_IMAGE).detail


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_broken_link_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("nowhere")
    assert inspect_skipped(tmp_path / "link.txt", Why.NO_FILE).kind is Kind.UNREADABLE
