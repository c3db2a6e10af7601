"""Cameras of this computer, through OpenCV."""

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from cv2_enumerate_cameras import enumerate_cameras

from app.arrays import Image
from app.config.settings import CameraSettings, SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.sources.base import LiveClock, Source
from app.system.interrupts import interrupts

# In the order they are tried: the first opens quickly and gives 720p at 30 fps. GStreamer is not among Linux's, for it
# opens a camera index through the same V4L2 driver.
BACKENDS = {
    "linux": {"V4L2": cv2.CAP_V4L2},
    "darwin": {"AVFoundation": cv2.CAP_AVFOUNDATION},
    "win32": {"MSMF": cv2.CAP_MSMF, "DSHOW": cv2.CAP_DSHOW},
}

RETRY_S = 0.02  # s between two tries of a camera that has no image
MARGIN_S = 0.5  # s that a try may outlast its deadline before the driver counts as blocked
SLICE_S = 0.1  # s between two looks for Ctrl-C

FIXES = {
    "linux": "is it plugged in, free, and are you in the group 'video'?",
    "darwin": "allow the camera for this terminal in System Settings > Privacy & Security > Camera",
    "win32": "allow desktop apps in Settings > Privacy > Camera, and close other programs that use it",
}


@dataclass(frozen=True, order=True)
class CameraInfo:
    """A camera of this computer.

    Attributes:
        index: what `--source` takes.
        name: what the system calls it.
    """

    index: int
    name: str


def backends() -> dict[str, int]:
    """Returns the backends of this system in the order they are tried: name to OpenCV's number."""
    return BACKENDS.get(sys.platform, {"any": cv2.CAP_ANY})


def general_fix() -> str:
    """Returns what to do in general about a camera that does not work on this system."""
    return FIXES.get(sys.platform, "is it plugged in and free?")


def list_cameras(backend: int | None = None) -> list[CameraInfo]:
    """Lists the cameras that the system reports, without opening one.

    Args:
        backend: OpenCV's number; None: the first of this system.
    """
    found = enumerate_cameras(next(iter(backends().values())) if backend is None else backend)
    return sorted({CameraInfo(int(info.index), str(info.name)) for info in found})


def ask_for(capture: cv2.VideoCapture, wish: CameraSettings) -> None:
    """Asks an open camera for a size and a rate; the camera ignores what it cannot do."""
    if sys.platform == "linux":  # raw 720p does not fit through USB 2 at 30 fps
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, wish.width_px)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wish.height_px)
    capture.set(cv2.CAP_PROP_FPS, wish.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)


def take(capture: cv2.VideoCapture) -> Image | None:
    """Reads the next image; blocks for as long as the driver likes.

    Returns:
        BGR uint8 (H, W, 3), or None where the camera misses it.
    """
    ok, image = capture.read()
    return image.astype(np.uint8, copy=False) if ok and image is not None and image.size else None


class CameraSource(Source):
    """One camera, through the first backend that delivers an image.

    The constructor opens it, on the main thread as macOS demands, and checks that it delivers.
    """

    is_live = True
    is_camera = True

    def __init__(self, index: int, settings: SourceSettings, session_start_s: float) -> None:
        """Opens the camera.

        Args:
            index: the camera's number.
            settings: size, rate and time-outs.
            session_start_s: the `time.monotonic` that is 0 s on the frames.

        Raises:
            SourceError: the camera does not open, or sends no image within `open_timeout_s`.
        """
        self.source_id = f"camera {index}"
        self._clock = LiveClock(session_start_s)
        self._stopped = threading.Event()
        self._patience_s = settings.read_timeout_s
        self._first = self._open(index, settings)

    def __iter__(self) -> Iterator[Frame]:
        image: Image | None = self._first
        index = 0
        while image is not None:
            yield Frame(image, index, self._clock.now_s(), self.source_id)
            image, index = self._read(self._patience_s), index + 1
        if not self._stopped.is_set():
            raise SourceError(f"{self.source_id}: stopped sending images; {general_fix()}")

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self._capture.release()

    def _open(self, index: int, settings: SourceSettings) -> Image:
        """Returns the first image, or raises SourceError with the failure of the first backend."""
        failures: list[str] = []
        for backend in backends().values():
            self._capture = cv2.VideoCapture(index, backend)
            if not self._capture.isOpened():
                failures.append(
                    f"does not open; {general_fix()}; --list-cameras shows what there is, --doctor what is wrong"
                )
                continue
            ask_for(self._capture, settings.camera)
            first = self._read_within(settings.open_timeout_s)
            if first is not None:
                return first
            self.close()
            failures.append(f"opens but sends no image; {general_fix()}; --doctor looks closer")
        raise SourceError(f"{self.source_id}: {failures[0]}")

    def _read(self, timeout_s: float) -> Image | None:
        """Asks for an image until `timeout_s` have passed: cameras miss one now and then."""
        deadline_s = time.monotonic() + timeout_s
        while True:
            image = take(self._capture)
            if image is not None:
                return image
            if time.monotonic() > deadline_s or self._stopped.wait(RETRY_S):
                return None

    def _read_within(self, timeout_s: float) -> Image | None:
        """Reads in a thread of its own, because a driver may block for as long as it likes.

        Raises SourceError when the driver blocks: it then holds the camera, so that no other backend can open it.
        """
        images: list[Image | None] = []
        reader = threading.Thread(target=lambda: images.append(self._read(timeout_s)), name="first-frame", daemon=True)
        deadline_s = time.monotonic() + timeout_s + MARGIN_S
        with interrupts.deferred():
            reader.start()
            while reader.is_alive() and time.monotonic() < deadline_s:
                reader.join(SLICE_S)
                interrupts.check()
        if reader.is_alive():
            raise SourceError(f"{self.source_id}: opens but sends no image in {timeout_s:g} s; {general_fix()}")
        return images[0] if images else None
