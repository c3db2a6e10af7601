"""Whether there is a screen to open a window on."""

import ctypes
import os
import sys

import cv2


def why_no_window() -> str | None:
    """Finds out why no window can be opened here.

    Qt ends the whole process when it cannot reach the X server, so that is tried first, without Qt.

    Returns:
        The reason, such as "no display (DISPLAY is not set)", or None when a window can be opened.
    """
    if not hasattr(cv2, "imshow") or _framework() in ("", "NONE"):
        return "this OpenCV is the headless one"
    if not sys.platform.startswith("linux"):
        return None
    if not os.environ.get("DISPLAY"):
        if os.environ.get("WAYLAND_DISPLAY"):
            return "OpenCV's window needs X11 (install XWayland, which sets DISPLAY)"
        return "no display (DISPLAY is not set)"
    return None if _x_server_answers() else f"the display {os.environ['DISPLAY']} does not answer"


def _framework() -> str:
    try:
        return cv2.currentUIFramework()
    except cv2.error:
        return ""


def _x_server_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # a Qt that brings its own; let it try
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
