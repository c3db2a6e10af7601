"""The cues of captures, for a model that takes them: face, hands and objects are sought in the whole image."""

import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.arrays import Float32s, Image
from app.cues.finder import CueFinder, CueNetworks
from app.cues.vector import vector
from app.images.read import read_image
from app.model.contract import CUES_SIDE_PX
from app.system.threads import map_in_threads
from app.teach.captures import Capture

_NICE = 10  # the live image comes first


def with_cues(
    captures: Sequence[Capture],
    threads: int,
    found: Mapping[Path, Float32s] | None = None,
    step: Callable[[], None] | None = None,
) -> list[Capture]:
    """Finds the cues of captures that have none yet.

    Args:
        captures: N images.
        threads: how many are looked at at the same time.
        found: the cues of files that were looked at before; None: none was.
        step: is called after each image; None: nothing is.

    Returns:
        The same, with cues.

    Raises:
        ModelError: a helper network is missing or damaged.
    """
    captures = [_with_known(capture, found or {}) for capture in captures]
    is_known = all(capture.cues is not None for capture in captures)
    networks = None if is_known else CueNetworks()  # opening them takes a tenth of a second

    def look(capture: Capture) -> Capture:
        cues = capture.cues
        if cues is None and networks is not None:
            cues = vector(CueFinder(networks).look(_whole_image(capture)))
        if step is not None:
            step()
        return replace(capture, cues=cues)

    return map_in_threads(look, captures, threads)


class CuesAhead:
    """Finds the cues of captures in a thread while others are still captured, so that learning is quick.

    Attributes:
        found: file -> its cues, float32 (C,).
    """

    def __init__(self) -> None:
        """Starts no thread yet."""
        self.found: dict[Path, Float32s] = {}
        self._added: set[Path] = set()
        self._waiting: queue.SimpleQueue[tuple[Path, Capture] | None] = queue.SimpleQueue()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def add(self, capture: Capture) -> None:
        """Looks at a capture soon, unless it was added before."""
        if capture.path is None or capture.path in self._added:
            return
        self._added.add(capture.path)
        self._waiting.put((capture.path, capture))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="cues ahead", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the thread; what it has not looked at is found when it is needed."""
        self._is_closed = True
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _work(self) -> None:
        if hasattr(os, "setpriority") and sys.platform == "linux":  # elsewhere that would be the whole process's
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        networks = CueNetworks()
        while (waiting := self._waiting.get()) is not None and not self._is_closed:
            path, capture = waiting
            if path.is_file():
                self.found[path] = vector(CueFinder(networks).look(_whole_image(capture)))


def _with_known(capture: Capture, known: Mapping[Path, Float32s]) -> Capture:
    if capture.cues is not None or capture.path is None:
        return capture
    return replace(capture, cues=known.get(capture.path))


def _whole_image(capture: Capture) -> Image:
    """The image as it was captured; what the model sees of it where the file is not known or gone."""
    found = read_image(capture.path, CUES_SIDE_PX) if capture.path is not None else None
    return np.ascontiguousarray(capture.image[..., ::-1]) if found is None else found
