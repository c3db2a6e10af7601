"""Whether the keyboard writes capitals: OpenCV's Qt windows tell of letters in lower case alone."""

import ctypes
import os
import sys
from functools import cache

_SHIFT, _LOCK = 1, 2  # bits of the mask of xcb_query_pointer
_MASK_AT = 24  # bytes from the beginning of its reply (xproto.h)


class _Roots(ctypes.Structure):
    """xcb_screen_iterator_t."""

    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))


def writes_capitals() -> bool:
    """Returns whether either Shift or Caps Lock is on, not both; False where there is no X server to ask."""
    keyboard = _keyboard()
    return keyboard is not None and keyboard.writes_capitals()


@cache
def _keyboard() -> "_Keyboard | None":
    if not sys.platform.startswith("linux") or not os.environ.get("DISPLAY"):
        return None
    try:
        return _Keyboard()
    except (OSError, AttributeError):  # no libxcb, or no answer
        return None


class _Keyboard:
    """A connection to the X server that asks for its modifier keys."""

    def __init__(self) -> None:
        self._xcb = xcb = ctypes.CDLL("libxcb.so.1")
        self._libc = ctypes.CDLL(None)
        self._libc.free.argtypes = [ctypes.c_void_p]
        xcb.xcb_connect.restype = ctypes.c_void_p
        xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
        xcb.xcb_get_setup.restype = ctypes.c_void_p
        xcb.xcb_get_setup.argtypes = [ctypes.c_void_p]
        xcb.xcb_setup_roots_iterator.restype = _Roots
        xcb.xcb_setup_roots_iterator.argtypes = [ctypes.c_void_p]
        xcb.xcb_query_pointer.restype = ctypes.c_uint32
        xcb.xcb_query_pointer.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        xcb.xcb_query_pointer_reply.restype = ctypes.c_void_p
        xcb.xcb_query_pointer_reply.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p]
        self._connection = xcb.xcb_connect(None, None)
        if xcb.xcb_connection_has_error(self._connection):
            raise OSError("no X server answers")
        self._root = int(xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(self._connection)).data[0])

    def writes_capitals(self) -> bool:
        cookie = self._xcb.xcb_query_pointer(self._connection, self._root)
        reply = self._xcb.xcb_query_pointer_reply(self._connection, cookie, None)
        if not reply:
            return False
        mask = ctypes.c_uint16.from_address(reply + _MASK_AT).value
        self._libc.free(reply)
        return bool(mask & _SHIFT) != bool(mask & _LOCK)
