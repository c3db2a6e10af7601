"""Sizes read from headers, beside the sizes that OpenCV decodes."""

import struct

import cv2
import numpy as np
import pytest

from app.images.header import claimed_size, is_animated, is_webp
from tests import toy
from tests.fuzz import hostile

IMAGE = toy.plain(toy.RED, 70, 30)


def encoded(suffix: str, *flags: int) -> bytes:
    return cv2.imencode(suffix, IMAGE, flags)[1].tobytes()


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff"])
def test_the_size_is_that_of_the_decoded_image(suffix: str) -> None:
    assert claimed_size(encoded(suffix)) == (70, 30)


@pytest.mark.parametrize("progressive", [0, 1])
def test_padding_before_a_marker_and_progressive_jpegs(progressive: int) -> None:
    data = encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
    assert claimed_size(b"\xff\xd8\xff\xff\xff" + data[3:]) == (70, 30)


def test_a_bmp_may_be_stored_from_the_top_down_or_have_the_old_header() -> None:
    header = bytearray(encoded(".bmp"))
    struct.pack_into("<i", header, 22, -30)
    assert claimed_size(bytes(header)) == (70, 30)
    assert claimed_size(b"BM" + bytes(12) + struct.pack("<IHH", 12, 70, 30)) == (70, 30)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [3, 4], ids=["16 bits", "32 bits"])
def test_a_tiff_in_either_byte_order_with_its_tags_at_the_end(order: str, kind: int) -> None:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    value = "HH" if kind == 3 else "I"
    values = ((70, 0), (30, 0)) if kind == 3 else ((70,), (30,))
    tags = b"".join(
        struct.pack(f"{order}HHI{value}", tag, kind, 1, *sides) for tag, sides in zip((256, 257), values, strict=True)
    )
    at_the_end = mark + struct.pack(f"{order}I", 2_000_008) + bytes(2_000_000) + struct.pack(f"{order}H", 2) + tags
    assert claimed_size(at_the_end) == (70, 30)


def test_an_extended_webp_and_a_gif() -> None:
    sides = (16_777_215).to_bytes(3, "little") + (29).to_bytes(3, "little")
    assert claimed_size(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + sides) == (16_777_216, 30)
    assert claimed_size(b"GIF89a" + struct.pack("<HH", 70, 30)) == (70, 30)


def test_a_claim_is_read_whatever_the_rest_of_the_file_is() -> None:
    assert claimed_size(hostile.png(60_000, 50_000)) == (60_000, 50_000)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"BM", b"II*\0", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"P6 9 9 255 "])
def test_what_has_no_such_header_has_no_size(data: bytes) -> None:
    assert claimed_size(data) == (0, 0)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".tif", ".webp"])
def test_a_damaged_header_raises_nothing(suffix: str) -> None:
    random, data = np.random.default_rng(0), encoded(suffix)
    for _ in range(300):
        broken = bytearray(data[: random.integers(1, len(data))])
        broken[int(random.integers(len(broken)))] = int(random.integers(256))
        width, height = claimed_size(bytes(broken))
        assert width >= 0 and height >= 0


def test_what_moves_and_what_does_not() -> None:
    assert [is_animated(encoded(suffix)) for suffix in (".png", ".webp", ".jpg")] == [False] * 3
    extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0"
    assert is_animated(extended + b"\x02") and not is_animated(extended + b"\x10") and not is_animated(extended)
    png = encoded(".png")
    assert is_animated(png[:33] + struct.pack(">I4sIII", 8, b"acTL", 2, 0, 0) + png[33:])
    assert [is_webp(encoded(suffix)) for suffix in (".webp", ".png")] == [True, False]
