"""What the window asks of a mode that takes keys and frames for itself, such as teaching."""

from collections.abc import Callable
from typing import Protocol

from app.entities import Activity, Frame, NewModel
from app.overlay.list_panel import Panel


class WindowMode(Protocol):
    """Takes keys and frames, and gives a panel, notes and new models. The window draws, and polls between frames.

    Attributes:
        say: shows a line for a moment, in the tile of the source that the mode works on; set by the window.
    """

    say: Callable[[str], None]

    def press(self, key: int) -> bool:
        """Takes a key code of OpenCV; returns whether the key was for this mode."""

    def see(self, frame: Frame, activity: Activity) -> None:
        """Takes every frame of the source that the mode works on, and what the model says of it."""

    def poll(self) -> NewModel | None:
        """Returns a model that the loop should switch to, once."""

    def panel(self) -> Panel | None:
        """Returns the list on the right of the image, or None."""

    def mark(self) -> str:
        """Returns a few words that the window shows all the time, or ""."""

    def help(self) -> tuple[tuple[str, str], ...]:
        """Returns more rows for the help: keys, and what they do."""

    def close(self) -> str:
        """Ends the mode; returns a last line for the terminal, or ""."""
