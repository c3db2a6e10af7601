"""Whether there is a screen to open a window on."""

import os
import sys

import cv2

from app.system.x_server import connect


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
    display = os.environ.get("DISPLAY")
    if not display:
        if os.environ.get("WAYLAND_DISPLAY"):
            return "OpenCV's window needs X11 (install XWayland, which sets DISPLAY)"
        return "no display (DISPLAY is not set)"
    return None if _answers(display) else f"the display {display} does not answer"


def _framework() -> str:
    try:
        return cv2.currentUIFramework()
    except cv2.error:
        return ""


def _answers(display: str) -> bool:
    try:
        connect(display)
    except ConnectionError:
        return False
    except OSError:
        return True  # a Qt that brings its own libxcb; let it try
    return True
