"""The boxes of HEIC and AVIF files, one by one: those of ISO/IEC 14496-12, and the grids of ISO/IEC 23008-12.

What breaks off raises IndexError or struct.error.
"""

import struct
from collections import defaultdict
from collections.abc import Iterator

IN_FILE, IN_IDAT = 0, 1  # where the bytes of an item lie
_WIDE = 1  # a flag: numbers have twice the usual bits


class Numbers:
    """Numbers read one after the other, the most significant byte first."""

    def __init__(self, content: memoryview) -> None:
        self._content, self._at = content, 0

    def next(self, size: int) -> int:
        """Reads the next one, of `size` bytes."""
        return int.from_bytes(self.bytes(size), "big")

    def bytes(self, size: int) -> bytes:
        """Reads the next `size` bytes as they are."""
        found = self._content[self._at : self._at + size]
        if len(found) < size:
            raise IndexError("a box breaks off")
        self._at += size
        return bytes(found)

    def head(self) -> tuple[int, int]:
        """Reads the version and the flags with which many boxes begin."""
        return self.next(1), self.next(3)

    @property
    def rest(self) -> memoryview:
        """What is not read yet."""
        return self._content[self._at :]


def boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yields the four letters and the content of each box, up to the first that makes no sense."""
    at = 0
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if length == 1:
            length, head = struct.unpack_from(">Q", content, at + 8)[0], 16
        elif length == 0:
            length = len(content) - at
        if length < head:
            return
        yield kind, content[at + head : at + length]
        at += length


def primary_of(content: memoryview) -> int:
    """Reads the number of the item that is shown for the file (`pitm`)."""
    numbers = Numbers(content)
    version, _ = numbers.head()
    return numbers.next(4 if version else 2)


def kinds_of(content: memoryview) -> Iterator[tuple[int, bytes]]:
    """Yields the number and the kind of each item (`iinf`)."""
    numbers = Numbers(content)
    version, _ = numbers.head()
    numbers.next(4 if version else 2)
    for kind, entry in boxes(numbers.rest):
        if kind == b"infe":
            fields = Numbers(entry)
            version, _ = fields.head()
            number = fields.next(4 if version == 3 else 2)
            fields.next(2)  # protection
            yield number, fields.bytes(4)


def extents_of(content: memoryview) -> Iterator[tuple[int, tuple[int, list[tuple[int, int]]]]]:
    """Yields where the bytes of each item lie (`iloc`).

    Yields:
        Its number; the way in which places are counted; the start and the length of each piece, 0 for all that follows.
    """
    numbers = Numbers(content)
    version, _ = numbers.head()
    sizes = numbers.next(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    number_size = 4 if version == 2 else 2
    for _ in range(numbers.next(number_size)):
        number = numbers.next(number_size)
        method = numbers.next(2) & 15 if version else IN_FILE
        numbers.next(2)  # the file
        base, count, pieces = numbers.next(base_size), numbers.next(2), list[tuple[int, int]]()
        for _ in range(count if offset_size + length_size else min(count, 1)):  # of no size there is one: the whole
            numbers.next(index_size if version else 0)
            pieces.append((base + numbers.next(offset_size), numbers.next(length_size)))
        yield number, (method, pieces)


def parts_of(content: memoryview) -> Iterator[tuple[int, list[int]]]:
    """Yields the number of each item that is made of others, and theirs, in order (`iref`)."""
    numbers = Numbers(content)
    version, _ = numbers.head()
    size = 4 if version else 2
    for kind, entry in boxes(numbers.rest):
        if kind == b"dimg":
            fields = Numbers(entry)
            whole, count = fields.next(size), fields.next(2)
            yield whole, [fields.next(size) for _ in range(count)]


def places_of(content: memoryview) -> dict[int, list[int]]:
    """Reads the places of each item's properties in the list of all, counted from 1 (`ipma`)."""
    found: dict[int, list[int]] = defaultdict(list)
    for kind, entry in boxes(content):
        if kind == b"ipma":
            numbers = Numbers(entry)
            version, flags = numbers.head()
            size = 2 if flags & _WIDE else 1
            for _ in range(numbers.next(4)):
                number = numbers.next(4 if version else 2)
                found[number] += [numbers.next(size) & (1 << 8 * size - 1) - 1 for _ in range(numbers.next(1))]
    return found


def size_of(content: memoryview) -> tuple[int, int]:
    """Reads the width and the height of an image (`ispe`)."""
    fields = Numbers(content)
    fields.head()
    return fields.next(4), fields.next(4)


def grid_of(content: bytes) -> tuple[int, int, int, int]:
    """Reads the rows, columns, width and height of a grid."""
    fields = Numbers(memoryview(content))
    fields.next(1)
    size = 4 if fields.next(1) & _WIDE else 2
    return fields.next(1) + 1, fields.next(1) + 1, fields.next(size), fields.next(size)
