"""What a HEIC or AVIF file says of its photograph: which pieces it is made of, and how they lie together."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from app.images.heif_boxes import (
    IN_FILE,
    IN_IDAT,
    boxes,
    extents_of,
    grid_of,
    kinds_of,
    parts_of,
    places_of,
    primary_of,
    size_of,
)

_CODED = {b"hvc1": b"hvcC", b"hev1": b"hvcC", b"av01": b"av1C", b"avc1": b"avcC"}  # and what the decoder is set up with


class Property(NamedTuple):
    """Something that holds for an item, such as its size or a turn.

    Attributes:
        kind: the four letters of its box.
        content: of the box.
    """

    kind: bytes
    content: memoryview


class Item(NamedTuple):
    """A coded image.

    Attributes:
        kind: of the codec, four letters.
        setup: what its decoder is set up with.
        data: the image.
        properties: in the order in which they hold.
    """

    kind: bytes
    setup: bytes
    data: bytes
    properties: list[Property]


class Photo(NamedTuple):
    """The photograph for which a file is shown.

    Attributes:
        width: px, before anything that `properties` ask for.
        height: px.
        rows: of tiles; 1 for a photograph in one piece.
        columns: of tiles.
        properties: of the whole, in the order in which they hold.
        tiles: row by row.
    """

    width: int
    height: int
    rows: int
    columns: int
    properties: list[Property]
    tiles: Iterator[Item]


class UnknownKindError(ValueError):
    """The file is damaged, or made in a way that is not read here."""


def may_be_heif(data: bytes) -> bool:
    """Returns whether a file's content begins like a HEIC or AVIF; videos in MP4 begin so too."""
    return data[4:8] == b"ftyp"


def find_photo(data: bytes) -> Photo:
    """Finds the photograph of a file: its primary item, a coded image or a grid of them.

    Raises:
        UnknownKindError: there is none, or it is made in another way.
    """
    with _damage_told():
        return _File(data).photo()


class _File:
    """The index of a file."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        index = dict(boxes(dict(boxes(self._data))[b"meta"][4:]))
        self._idat = index.get(b"idat", memoryview(b""))
        self._primary = primary_of(index[b"pitm"])
        self._kinds = dict(kinds_of(index[b"iinf"]))
        self._extents = dict(extents_of(index[b"iloc"]))
        self._parts = dict(parts_of(index[b"iref"])) if b"iref" in index else {}
        described = dict(boxes(index[b"iprp"]))
        self._all_properties = [Property(*box) for box in boxes(described[b"ipco"])]
        self._places = places_of(index[b"iprp"])

    def photo(self) -> Photo:
        kind = self._kinds[self._primary]
        properties = self._properties(self._primary)
        if kind in _CODED:
            return Photo(*size_of(dict(properties)[b"ispe"]), 1, 1, properties, iter([self._item(self._primary)]))
        if kind != b"grid":
            raise UnknownKindError(f"its photograph is a {kind!r}")
        rows, columns, width, height = grid_of(self._content(self._primary))
        tiles = self._parts.get(self._primary, [])
        if len(tiles) != rows * columns:
            raise UnknownKindError(f"{len(tiles)} tiles of {rows}x{columns}")
        return Photo(width, height, rows, columns, properties, map(self._item, tiles))

    def _item(self, number: int) -> Item:
        with _damage_told():
            kind, properties = self._kinds[number], self._properties(number)
            if kind not in _CODED:
                raise UnknownKindError(f"a tile is a {kind!r}")
            return Item(kind, bytes(dict(properties)[_CODED[kind]]), self._content(number), properties)

    def _properties(self, number: int) -> list[Property]:
        return [self._all_properties[place - 1] for place in self._places[number] if place]

    def _content(self, number: int) -> bytes:
        method, pieces = self._extents[number]
        if method not in (IN_FILE, IN_IDAT):
            raise UnknownKindError(f"the bytes of an item lie elsewhere, in the way {method}")
        source = self._data if method == IN_FILE else self._idat
        found = [source[start : start + length] if length else source[start:] for start, length in pieces]
        if sum(map(len, found)) > len(source):  # the same bytes many times
            raise UnknownKindError("an item is larger than the file")
        return b"".join(found)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Boxes break off, or speak of what is not there."""
    try:
        yield
    except (struct.error, IndexError, KeyError) as error:
        raise UnknownKindError(f"damaged: {error}") from None
