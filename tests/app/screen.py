"""A virtual screen and a person before it: presses keys, closes windows, looks at pixels."""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from Xlib import XK, X, display, protocol
from Xlib.error import BadMatch, BadWindow
from Xlib.ext import xtest

from app.system.display import why_no_window


@contextmanager
def virtual_screen(size: str = "1700x1000x24") -> Iterator[str]:
    """Xvfb on a free display number with a window manager; yields DISPLAY. `missing()` says what it lacks here.

    Without a window manager, which no desktop is, Qt misses its first Expose in one start of five and stays black.
    """
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        name = f":{numbers.readline().strip()}"
    manager = subprocess.Popen(["openbox"], env=os.environ | {"DISPLAY": name}, stderr=subprocess.DEVNULL)
    try:
        _wait_for_manager(name)
        yield name
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(10)


def missing() -> str:
    """The programs that a virtual screen needs and that are not installed; empty when all are."""
    return ", ".join(program for program in ("Xvfb", "openbox") if shutil.which(program) is None)


NEEDS_WINDOW = [
    pytest.mark.skipif(bool(missing()), reason=f"not installed: {missing()}"),
    pytest.mark.skipif(why_no_window() == "this OpenCV is the headless one", reason="this OpenCV is the headless one"),
]


def _wait_for_manager(name: str, timeout_s: float = 20) -> None:
    looking = display.Display(name)
    sign = looking.intern_atom("_NET_SUPPORTING_WM_CHECK")
    deadline_s = time.monotonic() + timeout_s
    while looking.screen().root.get_full_property(sign, X.AnyPropertyType) is None:
        assert time.monotonic() < deadline_s, "openbox does not start"
        time.sleep(0.05)
    looking.close()


class Person:
    """Somebody in front of the screen `name`."""

    def __init__(self, name: str, timeout_s: float = 20) -> None:
        self._display = display.Display(name)
        self._root = self._display.screen().root
        self._timeout_s = timeout_s

    def finds(self, title: str) -> Any:
        """The window with this title, waiting for it; it gets the keyboard."""
        deadline_s = time.monotonic() + self._timeout_s
        while time.monotonic() < deadline_s:
            window = self._search(self._root, title)
            if window is not None and window.get_attributes().map_state == X.IsViewable:
                window.set_input_focus(X.RevertToParent, X.CurrentTime)
                self._display.sync()
                return window
            time.sleep(0.1)
        raise AssertionError(f"no window {title!r} within {self._timeout_s} s")

    def misses(self, title: str) -> None:
        """Waits until no window has this title: a process may be gone before the screen has heard of it."""
        deadline_s = time.monotonic() + self._timeout_s
        while self._search(self._root, title) is not None:
            assert time.monotonic() < deadline_s, f"the window {title!r} stays"
            time.sleep(0.02)

    def presses(self, key: str | int) -> None:
        """A key by its X name (q, Escape, space) or code."""
        code = key if isinstance(key, int) else self._display.keysym_to_keycode(XK.string_to_keysym(key))
        xtest.fake_input(self._display, X.KeyPress, code)
        xtest.fake_input(self._display, X.KeyRelease, code)
        self._display.sync()

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Keeps a key down within it; the X server repeats it."""
        code = self._display.keysym_to_keycode(XK.string_to_keysym(key))
        xtest.fake_input(self._display, X.KeyPress, code)
        self._display.sync()
        yield
        xtest.fake_input(self._display, X.KeyRelease, code)
        self._display.sync()

    def has_on_a_key(self, letter: str) -> int:
        """Puts a letter of any script on a key that no keyboard has, as a layout for it would; the key's code."""
        code = 200
        keysym = ord(letter) if ord(letter) < 0x100 else 0x1000000 + ord(letter)
        self._display.change_keyboard_mapping(code, [(keysym, keysym)])
        self._display.sync()
        return code

    def closes(self, window: Any) -> None:
        """The close button, as a window manager passes it on."""
        message = protocol.event.ClientMessage(
            window=window,
            client_type=self._display.intern_atom("WM_PROTOCOLS"),
            data=(32, [self._display.intern_atom("WM_DELETE_WINDOW"), X.CurrentTime, 0, 0, 0]),
        )
        window.send_event(message)
        self._display.sync()

    def destroys(self, window: Any) -> None:
        """As `xdotool windowclose` does, without a word to the program."""
        window.destroy()
        self._display.sync()

    def sees(self, window: Any) -> npt.NDArray[np.uint8]:
        """The window's pixels: uint8 BGR (H, W, 3)."""
        while True:
            geometry = window.get_geometry()
            with contextlib.suppress(BadMatch):  # it shrank in between
                raw = window.get_image(0, 0, geometry.width, geometry.height, X.ZPixmap, 0xFFFFFFFF)
                break
        pixels = np.frombuffer(raw.data, np.uint8).reshape(geometry.height, geometry.width, 4)
        return pixels[:, :, :3].copy()

    def leaves(self) -> None:
        self._display.close()

    def _search(self, window: Any, title: str) -> Any:
        try:
            if window.get_wm_name() == title:
                return window
            children = window.query_tree().children
        except BadWindow:  # it went away while being looked at
            return None
        return next((found for child in children if (found := self._search(child, title)) is not None), None)
