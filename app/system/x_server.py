"""What the X server tells: Qt, which draws OpenCV's window on Linux, does not know it or does not say it."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

_WM_NAME, _CARDINAL, _ANY = 39, 6, 0  # atoms that X11 fixes
_ATOM_AT = 8  # bytes from the beginning of the reply of xcb_intern_atom
_SIZE_AT = 16  # the same of xcb_get_geometry: width and height, 2 bytes each
_MASK_AT = 24  # the same of xcb_query_pointer
_SHIFT, _LOCK = 1, 2  # bits of that mask
_PIXMAP, _ALL_PLANES = 2, 0xFFFFFFFF
_ROWS = 5  # of a window's pixels that are looked at
_EVENT_MASK, _KEYS = 1 << 11, 0b11  # attribute of a window: of which events a client hears; presses and releases
_KEY_PRESS, _KEY_RELEASE = 2, 3  # kinds of events


class KeyEvent(NamedTuple):
    """A key that went down or up.

    Attributes:
        is_press: whether it went down.
        key: the number of the key.
        time_ms: of the server's clock.
        mask: which of Shift, Control and the like were down, one bit each.
    """

    is_press: bool
    key: int
    time_ms: int
    mask: int


def x_server() -> "XServer | None":
    """Returns the connection to the X server; None where there is none."""
    display = os.environ.get("DISPLAY")
    if not sys.platform.startswith("linux") or not display:
        return None
    try:
        return connect(display)
    except OSError:
        return None


@cache
def connect(display: str) -> "XServer":
    """Connects to an X server, once.

    Args:
        display: its name, as in DISPLAY.

    Raises:
        ConnectionError: no server answers.
        OSError: there is no libxcb.
    """
    return XServer(display)


class XServer:
    """A connection to the X server."""

    def __init__(self, display: str) -> None:
        """Connects.

        Args:
            display: as of `connect`.

        Raises:
            ConnectionError: no server answers.
            OSError: there is no libxcb.
        """
        self._xcb = xcb = ctypes.CDLL("libxcb.so.1")
        self._libc = ctypes.CDLL(None)
        self._libc.free.argtypes = [ctypes.c_void_p]
        pointer, number, byte = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint8
        self._declare("xcb_connect", pointer, ctypes.c_char_p, pointer)
        self._declare("xcb_connection_has_error", ctypes.c_int, pointer)
        self._declare("xcb_intern_atom", number, pointer, byte, ctypes.c_uint16, ctypes.c_char_p)
        self._declare("xcb_get_property", number, pointer, byte, number, number, number, number, number)
        self._declare("xcb_get_property_value", pointer, pointer)
        self._declare("xcb_get_property_value_length", ctypes.c_int, pointer)
        self._declare("xcb_query_tree", number, pointer, number)
        self._declare("xcb_query_tree_children", pointer, pointer)
        self._declare("xcb_query_tree_children_length", ctypes.c_int, pointer)
        self._declare("xcb_get_setup", pointer, pointer)
        self._declare("xcb_setup_roots_iterator", _Roots, pointer)
        self._declare("xcb_get_geometry", number, pointer, number)
        self._declare("xcb_query_pointer", number, pointer, number)
        position, length = ctypes.c_int16, ctypes.c_uint16
        self._declare("xcb_get_image", number, pointer, byte, number, position, position, length, length, number)
        self._declare("xcb_get_image_data", pointer, pointer)
        self._declare("xcb_get_image_data_length", ctypes.c_int, pointer)
        self._declare("xcb_change_window_attributes", number, pointer, number, number, pointer)
        self._declare("xcb_flush", ctypes.c_int, pointer)
        self._declare("xcb_poll_for_event", pointer, pointer)
        self._declare("xcb_get_keyboard_mapping", number, pointer, byte, byte)
        self._declare("xcb_get_keyboard_mapping_keysyms", pointer, pointer)
        self._declare("xcb_get_keyboard_mapping_keysyms_length", ctypes.c_int, pointer)
        requests = (
            "intern_atom",
            "get_property",
            "query_tree",
            "get_geometry",
            "get_image",
            "query_pointer",
            "get_keyboard_mapping",
        )
        for name in requests:
            self._declare(f"xcb_{name}_reply", pointer, pointer, number, pointer)
        self._connection = xcb.xcb_connect(os.fsencode(display), None)
        if xcb.xcb_connection_has_error(self._connection):
            raise ConnectionError("no X server answers")
        self._root = int(xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(self._connection)).data[0])
        self._pid_atom = self._atom(b"_NET_WM_PID")

    def find(self, title: bytes) -> int | None:
        """Returns the window of this process with a title; None where there is none."""
        pid = os.getpid().to_bytes(4, sys.byteorder)
        for window in self._below(self._root):
            if self._property(window, _WM_NAME, _ANY) == title and (
                self._property(window, self._pid_atom, _CARDINAL) == pid
            ):
                return window
        return None

    def has(self, window: int) -> bool:
        """Whether it exists; True where the server does not answer any more."""
        gone = self._children(window) is None
        return not gone or bool(self._xcb.xcb_connection_has_error(self._connection))

    def colours(self, window: int) -> int:
        """Counts the colours on a few rows of a window; 0 where they cannot be read."""
        width, height = self._size(window)
        rows = [self._row(window, width, (2 * number + 1) * height // (2 * _ROWS)) for number in range(_ROWS)]
        pixels = b"".join(rows)
        return len({pixels[at : at + 4] for at in range(0, len(pixels), 4)})

    def writes_capitals(self) -> bool:
        """Returns whether either Shift or Caps Lock is on, not both."""
        with self._answer("query_pointer", self._root) as reply:
            mask = ctypes.c_uint16.from_address(reply + _MASK_AT).value if reply else 0
        return bool(mask & _SHIFT) != bool(mask & _LOCK)

    def listen(self, window: int) -> None:
        """Asks for the keys that go down and up in a window."""
        mask = ctypes.c_uint32(_KEYS)
        self._xcb.xcb_change_window_attributes(self._connection, window, _EVENT_MASK, ctypes.byref(mask))
        self._xcb.xcb_flush(self._connection)

    def key_events(self) -> Iterator[KeyEvent]:
        """Yields the keys that went down and up since the last time, where `listen` has asked for them."""
        while event := self._xcb.xcb_poll_for_event(self._connection):
            kind, key, time_ms, mask = struct.unpack_from("=BBxxI20xH", ctypes.string_at(event, 32))
            self._libc.free(event)
            if kind in (_KEY_PRESS, _KEY_RELEASE):
                yield KeyEvent(kind == _KEY_PRESS, key, time_ms, mask)

    def wait(self) -> None:
        """Waits until the server has answered; what it has sent before has then arrived."""
        self.writes_capitals()

    def symbols(self, key: int) -> list[int]:
        """Returns what stands on a key: X11's codes, plain and with Shift, of each layout in turn; 0 for none."""
        with self._answer("get_keyboard_mapping", key, 1) as reply:
            packed = self._bytes("get_keyboard_mapping_keysyms", reply, 4)
        return list(struct.unpack(f"={len(packed) // 4}I", packed))

    def _size(self, window: int) -> tuple[int, int]:
        with self._answer("get_geometry", window) as reply:
            width, height = (ctypes.c_uint16 * 2).from_address(reply + _SIZE_AT) if reply else (0, 0)
        return width, height

    def _row(self, window: int, width: int, y: int) -> bytes:
        with self._answer("get_image", _PIXMAP, window, 0, y, width, 1, _ALL_PLANES) as reply:
            return self._bytes("get_image_data", reply)

    def _property(self, window: int, name: int, kind: int) -> bytes:
        with self._answer("get_property", 0, window, name, kind, 0, 64) as reply:
            return self._bytes("get_property_value", reply)

    def _below(self, window: int) -> Iterator[int]:
        for child in self._children(window) or ():
            yield child
            yield from self._below(child)

    def _children(self, window: int) -> list[int] | None:
        with self._answer("query_tree", window) as reply:
            if not reply:
                return None
            count = self._xcb.xcb_query_tree_children_length(reply)
            start = self._xcb.xcb_query_tree_children(reply)
            return list((ctypes.c_uint32 * count).from_address(start)) if count else []

    def _atom(self, name: bytes) -> int:
        with self._answer("intern_atom", 0, len(name), name) as reply:
            return ctypes.c_uint32.from_address(reply + _ATOM_AT).value if reply else 0

    def _bytes(self, part: str, reply: int | None, size: int = 1) -> bytes:
        """What a reply carries behind its head, in units of `size` bytes; nothing where there is no reply."""
        if not reply:
            return b""
        length = size * getattr(self._xcb, f"xcb_{part}_length")(reply)
        return ctypes.string_at(getattr(self._xcb, f"xcb_{part}")(reply), length)

    @contextmanager
    def _answer(self, request: str, *arguments: object) -> Iterator[int | None]:
        """The address of the reply to a request, freed at the end; None where the server refuses."""
        cookie = getattr(self._xcb, f"xcb_{request}")(self._connection, *arguments)
        error = ctypes.c_void_p()
        reply: int | None = getattr(self._xcb, f"xcb_{request}_reply")(self._connection, cookie, ctypes.byref(error))
        try:
            yield reply
        finally:
            self._libc.free(error)
            self._libc.free(reply)

    def _declare(self, name: str, result: type, *arguments: type) -> None:
        function = getattr(self._xcb, name)
        function.restype, function.argtypes = result, list(arguments)


class _Roots(ctypes.Structure):
    """xcb_screen_iterator_t."""

    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))
