"""Several modes of the window as one."""

from collections.abc import Callable, Sequence

from app.entities import Activity, Frame, NewModel
from app.overlay.list_panel import Panel
from app.sinks.window.mode import WindowMode


class Modes:
    """Asks each mode in turn, the one whose list is open first: an app.sinks.window.mode.WindowMode."""

    def __init__(self, modes: Sequence[WindowMode]) -> None:
        """Takes them over; they close with this one.

        Args:
            modes: a key goes to the first one that takes it.
        """
        self._modes = modes

    @property
    def say(self) -> Callable[[str], None]:
        """Shows a line in the window for a moment; set by the window."""
        return self._modes[0].say

    @say.setter
    def say(self, say: Callable[[str], None]) -> None:
        for mode in self._modes:
            mode.say = say

    def press(self, key: int) -> bool:
        """Takes a key code of OpenCV; returns whether one of them took it."""
        ordered = sorted(self._modes, key=lambda mode: mode.panel() is None)
        return any(mode.press(key) for mode in ordered)

    def see(self, frame: Frame, activity: Activity) -> None:
        """Passes every frame on."""
        for mode in self._modes:
            mode.see(frame, activity)

    def poll(self) -> NewModel | None:
        """Returns the first model that one of them has."""
        return next((model for mode in self._modes if (model := mode.poll()) is not None), None)

    def panel(self) -> Panel | None:
        """Returns the list that is open."""
        return next((panel for mode in self._modes if (panel := mode.panel()) is not None), None)

    def mark(self) -> str:
        """Returns the signs, joined."""
        return "  ".join(filter(None, (mode.mark() for mode in self._modes)))

    def help(self) -> tuple[tuple[str, str], ...]:
        """Returns the rows of all."""
        return tuple(row for mode in self._modes for row in mode.help())

    def close(self) -> str:
        """Closes all; returns their last lines."""
        return "\n".join(filter(None, [mode.close() for mode in self._modes]))
