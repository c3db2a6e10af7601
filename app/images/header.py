"""What an image file claims in its header, read without decoding it: its size, and whether it moves."""

import struct
from collections.abc import Iterator

Size = tuple[int, int]  # width and height in px

JPEG = b"\xff\xd8"  # what the file begins with
_PNG = b"\x89PNG\r\n\x1a\n"
_WEBP_ANIMATED = 2  # a bit of the flags of an extended WebP
_SEQUENCES = frozenset((b"avis", b"hevc", b"hevx", b"msf1"))  # what an AVIF or HEIC that moves calls itself first
_NO_SIZE = (0, 0)
_JPEG_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the segments that hold the size
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_SHORT = 256, 257, 3


def claimed_size(data: bytes) -> Size:
    """Reads the size from the header of a JPEG, PNG, BMP, WebP, TIFF or GIF file.

    Args:
        data: the file's content.

    Returns:
        Width and height in px as stored, before any EXIF orientation; (0, 0) for another format or a broken header.
    """
    try:
        if data.startswith(JPEG):
            return _jpeg(data)
        if data.startswith(_PNG):
            return struct.unpack_from(">II", data, 16)
        if data.startswith(b"BM"):
            return _bmp(data)
        if data.startswith(b"RIFF") and data[8:16] == b"WEBPVP8X":  # the other kinds of WebP hold 16383x16383 at most
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        if data.startswith((b"II*\0", b"MM\0*")):
            return _tiff(data, "<" if data.startswith(b"II") else ">")
        if data.startswith((b"GIF87a", b"GIF89a")):
            return struct.unpack_from("<HH", data, 6)
    except struct.error:  # the header breaks off
        return _NO_SIZE
    return _NO_SIZE


def is_webp(data: bytes) -> bool:
    """Returns whether a file's content begins like a WebP."""
    return data.startswith(b"RIFF") and data[8:12] == b"WEBP"


def is_animated(data: bytes) -> bool:
    """Returns whether a PNG, WebP, AVIF or HEIC file claims to hold more than one image.

    Args:
        data: the file's content.
    """
    if is_webp(data):
        return data[12:16] == b"VP8X" and bool(data[20:21] and data[20] & _WEBP_ANIMATED)
    if data[4:8] == b"ftyp":
        return data[8:12] in _SEQUENCES
    return data.startswith(_PNG) and b"acTL" in data[: data.find(b"IDAT")]


def _jpeg(data: bytes) -> Size:
    """Walks through the segments until one holds the size (ITU-T T.81, annex B)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker == 0xFF:  # padding
            at += 1
        else:
            at += 2 if marker in _JPEG_ALONE else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return _NO_SIZE


def _bmp(data: bytes) -> Size:
    """Reads the size: 16 bits a side in the old header of 12 bytes; a negative height means rows from the top down."""
    old = struct.unpack_from("<I", data, 14)[0] == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return abs(width), abs(height)


def _tiff(data: bytes, order: str) -> Size:
    """Reads the size from the tags of the first image (TIFF 6.0, section 2)."""
    tags = dict(_tiff_tags(data, order))
    return tags.get(_TIFF_WIDTH, 0), tags.get(_TIFF_HEIGHT, 0)


def _tiff_tags(data: bytes, order: str) -> Iterator[tuple[int, int]]:
    """Yields the number and the value of each tag of the first image."""
    start = struct.unpack_from(f"{order}I", data, 4)[0]
    for number in range(struct.unpack_from(f"{order}H", data, start)[0]):
        at = start + 2 + 12 * number
        tag, kind = struct.unpack_from(f"{order}HH", data, at)
        yield tag, struct.unpack_from(f"{order}H" if kind == _TIFF_SHORT else f"{order}I", data, at + 8)[0]
