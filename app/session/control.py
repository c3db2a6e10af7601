"""How one process pauses another: small files in a folder of this user that the system clears when they log out.

A session keeps `<pid>.json`, which says whether it heeds a request and how many cameras are on; `<pid>.pause` beside it
asks for a pause.
"""

import json
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ALIVE_S = 10.0  # s after which a session that has not touched its file is gone
PATIENCE_S = 5.0  # s in which a session must let go of its cameras, or take them again
_LOOK_S = 0.05


def control_folder() -> Path:
    """Returns the folder of the files."""
    import platformdirs  # late: only sessions with a camera need it

    with warnings.catch_warnings():  # of a system without a folder that it clears
        warnings.simplefilter("ignore")
        return platformdirs.user_runtime_path("daily-activity", appauthor=False)


class Session:
    """The files of this process."""

    def __init__(self, folder: Path) -> None:
        """Removes what a killed process of the same number left.

        Args:
            folder: where they lie.
        """
        self._state, self._request = (folder / f"{os.getpid()}.{ending}" for ending in ("json", "pause"))
        self._said: dict[str, object] | None = None
        self.close()

    def say(self, heeded: bool, cameras_on: int) -> None:
        """Says whether it heeds a request, and how many cameras are on; often, as a sign of life."""
        state: dict[str, object] = {"pause_heeded": heeded, "cameras_on": cameras_on}
        with suppress(OSError):
            if state == self._said and self._state.exists():
                os.utime(self._state)
                return
            self._state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._state.with_suffix(".new")
            draft.write_text(json.dumps(state), encoding="utf-8")
            draft.replace(self._state)
            self._said = state

    @property
    def pause_wanted(self) -> bool:
        """Whether another process asks for a pause."""
        return self._request.exists()

    def want(self, pause: bool) -> None:
        """Asks itself, as a signal does."""
        _ask(self._request, pause)

    def close(self) -> None:
        """Removes the files."""
        for path in (self._state, self._request):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def ask_all(folder: Path, pause: bool) -> tuple[int, int]:
    """Asks every session of this user to pause, or to go on, and waits until they do.

    Args:
        folder: where their files lie.
        pause: whether to pause.

    Returns:
        How many sessions there are, and how many of them have not done it within PATIENCE_S.
    """
    sessions = list(_alive(folder))
    for path in sessions:
        _ask(path.with_suffix(".pause"), pause)
    until_s = time.monotonic() + PATIENCE_S
    left = sessions
    while left and time.monotonic() < until_s:
        time.sleep(_LOOK_S)
        left = [path for path in left if path.exists() and not _obeys(path, pause)]
    return len(sessions), len(left)


def _alive(folder: Path) -> Iterator[Path]:
    for path in folder.glob("*.json"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime < ALIVE_S:
                yield path
            else:  # it was killed
                path.unlink()
                path.with_suffix(".pause").unlink(missing_ok=True)


def _obeys(path: Path, pause: bool) -> bool:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return state["pause_heeded"] == pause and not (pause and state["cameras_on"])


def _ask(request: Path, pause: bool) -> None:
    with suppress(OSError):
        if pause:
            request.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # a signal may come before the first `say`
            request.touch()
        else:
            request.unlink(missing_ok=True)
