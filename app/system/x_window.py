"""Whether a window of this process is still on the X server: Qt does not notice when it is destroyed from outside."""

import ctypes
import os
import sys
from collections.abc import Iterator
from functools import cache

_WM_NAME, _CARDINAL, _ANY = 39, 6, 0  # atoms that X11 fixes
_ATOM_AT = 8  # bytes from the beginning of the reply of xcb_intern_atom


class XWindow:
    """A window of this process, found by its title."""

    def __init__(self, title: str) -> None:
        """Looks for nothing yet.

        Args:
            title: of the window.
        """
        self._title = title.encode()
        self._window: int | None = None

    def is_gone(self) -> bool:
        """Returns whether the window was there and is no more; False where there is no X server to ask."""
        server = _server()
        if server is None:
            return False
        if self._window is None:
            self._window = server.find(self._title)
            return False
        return not server.has(self._window)


@cache
def _server() -> "_Server | None":
    if not sys.platform.startswith("linux") or not os.environ.get("DISPLAY"):
        return None
    try:
        return _Server()
    except (OSError, AttributeError):  # no libxcb, or no answer
        return None


class _Server:
    """A connection to the X server."""

    def __init__(self) -> None:
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
        for name in ("intern_atom", "get_property", "query_tree"):
            self._declare(f"xcb_{name}_reply", pointer, pointer, number, pointer)
        self._connection = xcb.xcb_connect(None, None)
        if xcb.xcb_connection_has_error(self._connection):
            raise OSError("no X server answers")
        self._root = int(xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(self._connection)).data[0])
        self._pid_atom = self._atom(b"_NET_WM_PID")

    def find(self, title: bytes) -> int | None:
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

    def _below(self, window: int) -> Iterator[int]:
        for child in self._children(window) or ():
            yield child
            yield from self._below(child)

    def _children(self, window: int) -> list[int] | None:
        reply = self._reply("query_tree", window)
        if not reply:
            return None
        count = self._xcb.xcb_query_tree_children_length(reply)
        start = self._xcb.xcb_query_tree_children(reply)
        found = list((ctypes.c_uint32 * count).from_address(start)) if count else []
        self._libc.free(reply)
        return found

    def _property(self, window: int, name: int, kind: int) -> bytes:
        reply = self._reply("get_property", 0, window, name, kind, 0, 64)
        if not reply:
            return b""
        length = self._xcb.xcb_get_property_value_length(reply)
        value = ctypes.string_at(self._xcb.xcb_get_property_value(reply), length)
        self._libc.free(reply)
        return value

    def _atom(self, name: bytes) -> int:
        reply = self._reply("intern_atom", 0, len(name), name)
        if not reply:
            raise OSError("no X server answers")
        atom = ctypes.c_uint32.from_address(reply + _ATOM_AT).value
        self._libc.free(reply)
        return atom

    def _reply(self, request: str, *arguments: object) -> int | None:
        cookie = getattr(self._xcb, f"xcb_{request}")(self._connection, *arguments)
        error = ctypes.c_void_p()
        reply: int | None = getattr(self._xcb, f"xcb_{request}_reply")(self._connection, cookie, ctypes.byref(error))
        if error.value:
            self._libc.free(error)
        return reply

    def _declare(self, name: str, result: type, *arguments: type) -> None:
        function = getattr(self._xcb, name)
        function.restype, function.argtypes = result, list(arguments)


class _Roots(ctypes.Structure):
    """xcb_screen_iterator_t."""

    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))
