import struct

import pytest

from app.images.heif_boxes import boxes, extents_of, grid_of, kinds_of, parts_of, places_of, primary_of, size_of
from tests.heif import box, full


def content(of_box: bytes) -> memoryview:
    return memoryview(of_box)[8:]


def test_boxes_of_every_length_are_found_up_to_the_first_without_sense() -> None:
    long = struct.pack(">I4sQ", 1, b"long", 18) + b"ab"
    last = struct.pack(">I4s", 0, b"last") + b"to the end"
    found = [(kind, bytes(inner)) for kind, inner in boxes(memoryview(box(b"free", b"x") + long + last))]
    assert found == [(b"free", b"x"), (b"long", b"ab"), (b"last", b"to the end")]
    assert list(boxes(memoryview(struct.pack(">I4s", 7, b"none") + bytes(20)))) == []


@pytest.mark.parametrize(("version", "number"), [(0, "H"), (1, "I")])
def test_numbers_of_items_are_short_or_long(version: int, number: str) -> None:
    assert primary_of(content(full(b"pitm", struct.pack(f">{number}", 7), version))) == 7
    reference = box(b"dimg", struct.pack(f">{number}H2{number}", 7, 2, 8, 9))
    other = box(b"thmb", struct.pack(f">{number}H{number}", 10, 1, 7))
    assert list(parts_of(content(full(b"iref", other + reference, version)))) == [(7, [8, 9])]
    entry = full(b"infe", struct.pack(f">{number}H", 7, 0) + b"hvc1\0", 2 + version)
    count = struct.pack(f">{number}", 1)
    assert list(kinds_of(content(full(b"iinf", count + entry, version)))) == [(7, b"hvc1")]


def test_places_of_properties_are_short_or_long() -> None:
    short = full(b"ipma", struct.pack(">IHBBB", 1, 7, 2, 1, 0x80 | 2))
    long = box(b"ipma", bytes([1, 0, 0, 1]) + struct.pack(">IIBH", 1, 8, 1, 0x8000 | 300))
    assert places_of(memoryview(short + long)) == {7: [1, 2], 8: [300]}


def test_the_bytes_of_an_item_lie_in_pieces_from_a_base() -> None:
    item = struct.pack(">HHHIHIIII", 7, 1, 0, 100, 2, 5, 10, 50, 20)
    assert list(extents_of(content(full(b"iloc", struct.pack(">HH", 0x4440, 1) + item, 1)))) == [
        (7, (1, [(105, 10), (150, 20)]))
    ]
    endless = struct.pack(">HHHH", 7, 0, 0, 65535)
    assert list(extents_of(content(full(b"iloc", struct.pack(">HH", 0, 1) + endless, 1)))) == [(7, (0, [(0, 0)]))]


def test_sizes() -> None:
    assert size_of(content(full(b"ispe", struct.pack(">II", 640, 480)))) == (640, 480)
    assert grid_of(struct.pack(">BBBBHH", 0, 0, 1, 2, 640, 480)) == (2, 3, 640, 480)
    assert grid_of(struct.pack(">BBBBII", 0, 1, 1, 2, 70_000, 480)) == (2, 3, 70_000, 480)
    with pytest.raises(IndexError):
        grid_of(b"\0\0\0\0\0")
