"""Photographs in HEIC and AVIF files, as telephones store them: whole, upright and cropped as the file says."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import cast

import av
import numpy as np
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from app.arrays import Image
from app.images.decoded import picture_of
from app.images.heif_photo import Item, Photo, Property, UnknownKindError, find_photo
from app.images.upright import AS_STORED
from app.images.yuv import YuvImage
from app.system.process import MAX_PIXELS

_UNSAID = 2  # of primaries, transfer and colour space (ISO/IEC 23091-2)
_DECODERS = {b"hvc1": "hevc", b"hev1": "hevc", b"av01": "libdav1d", b"avc1": "h264"}


def decode_heif(data: bytes) -> Image | None:
    """Decodes the photograph of a HEIC or AVIF file; tiles are put together.

    Args:
        data: the file's content.

    Returns:
        uint8 BGR (H, W, 3), upright; None for a file without one, a damaged one, one of a rare kind, or one that
        claims more than `MAX_PIXELS`.
    """
    try:
        photo = find_photo(data)
        if not 0 < photo.width * photo.height <= MAX_PIXELS:
            return None
        image = _tile(next(photo.tiles), photo.properties)
        if photo.rows * photo.columns > 1:
            image = _put_together(photo, image)
        for kind, content in photo.properties:
            image = _EDITS[kind](image, bytes(content)) if kind in _EDITS else image
    except (UnknownKindError, av.FFmpegError):
        return None
    return np.ascontiguousarray(image) if image.size else None


def _put_together(photo: Photo, first: Image) -> Image:
    """Lays the tiles side by side; what reaches beyond the photograph's size is cut off."""
    high, wide = first.shape[:2]
    if not (0 <= photo.columns * wide - photo.width < wide and 0 <= photo.rows * high - photo.height < high):
        raise UnknownKindError(f"{photo.rows}x{photo.columns} tiles of {wide}x{high} for {photo.width}x{photo.height}")
    whole = np.empty((photo.height, photo.width, 3), np.uint8)
    tile = first
    for place in range(photo.rows * photo.columns):
        if place:
            tile = _tile(next(photo.tiles), photo.properties)
        if tile.shape != first.shape:
            raise UnknownKindError("tiles of several sizes")
        row, column = divmod(place, photo.columns)
        room = whole[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
        room[:] = tile[: room.shape[0], : room.shape[1]]
    return whole


def _tile(item: Item, of_whole: Sequence[Property]) -> Image:
    """Decodes one coded image, as it is stored."""
    decoder = cast(VideoCodecContext, CodecContext.create(_DECODERS[item.kind], "r"))
    decoder.extradata = item.setup
    decoder.options = {"max_pixels": str(MAX_PIXELS)}
    decoder.thread_count = 1  # one image; who reads many has threads of its own
    frames = [*decoder.decode(av.Packet(item.data)), *decoder.decode(None)]
    if not frames:
        raise UnknownKindError("holds no image")
    _tag(frames[0], [*of_whole, *item.properties])
    picture = picture_of(frames[0], _pixel_aspect(item.properties), AS_STORED)
    return picture.image if isinstance(picture, YuvImage) else picture


def _tag(decoded: VideoFrame, properties: Sequence[Property]) -> None:
    """Says what the colours mean: the file's word counts more than the codec's (ISO/IEC 23000-22, 7.3.6.4)."""
    for kind, content in properties:
        if kind == b"colr" and bytes(content[:4]) == b"nclx" and len(content) >= 11:
            for name, at in (("color_primaries", 4), ("color_trc", 6), ("colorspace", 8)):
                value = _number(content[at : at + 2])
                if value != _UNSAID:
                    setattr(decoded, name, value)
            decoded.color_range = 2 if content[10] & 128 else 1  # FFmpeg's AVCOL_RANGE_JPEG and _MPEG
            return


def _pixel_aspect(properties: Sequence[Property]) -> Fraction | None:
    """Returns width over height of a pixel; None when the file does not say."""
    across, down = (_number(dict(properties).get(b"pasp", b"")[at : at + 4]) for at in (0, 4))
    return Fraction(across, down) if across and down else None


def _turned(image: Image, content: bytes) -> Image:
    return np.rot90(image, content[0] & 3) if content else image  # quarters, anticlockwise


def _mirrored(image: Image, content: bytes) -> Image:
    """Swaps left and right, or top and bottom."""
    return image[:, ::-1] if content and content[0] & 1 else image[::-1]


def _cropped(image: Image, content: bytes) -> Image:
    """Cuts out a part, whose size and whose middle's distance from the image's middle are fractions."""
    values = [_number(content[at : at + 4], signed=at >= 16 and at % 8 == 0) for at in range(0, 32, 4)]
    if not all(values[1::2]):
        raise UnknownKindError("a clean aperture that makes no sense")
    width, height, right, down = (Fraction(*values[at : at + 2]) for at in (0, 2, 4, 6))
    left, top = (image.shape[1] - width) / 2 + right, (image.shape[0] - height) / 2 + down
    first_row, first_column = max(0, round(top)), max(0, round(left))
    return image[first_row : max(0, round(top + height)), first_column : max(0, round(left + width))]


def _number(content: bytes | memoryview, signed: bool = False) -> int:
    return int.from_bytes(content, "big", signed=signed)


_EDITS: dict[bytes, Callable[[Image, bytes], Image]] = {b"clap": _cropped, b"irot": _turned, b"imir": _mirrored}
