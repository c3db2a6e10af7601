"""The outermost elements of Matroska and WebM files, whose lengths say where each file ends (RFC 8794, RFC 9559)."""

from pathlib import Path
from typing import NamedTuple

EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"  # what a file begins with, and what holds all the rest
HEAD = 16  # bytes that an element's name and length have at most, and some more


class Element(NamedTuple):
    """An outermost element.

    Attributes:
        begins: whether a file begins with it.
        holds_all: whether all images are in it.
        length: in bytes, with its head; 0: unknown.
    """

    begins: bool
    holds_all: bool
    length: int


def read_element(head: bytes) -> Element:
    """Reads an element, whose length has a length of its own.

    Args:
        head: its first bytes, HEAD of them where there are so many.
    """
    name = 4 if head[:4] in (EBML, SEGMENT) else 1  # or "void"
    width = 9 - head[name].bit_length() if len(head) > name and head[name] else 0
    field = head[name : name + width]
    body = int.from_bytes(field, "big") & ((1 << 7 * width) - 1) if width else 0
    unknown = not width or len(field) < width or body == (1 << 7 * width) - 1
    return Element(head[:4] == EBML, head[:4] == SEGMENT, 0 if unknown else name + width + body)


def is_cut_off(path: Path, start: int = 0, end: int | None = None) -> bool:
    """Tells whether a file is shorter than it says; False where it does not say, and for files of another kind.

    Args:
        path: any file.
        start: where the film begins in it, in bytes.
        end: where the film ends in it, in bytes; None: the file's end.
    """
    if not path.is_file():  # a pipe cannot be read twice
        return False
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2) if end is None else end
            file.seek(start)
            first = read_element(file.read(HEAD))
            file.seek(start + first.length)
            rest = read_element(file.read(HEAD))
    except OSError:
        return False
    return first.begins and rest.holds_all and start + first.length + rest.length > end
