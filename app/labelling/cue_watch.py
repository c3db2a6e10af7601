"""When a source is looked at for cues: files at fixed moments, live sources in a thread that never holds up a frame."""

import math
import threading
from collections.abc import Callable
from typing import Self

from app.config.settings import Settings
from app.cues.finder import CueFinder, CueNetworks, Seen
from app.cues.findings import Cues
from app.cues.vector import check_spec, vector
from app.entities import Frame
from app.labelling.cadence import next_moment_s, steady_pause_s
from app.model.contract import ModelContract
from app.sources.feed import JOIN_TIMEOUT_S

STALE_S = 2.0  # s after which cues of a live source no longer say what is going on


class CueWatch:
    """The cues of every source. A context manager that starts its thread when a live source needs it, and ends it."""

    def __init__(
        self, contract: ModelContract, settings: Settings, open_networks: Callable[[], CueNetworks] | None = None
    ) -> None:
        """Opens nothing yet; the networks open with the first frame, those of live sources in their thread.

        Args:
            contract: what the model takes.
            settings: `cues`, and how often frames are classified.
            open_networks: called once; None: they are read from their files.

        Raises:
            ModelError: the model was trained on other cues.
        """
        self.on = contract.cues is not None and settings.cues.use == "on"
        if contract.cues is not None and self.on:
            check_spec(contract.cues)
        pause_s = 1 / settings.cues.rate_hz
        self._file_pause_s = max(pause_s, steady_pause_s(settings.inference))
        self._networks = _Once(open_networks or CueNetworks)
        self._file_cues: dict[str, _FileCues] = {}
        self._live_cues = _LiveCues(self._networks, pause_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the thread."""
        self._live_cues.close()

    def of_file(self, frame: Frame) -> Cues | None:
        """Returns the cues of a frame, looking first where it is time to; on the thread that reads the file.

        Args:
            frame: the next one of its source.

        Returns:
            The cues; None when they are off.
        """
        if not self.on:
            return None
        if frame.is_picture:
            return Eyes(self._networks()).look(frame)
        if frame.source_id not in self._file_cues:
            self._file_cues[frame.source_id] = _FileCues(self._networks(), self._file_pause_s)
        return self._file_cues[frame.source_id].at(frame)

    def of_live(self, frame: Frame) -> Cues | None:
        """Returns the newest cues of a frame's source, immediately, and has the frame looked at where it is time to.

        Args:
            frame: the newest one of its source.

        Returns:
            The cues; None when they are off, not there yet, or too old.

        Raises:
            Exception: what looking at an earlier frame raised.
        """
        return self._live_cues.at(frame) if self.on else None


class _Once:
    """Makes something when it is first asked for, whichever thread asks."""

    def __init__(self, make: Callable[[], CueNetworks]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._made: CueNetworks | None = None

    def __call__(self) -> CueNetworks:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


class Eyes:
    """Looks at frames of one source; those before a new connection tell nothing of the next."""

    def __init__(self, networks: CueNetworks) -> None:
        """Starts with nothing known.

        Args:
            networks: the helper networks.
        """
        self._finder, self._connection = CueFinder(networks), 0

    @property
    def seen(self) -> Seen:
        """What is known of the source; set it to go on where other eyes ended."""
        return self._finder.seen

    @seen.setter
    def seen(self, seen: Seen) -> None:
        self._finder.seen = seen

    def look(self, frame: Frame) -> Cues:
        """Looks at the next frame and returns its cues."""
        if frame.connection != self._connection:
            self._finder.reset()
        self._connection = frame.connection
        findings = self._finder.look(frame.image)
        return Cues(vector(findings), findings)


class _FileCues:
    """The cues of a file: of its first frame, then of the first one after each pause."""

    def __init__(self, networks: CueNetworks, pause_s: float) -> None:
        self._eyes, self._pause_s = Eyes(networks), pause_s
        self._next_s = -math.inf
        self._newest: Cues | None = None

    def at(self, frame: Frame) -> Cues:
        if self._newest is None or frame.time_s >= self._next_s - 1e-6:
            self._next_s = next_moment_s(self._next_s, frame.time_s, self._pause_s)
            self._newest = self._eyes.look(frame)
        return self._newest


class _Slot:
    """What is known of a live source: the frame to look at next, and what was seen last."""

    def __init__(self) -> None:
        self.waiting: Frame | None = None
        self.seen: tuple[Frame, Cues] | None = None
        self.next_s = -math.inf


class _LiveCues:
    """A thread that looks at the newest frames of live sources in turn."""

    def __init__(self, networks: _Once, pause_s: float) -> None:
        self._networks, self._pause_s = networks, pause_s
        self._slots: dict[str, _Slot] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ending = False
        self._error: Exception | None = None

    def at(self, frame: Frame) -> Cues | None:
        with self._changed:
            if self._error is not None:
                raise self._error
            slot = self._slots.setdefault(frame.source_id, _Slot())
            if frame.time_s >= slot.next_s - 1e-6:
                slot.next_s = next_moment_s(slot.next_s, frame.time_s, self._pause_s)
                slot.waiting = frame
                self._start()
                self._changed.notify()
            if slot.seen is None:
                return None
            of, cues = slot.seen
            fresh = of.connection == frame.connection and frame.time_s - of.time_s <= STALE_S
            return cues if fresh else None

    def close(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(JOIN_TIMEOUT_S)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="cues", daemon=True)
            self._thread.start()

    def _watch(self) -> None:
        eyes: dict[str, Eyes] = {}
        try:
            networks = self._networks()
            while (frame := self._next()) is not None:
                cues = eyes.setdefault(frame.source_id, Eyes(networks)).look(frame)
                with self._changed:
                    self._slots[frame.source_id].seen = (frame, cues)
        except Exception as error:  # noqa: BLE001 (handed to the main thread, which raises it)
            with self._changed:
                self._error = error

    def _next(self) -> Frame | None:
        """Waits for a frame; None when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ending or any(slot.waiting for slot in self._slots.values()))
            if self._ending:
                return None
            slots = [slot for slot in self._slots.values() if slot.waiting is not None]
            slot = min(slots, key=lambda slot: -math.inf if slot.seen is None else slot.seen[0].time_s)
            frame, slot.waiting = slot.waiting, None
            return frame
