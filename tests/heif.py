"""Photographs in the boxes of HEIC, made here: in one piece or in tiles, with any property. Their codec is H.264."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from app.arrays import Image

WHOLE, FIRST_TILE = 1, 2  # numbers of items


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]) + content)


def turned(quarters: int) -> bytes:
    """Asks for quarter turns anticlockwise."""
    return box(b"irot", bytes([quarters]))


def mirrored(axis: int) -> bytes:
    """Asks to swap left and right (1), or top and bottom (0)."""
    return box(b"imir", bytes([axis]))


def cropped(width: int, height: int, right: int = 0, down: int = 0) -> bytes:
    """Asks for a part, whose middle lies `right` and `down` of the image's middle, in half px."""
    return box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, right, 2, down, 2))


def write(path: Path, image: Image, *, tile: tuple[int, int] | None = None, asks: Sequence[bytes] = ()) -> Path:
    """Writes a photograph.

    image: uint8 BGR; of even sides where it is in one piece.
    tile: height and width of its tiles, even; None: one piece.
    asks: boxes of properties of the whole, in order.
    """
    height, width = image.shape[:2]
    high, wide = tile or (height, width)
    rows, columns = -(-height // high), -(-width // wide)
    border = (0, rows * high - height, 0, columns * wide - width)
    padded = np.asarray(cv2.copyMakeBorder(image, *border, cv2.BORDER_REPLICATE), np.uint8)
    places = [(row * high, column * wide) for row in range(rows) for column in range(columns)]
    coded = [_coded(padded[top : top + high, left : left + wide]) for top, left in places]
    tiles = range(FIRST_TILE, FIRST_TILE + len(coded)) if tile else range(WHOLE, WHOLE + 1)

    properties = [box(b"avcC", coded[0][0]), _size(wide, high), _size(width, height), *asks]
    asked = list(range(4, 4 + len(asks)))
    places_of = {number: [1, 2] for number in tiles}
    places_of[WHOLE] = [3, *asked] if tile else [1, 2, *asked]
    kinds = dict.fromkeys(tiles, b"avc1") | ({WHOLE: b"grid"} if tile else {})
    grid = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    contents = {number: data for number, (_, data) in zip(tiles, coded, strict=True)} | ({WHOLE: grid} if tile else {})

    head = box(b"ftyp", b"mif1\0\0\0\0mif1")
    index = b"".join(
        (
            full(b"hdlr", bytes(4) + b"pict" + bytes(13)),
            full(b"pitm", struct.pack(">H", WHOLE)),
            full(b"iinf", struct.pack(">H", len(kinds)) + b"".join(_entry(*each) for each in kinds.items())),
            full(b"iref", box(b"dimg", struct.pack(f">HH{len(tiles)}H", WHOLE, len(tiles), *tiles))) if tile else b"",
            box(b"iprp", box(b"ipco", b"".join(properties)) + _associations(places_of)),
        )
    )
    locations = 16 + 14 * len(contents)
    start = len(head) + 12 + len(index) + locations + 8
    path.write_bytes(
        head + full(b"meta", index + _locations(contents, start)) + box(b"mdat", b"".join(contents.values()))
    )
    return path


def _coded(image: Image) -> tuple[bytes, bytes]:
    """What the decoder is set up with, and the image."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=1, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = image.shape[1], image.shape[0], "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as container:
        packet = next(container.demux(video=0))
        return bytes(container.streams.video[0].codec_context.extradata or b""), bytes(packet)


def _size(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def _entry(number: int, kind: bytes) -> bytes:
    return full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", version=2)


def _associations(places_of: dict[int, list[int]]) -> bytes:
    entries = (struct.pack(">HB", number, len(places)) + bytes(places) for number, places in places_of.items())
    return full(b"ipma", struct.pack(">I", len(places_of)) + b"".join(entries))


def _locations(contents: dict[int, bytes], start: int) -> bytes:
    entries, at = b"", start
    for number, content in contents.items():
        entries += struct.pack(">HHHII", number, 0, 1, at, len(content))
        at += len(content)
    return full(b"iloc", struct.pack(">HH", 0x4400, len(contents)) + entries)
