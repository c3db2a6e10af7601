"""The live window: shows every source with its overlay, and does what its keys say.

The keys of teaching and correcting, t and c, belong to its mode, app.teach.window_mode.TeachMode; those that mark what
is really going on to truth_mode.py.
"""

import time
from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np

from app.config.settings import Settings
from app.entities import Activity, Command, Frame, NewModel
from app.errors import OutputError
from app.overlay.overlay import Overlay
from app.sinks.base import Sink
from app.sinks.names import recording_path, save_snapshot
from app.sinks.recording.recorder import Recorder
from app.sinks.window.key_codes import ESCAPE, TAB, typed
from app.sinks.window.mode import WindowMode
from app.sinks.window.screen import Screen
from app.sinks.window.silence import Silence
from app.sinks.window.tiles import Tiles
from app.sources.base import Source
from app.system.pause import PauseSwitch
from app.system.terminal import say

NOTE_S = 3.0  # s that a line of news stays


class Window(Sink):
    """Shows the newest frame of every source. Its keys do what `app.overlay.panels.HELP` and its mode's help say."""

    name = "window"

    def __init__(
        self,
        sources: Sequence[Source],
        overlay: Overlay,
        recorder: Recorder,
        settings: Settings,
        mode: WindowMode | None,
        pause: PauseSwitch | None = None,
    ) -> None:
        """Opens nothing yet; the window opens with the first frame.

        Args:
            sources: what is shown, in this order.
            overlay: draws the labels.
            recorder: what the r key starts and stops.
            settings: what is mirrored, and the folders of recordings and snapshots.
            mode: takes keys before the window does, and the frames of a source, the first until Tab chooses another;
                None: no such mode.
            pause: says that the camera is off, and why; None: it never is.
        """
        self._switch = pause or PauseSwitch()
        mirror = settings.display.mirror
        self._mirrored = {
            source.source_id: mirror == "on" or (mirror == "auto" and source.is_camera) for source in sources
        }
        self._mode, self._mode_source = mode, next(iter(self._mirrored), "")
        if mode is not None:
            mode.say = lambda note: self._say(note, source_id=self._mode_source)
        self._overlay, self._recorder, self._settings = overlay, recorder, settings
        self._screen, self._tiles = Screen(), Tiles([*self._mirrored]) if len(self._mirrored) > 1 else None
        self._silence = Silence(source.source_id for source in sources if source.is_live)
        self._frames: dict[str, Frame] = {}
        self._keys = deque[int]()
        self._has_findings = False
        self._help_shown = self._paused = self._cues_shown = False
        self._say("h: help")

    def write(self, frame: Frame, activity: Activity) -> None:
        self._frames[frame.source_id] = frame
        self._has_findings = activity.findings is not None
        self._silence.hear(frame.source_id)
        if self._mode is not None and frame.source_id == self._mode_source:
            self._mode.see(frame, activity)
        self._show(frame)

    def poll(self) -> Command | NewModel | None:
        if not self._screen.is_open:
            return None
        self._notice_silence()
        self._keys += self._screen.keys()
        if self._screen.was_closed():
            return Command.QUIT
        command = None
        while self._keys and command is None:
            command = self._press(self._keys.popleft())
        return command or (self._mode.poll() if self._mode is not None else None)

    def close(self) -> None:
        self._screen.close()
        for line in self._mode.close().splitlines() if self._mode is not None else ():
            say(line)

    def _press(self, code: int) -> Command | None:
        """Does what a key says; returns what it asks of the loop."""
        if self._mode is not None and self._mode.press(code):
            self._show_all()
            return None
        if code == TAB and self._mode is not None and len(self._mirrored) > 1:
            self._choose_source()
            return None
        key = typed(code).lower()
        if key == "q" or code == ESCAPE:
            return Command.QUIT
        if key == " ":
            self._pause()
        elif key == "m":
            self._mirrored = {source_id: not mirrored for source_id, mirrored in self._mirrored.items()}
        elif key == "l":
            self._cues_shown = not self._cues_shown
            if self._cues_shown and not self._has_findings:
                self._say("This model looks at the image as a whole: there is nothing to show")
        elif key == "h":
            self._help_shown = not self._help_shown
        elif key in ("r", "s"):
            self._say(self._try_to(key))
        elif key in ("t", "c"):  # there is no teaching that takes them
            self._say("Teaching is off while --predictions is written: its columns are the classes")
        self._show_all()
        return Command.PAUSE if key == " " else None

    def _choose_source(self) -> None:
        """Teaches from the next source."""
        sources = list(self._mirrored)
        self._mode_source = sources[(sources.index(self._mode_source) + 1) % len(sources)]
        self._say(f"Keys now speak of {self._mode_source}", source_id=self._mode_source)
        self._show_all()

    def _pause(self) -> None:
        self._paused = not self._paused
        self._say("")
        self._silence.restart()

    def _try_to(self, key: str) -> str:
        """Records or takes a snapshot; returns a note on what came of it. After a failure the session goes on."""
        try:
            if key == "s":
                images = [self._recorder.image_of(frame) for frame in self._frames.values()]
                return "Saved " + ", ".join(str(save_snapshot(self._settings.snapshot.folder, one)) for one in images)
            if self._recorder.active:
                files = self._recorder.stop()
                return f"Recorded {', '.join(files)}" if files else "Nothing was recorded: no image came"
            self._recorder.start(recording_path(self._settings.record.folder))
        except OutputError as error:
            return str(error)
        return "Recording begins when the image moves on" if self._paused else "Recording"

    def _notice_silence(self) -> None:
        if self._paused:
            return
        for source_id in self._silence.newly_silent():
            self._overlay.forget(source_id)
            self._show(self._frames[source_id])

    def _say(self, note: str, source_id: str | None = None) -> None:
        """Shows a note for a moment, in the tile of one source or in all."""
        self._note, self._note_source, self._note_until_s = note, source_id, time.monotonic() + NOTE_S

    def _note_on(self, source_id: str) -> str:
        if source_id in self._silence:
            return (
                f"Paused ({self._switch.reason}): the camera is off"
                if self._switch.paused
                else f"No image from {source_id}"
            )
        is_here = self._note_source in (None, source_id) and time.monotonic() < self._note_until_s
        return ". ".join(filter(None, ("Paused" if self._paused else "", self._note if is_here else "")))

    def _show_all(self) -> None:
        for frame in self._frames.values():
            self._show(frame)

    def _show(self, frame: Frame) -> None:
        image, source_id = frame.image, frame.source_id
        if self._mirrored[source_id]:
            image = np.asarray(cv2.flip(image, 1), np.uint8)
        drawn = self._overlay.draw(
            image,
            source_id,
            recording=self._recorder.active,
            help_shown=self._help_shown,
            more_help=self._mode.help() if self._mode else (),
            note=self._note_on(source_id),
            panel=self._mode.panel() if self._mode and source_id == self._mode_source else None,
            mark=self._mode.mark() if self._mode and source_id == self._mode_source else "",
            cues_shown=self._cues_shown,
            mirrored=self._mirrored[source_id],
        )
        self._screen.show(drawn if self._tiles is None else self._tiles.with_image(source_id, drawn))
