"""The live window and its keys."""

import math
import time
from collections.abc import Sequence

import cv2
import numpy as np

from app.arrays import Image
from app.config.settings import Settings
from app.entities import Activity, Command, Frame, NewModel
from app.errors import OutputError
from app.images.fit import fit_into
from app.overlay.overlay import Overlay
from app.sinks.base import Sink
from app.sinks.names import recording_path, save_snapshot
from app.sinks.recording.recorder import Recorder
from app.sinks.window.keys import ESCAPE, typed
from app.sinks.window.mode import WindowMode
from app.sources.base import Source
from app.system.terminal import say

TITLE = "Daily activity"
NOTE_S = 3.0  # s that a line of news stays
SILENT_S = 2.0  # s without a picture after which a live one is no longer live, and its label no longer true
TILE_PX = (640, 360)  # of each picture when several sources share the window
FIRST_SIZE_PX = (1600, 900)  # a larger picture opens scaled down to this; the user may resize the window


class Window(Sink):
    """Shows the newest frame of every source; q and Esc quit, space pauses, the others do what `HELP` says.

    Lives on the main thread, as macOS demands.
    """

    name = "window"

    def __init__(
        self,
        sources: Sequence[Source],
        overlay: Overlay,
        recorder: Recorder,
        settings: Settings,
        mode: WindowMode | None,
    ) -> None:
        """mode: takes keys before the window does, and is shown the first of `sources`; None: no such mode."""
        mirror = settings.display.mirror
        self._mirrored = {
            source.source_id: mirror == "on" or (mirror == "auto" and source.is_camera) for source in sources
        }
        self._mode, self._mode_source = mode, next(iter(self._mirrored), "")
        if mode is not None:
            mode.say = self._say
        self._live = {source.source_id for source in sources if source.is_live}
        self._shown_at_s: dict[str, float] = {}
        self._silent: set[str] = set()
        self._overlay, self._recorder, self._settings = overlay, recorder, settings
        self._frames: dict[str, Frame] = {}
        self._tiles: dict[str, Image] = {}
        self._help_shown = self._paused = self._open = False
        self._note, self._note_until_s = "h: help", time.monotonic() + NOTE_S

    def write(self, frame: Frame, activity: Activity) -> None:
        self._frames[frame.source_id], self._shown_at_s[frame.source_id] = frame, time.monotonic()
        self._silent.discard(frame.source_id)
        if self._mode is not None and frame.source_id == self._mode_source:
            self._mode.see(frame)
        self._show(frame)

    def poll(self) -> Command | NewModel | None:
        if not self._open:
            return None
        self._notice_silence()
        key = cv2.pollKey()
        if _was_closed():
            return Command.QUIT
        command = None if key < 0 else self._press(key)
        return command or (self._mode.poll() if self._mode is not None else None)

    def close(self) -> None:
        if self._open:
            self._open = False
            cv2.destroyAllWindows()
            cv2.pollKey()  # lets the toolkit carry the closing out
        if self._mode is not None and (left := self._mode.close()):
            say(left)

    def _press(self, code: int) -> Command | None:
        if self._mode is not None and self._mode.press(code):
            self._show_all()
            return None
        key = typed(code).lower()
        if key == "q" or code == ESCAPE:
            return Command.QUIT
        if key == " ":
            self._paused = not self._paused
            self._say("Paused" if self._paused else "", math.inf if self._paused else 0.0)
            self._shown_at_s = dict.fromkeys(self._shown_at_s, time.monotonic())
        elif key == "m":
            self._mirrored = {source_id: not mirrored for source_id, mirrored in self._mirrored.items()}
        elif key == "h":
            self._help_shown = not self._help_shown
        elif key in ("r", "s"):
            self._say(self._try_to(key))
        elif key in ("t", "c") and self._mode is None:
            self._say("Teaching is off while --predictions is written: its columns are the classes")
        self._show_all()
        return Command.PAUSE if key == " " else None

    def _show_all(self) -> None:
        for frame in self._frames.values():
            self._show(frame)

    def _notice_silence(self) -> None:
        """A camera that sends nothing must not look as if what it last saw went on."""
        if self._paused:
            return
        now_s = time.monotonic()
        for source_id in self._live - self._silent:
            if now_s - self._shown_at_s.get(source_id, now_s) > SILENT_S:
                self._silent.add(source_id)
                self._overlay.forget(source_id)
                self._show(self._frames[source_id])

    def _try_to(self, key: str) -> str:
        """A snapshot or a recording that fails is told in the window; the session goes on."""
        try:
            if key == "s":
                pictures = [self._recorder.picture(frame) for frame in self._frames.values()]
                return "Saved " + ", ".join(str(save_snapshot(self._settings.snapshot.folder, p)) for p in pictures)
            if self._recorder.active:
                return "Recorded " + ", ".join(self._recorder.stop())
            self._recorder.start(recording_path(self._settings.record.folder))
        except OutputError as error:
            return str(error)
        return "Recording"

    def _say(self, note: str, seconds: float = NOTE_S) -> None:
        self._note, self._note_until_s = note, time.monotonic() + seconds

    def _show(self, frame: Frame) -> None:
        image = frame.image
        if self._mirrored[frame.source_id]:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
        drawn = self._overlay.draw(
            image,
            frame.source_id,
            recording=self._recorder.active,
            help_shown=self._help_shown,
            note=self._note_on(frame.source_id),
            panel=self._mode.panel() if self._mode and frame.source_id == self._mode_source else None,
        )
        picture = drawn if len(self._mirrored) == 1 else self._tiled(frame.source_id, drawn)
        if not self._open:
            self._open_window(picture)
        cv2.imshow(TITLE, picture)

    def _note_on(self, source_id: str) -> str:
        if source_id in self._silent:
            return f"No picture from {source_id}"
        if time.monotonic() < self._note_until_s:
            return self._note
        return "Paused" if self._paused else ""

    def _tiled(self, source_id: str, drawn: Image) -> Image:
        self._tiles[source_id] = fit_into(drawn, *TILE_PX)
        columns = math.ceil(math.sqrt(len(self._mirrored)))
        rows = math.ceil(len(self._mirrored) / columns)
        black = np.zeros((TILE_PX[1], TILE_PX[0], 3), np.uint8)
        tiles = [self._tiles.get(source_id, black) for source_id in self._mirrored]
        tiles += [black] * (rows * columns - len(tiles))
        return np.vstack([np.hstack(tiles[row * columns : (row + 1) * columns]) for row in range(rows)])

    def _open_window(self, picture: Image) -> None:
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        height, width = picture.shape[:2]
        scale = min(1.0, FIRST_SIZE_PX[0] / width, FIRST_SIZE_PX[1] / height)
        cv2.resizeWindow(TITLE, round(width * scale), round(height * scale))
        self._open = True


def _was_closed() -> bool:
    try:
        return cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1
    except cv2.error:  # what OpenCV's Qt says of a window that is gone
        return True
