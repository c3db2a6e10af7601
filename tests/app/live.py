"""The program in its window on a virtual screen, and a person before it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from Xlib.error import BadDrawable

from app.arrays import Image
from app.sinks.window.screen import TITLE
from app.system.x_window import PLAIN_COLOURS
from tests.app import process, screen

STILL_S = 2.0  # s without a change after which a picture counts as still; a busy machine may draw none for one second
KEY_TRIES, KEY_S = 3, 8.0  # s after which a key without an effect counts as lost


class Live:
    """The program, its folder, and a person who looks and presses keys."""

    def __init__(self, app: process.Running, person: screen.Person, folder: Path) -> None:
        self.app, self.person, self.folder = app, person, folder
        self.window: Any = person.finds(TITLE)

    def sees(self) -> Image:
        return self.person.sees(self.window)

    def waits_until_painted(self) -> None:
        """Until the window shows something; the program opens another one where Qt paints nothing into the first."""

        def is_painted() -> bool:
            try:
                return len(np.unique(self.sees()[::7, ::7].reshape(-1, 3), axis=0)) > PLAIN_COLOURS
            except BadDrawable:
                self.window = self.person.finds(TITLE)
                return False

        self.waits_for(is_painted, "a window that is painted")

    def presses(self, key: str | int) -> None:
        """Presses a key, and waits until the program has asked for it.

        It asks after every picture that it shows.
        """
        self.person.presses(key)
        self.waits_for_pictures(2)

    def types(self, text: str) -> None:
        """Letters of any script."""
        for letter in text:
            key = self.person.has_on_a_key(letter)
            self.waits_for_pictures(2)  # until the window has heard of it
            self.presses(key)

    def quits(self, key: str = "q") -> tuple[int, str]:
        """Presses a key that ends the program; its exit status and stderr."""
        self.person.presses(key)
        return self.ends()

    def ends(self) -> tuple[int, str]:
        """Exit status and stderr, once the program has ended."""
        status, _, err = self.app.ends()
        return status, err

    def waits_for(self, ready: Callable[[], object], what: str) -> None:
        self.app.waits_until(ready, what)

    def presses_until(self, key: str, ready: Callable[[], object], what: str) -> None:
        """Presses a key until it has its effect: one that comes while a starved Qt does something else is lost."""
        for _ in range(KEY_TRIES - 1):
            self.presses(key)
            deadline_s = time.monotonic() + KEY_S
            while time.monotonic() < deadline_s:
                if ready():
                    return
                time.sleep(0.05)
        self.presses(key)
        self.waits_for(ready, what)

    def waits_until_still(self) -> Image:
        """The picture, once it has not changed for a while."""
        while self.waits_for_pictures(1):
            continue
        return self.sees()

    def waits_for_pictures(self, count: int) -> bool:
        """Whether so many new ones came; not when the last one stays for long."""
        before, since_s = self.sees(), time.monotonic()
        while count and time.monotonic() < since_s + STILL_S:
            now = self.sees()
            if not np.array_equal(now, before):
                before, since_s, count = now, time.monotonic(), count - 1
            time.sleep(0.03)
        return not count


@contextmanager
def session(display: str, folder: Path, *arguments: object, **more: str) -> Iterator[Live]:
    """Starts the program in a window on `display`; ends it at the end, if it still runs.

    The next session would find the window of this one as long as the screen has it.
    """
    person = screen.Person(display)
    try:
        with process.start(*arguments, folder=folder, display=display, **more) as app:
            live = Live(app, person, folder)
            live.waits_until_painted()
            yield live
        person.misses(TITLE)
    finally:
        person.leaves()
