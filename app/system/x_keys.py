"""Every key that is pressed in a window: OpenCV's Qt tells of the last one alone when several come between two frames.

OpenCV still says what a key means, as it knows every layout. The X server tells which keys came before that one.
"""

import time
from typing import NamedTuple

from app.system.x_server import KeyEvent, XServer, x_server
from app.system.x_window import XWindow

FORGOTTEN_S = 1.0  # s after which OpenCV will not tell of a key any more
_SHIFT, _CONTROL = 1, 4  # bits of what was down
_CONTROLS = frozenset((0xFF08, 0xFF09, 0xFF0A, 0xFF0D, 0xFF1B, 0xFFFF))  # X11's codes that end in ASCII's (keysymdef.h)


class _Press(NamedTuple):
    code: int  # as OpenCV tells it
    repeats: bool  # the key is held
    heard_s: float


class XKeys:
    """The keys of a window."""

    def __init__(self, window: XWindow) -> None:
        """Listens once the window is found.

        Args:
            window: whose keys count.
        """
        self._window = window
        self._listening: int | None = None
        self._presses: list[_Press] = []
        self._down: set[int] = set()  # keys
        self._let_go: tuple[int, int] | None = None  # key and time, if one went up just now
        self._told: dict[int, float] = {}  # codes that were told before OpenCV told them, and until when

    def up_to(self, code: int | None) -> list[int]:
        """Completes what OpenCV tells.

        Args:
            code: the last key that was pressed; None: none.

        Returns:
            The keys since the last time, in order, as OpenCV's codes; where there is no X server to ask, `code` alone.
        """
        server = x_server()
        if server is None:
            return [] if code is None else [code]
        self._listen(server)
        if code is not None:
            server.wait()  # all that OpenCV has heard of has then arrived here
        now_s = time.monotonic()
        self._presses = [press for press in self._presses if now_s - press.heard_s < FORGOTTEN_S]
        self._presses += self._new_presses(server, now_s)
        return [] if code is None else self._completed(code, now_s)

    def _completed(self, code: int, now_s: float) -> list[int]:
        last = max((place for place, press in enumerate(self._presses) if press.code == code), default=None)
        if last is None:  # a key that this layout writes otherwise, or one that was told already
            was_told = not self._presses and self._told.pop(code, 0.0) > now_s
            self._presses.clear()
            return [] if was_told else [code]
        told, self._presses = self._presses[: last + 1], self._presses[last + 1 :]
        self._told = {press.code: now_s + FORGOTTEN_S for press in told[:-1] if press.code == code}
        return [press.code for place, press in enumerate(told) if not press.repeats or not place]

    def _listen(self, server: XServer) -> None:
        window = self._window.find()
        if window is not None and window != self._listening:
            self._listening = window
            server.listen(window)
            server.wait()  # a key that is pressed from now on is heard

    def _new_presses(self, server: XServer, now_s: float) -> list[_Press]:
        found = []
        for event in server.key_events():
            at = event.key, event.time_ms
            if event.is_press and not event.mask & _CONTROL:  # which OpenCV keeps for itself
                found.append(_Press(_code(server, event), at == self._let_go, now_s))
            self._let_go = at if not event.is_press and event.key in self._down else None
            (self._down.add if event.is_press else self._down.discard)(event.key)
        return found


def _code(server: XServer, event: KeyEvent) -> int:
    """What OpenCV calls a key: letters in lower case, ASCII's own control codes."""
    plain, shifted = (*server.symbols(event.key), 0, 0)[:2]
    symbol = shifted if event.mask & _SHIFT and shifted else plain
    if symbol in _CONTROLS:
        return symbol & 0x7F
    return symbol + 32 if 0x41 <= symbol <= 0x5A else symbol
