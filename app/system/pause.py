"""The switch by which a session lets go of its cameras."""

import threading


class PauseSwitch:
    """Pauses while there is a reason to; says which cameras are on. For any thread."""

    def __init__(self) -> None:
        """Starts without a reason."""
        self._reasons: set[str] = set()
        self._on: set[str] = set()
        self._changed = threading.Condition()

    @property
    def reason(self) -> str:
        """Why the session is paused; empty where it is not."""
        with self._changed:
            return ", ".join(sorted(self._reasons))

    @property
    def paused(self) -> bool:
        """Whether cameras must be off."""
        return bool(self._reasons)

    @property
    def cameras_on(self) -> int:
        """How many sources have not let go."""
        with self._changed:
            return len(self._on)

    def set(self, reason: str, holds: bool) -> None:
        """Adds or removes a reason, such as "asked for" or "schedule"."""
        with self._changed:
            (self._reasons.add if holds else self._reasons.discard)(reason)
            self._changed.notify_all()

    def is_on(self, source_id: str, on: bool) -> None:
        """Says that a source is open, or that it has let go."""
        with self._changed:
            (self._on.add if on else self._on.discard)(source_id)

    def wait(self, seconds: float) -> None:
        """Waits until there is no reason left, `seconds` at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._reasons, seconds)
