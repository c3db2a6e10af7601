"""Whether a window of this process is still on the X server, and painted: Qt notices neither."""

from app.system.x_server import x_server

PLAIN_COLOURS = 3  # at most, of a window that nothing was painted into


class XWindow:
    """A window of this process, found by its title."""

    def __init__(self, title: str) -> None:
        """Looks for nothing yet.

        Args:
            title: of the window.
        """
        self._title = title.encode()
        self._window: int | None = None

    def find(self) -> int | None:
        """Returns the window's number on the server, looked for until it is there; None where it is not."""
        server = x_server()
        if self._window is None and server is not None:
            self._window = server.find(self._title)
        return self._window

    def is_gone(self) -> bool:
        """Returns whether the window was there and is no more; False where there is no X server to ask."""
        known, server = self._window, x_server()
        if known is None:
            self.find()
        return known is not None and server is not None and not server.has(known)

    def is_plain(self) -> bool:
        """Returns whether the window shows hardly more than one colour; False where there is no X server to ask."""
        server = x_server()
        window = None if server is None else self._window or server.find(self._title)
        return server is not None and window is not None and 0 < server.colours(window) <= PLAIN_COLOURS

    def forget(self) -> None:
        """Looks for the window again: it is about to be another one."""
        self._window = None
