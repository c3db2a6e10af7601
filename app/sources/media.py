"""Video files and network streams, through PyAV: whatever FFmpeg reads."""

import logging
import math
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import av
import cv2
from av.container import InputContainer
from av.video.frame import VideoFrame

from app.arrays import Image
from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.images.yuv import YuvImage
from app.sources.base import SMALLEST_STEP_S, LiveClock, Source
from app.system.interrupts import interrupts
from app.text import counted

FALLBACK_FPS = 30.0  # for files that do not say their rate
WHOLE = 0.9  # of the length in the header: muxers' rounding and a lost last image are no damage

_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
_log = logging.getLogger(__name__)


def is_url(uri: str) -> bool:
    """Tells rtsp://, http:// and the like from a path; "C:\\clip.mp4" is no URL."""
    return "://" in uri and not uri.startswith("file://")


def without_password(uri: str) -> str:
    """Returns the address without user, password and query; everything that is shown or stored goes through here.

    Example:
        >>> without_password("rtsp://anna:secret@camera/1?key=7")
        'rtsp://camera/1'
    """
    if not is_url(uri):
        return uri
    scheme, _, rest = uri.partition("://")
    if re.search("[?#].*@", rest):  # a query with an @ in it, or a password with a ? in it: nobody can tell
        return f"{scheme}://..."
    return f"{scheme}://{re.split('[?#]', rest.rpartition('@')[2])[0]}"  # the last @: a password may hold / and @


class MediaSource(Source):
    """A video file (every frame, at its presentation time) or a stream without an end (live).

    Rotation flags are honoured. Damaged packets are skipped and counted; a truncated file ends at its last frame.
    """

    def __init__(self, uri: str, settings: SourceSettings, session_start_s: float) -> None:
        """Opens a file or a stream.

        Args:
            uri: a path, a file:// address, or a URL.
            settings: the time-outs of streams.
            session_start_s: the `time.monotonic` that is 0 s on the frames of a stream.

        Raises:
            SourceError: it does not open, or holds no video.
        """
        self.source_id = without_password(uri)
        self._clock = LiveClock(session_start_s)
        self._container = self._open(uri, settings)
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(f"{self.source_id}: holds no video; give a video file, an image or a stream")
        self._stream = self._container.streams.video[0]
        self.is_live = is_url(uri) and (urlsplit(uri).scheme.startswith("rtsp") or self._container.duration is None)
        # Frame threads decode twice as fast, at the price of a frame of delay for each.
        self._stream.thread_type = "SLICE" if self.is_live else "AUTO"
        self._damaged = 0

    def __iter__(self) -> Iterator[Frame]:
        rate = self._stream.average_rate or self._stream.guessed_rate
        step_s = 1 / float(rate) if rate else 1 / FALLBACK_FPS
        first_s, last_s, index = None, -math.inf, 0
        for decoded in self._decoded_images():
            if self.is_live:
                time_s = self._clock.now_s()
            else:
                shown_s = decoded.time if decoded.time is not None else (first_s or 0.0) + index * step_s
                first_s = shown_s if first_s is None else first_s
                time_s = shown_s - first_s
            time_s = max(time_s, last_s + SMALLEST_STEP_S)
            yield Frame(_upright(decoded), index, time_s, self.source_id)
            last_s, index = time_s, index + 1
        if index == 0:
            raise SourceError(f"{self.source_id}: holds no image that can be decoded; is the file damaged?")
        if self._damaged:
            _log.warning("%s: skipped %s", self.source_id, counted(self._damaged, "damaged piece"))
        self._warn_of_a_missing_end(last_s + step_s)

    def close(self) -> None:
        self._container.close()

    def _warn_of_a_missing_end(self, played_s: float) -> None:
        """Compares the time played with the length in the header, which a file that was cut off still has."""
        if self.is_live or self._stream.duration is None or self._stream.time_base is None:
            return
        promised_s = float(self._stream.duration * self._stream.time_base)
        if played_s < WHOLE * promised_s - 1:
            _log.warning("%s: ends after %.1f of %.1f s; is the file whole?", self.source_id, played_s, promised_s)

    def _open(self, uri: str, settings: SourceSettings) -> InputContainer:
        try:
            if is_url(uri):
                timeouts = (settings.open_timeout_s, settings.read_timeout_s)
                options = {"rtsp_transport": "tcp"} if uri.startswith("rtsp") else {}
                return av.open(uri, timeout=timeouts, options=options, metadata_errors="replace")
            name = f"file:{Path(uri.removeprefix('file://'))}"  # "12:30.mp4" would be a protocol called 12
            return av.open(name, metadata_errors="replace")  # titles are not always UTF-8
        except av.FFmpegError as error:
            interrupts.check()  # Ctrl-C breaks off the opening of a pipe that nobody writes to
            hint = "is the address right and the camera on?" if is_url(uri) else "is it a video or an image?"
            raise SourceError(f"{self.source_id}: cannot be opened ({_reason(error)}); {hint}") from None

    def _decoded_images(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.EOFError):
                return
            except av.FFmpegError as error:
                if self.is_live:
                    raise SourceError(f"{self.source_id}: the stream broke off ({_reason(error)})") from None
                self._damaged += 1
                yield from self._left_in_the_decoder()
                return
            try:
                yield from packet.decode()
            except av.EOFError:
                return
            except av.FFmpegError:
                self._damaged += 1

    def _left_in_the_decoder(self) -> Iterator[VideoFrame]:
        for decoded in self._stream.codec_context.decode(None):
            if self._stream.time_base is not None:
                decoded.time_base = self._stream.time_base  # which a packet would have brought
            yield decoded


def _upright(decoded: VideoFrame) -> Image | YuvImage:
    image = YuvImage(decoded, _TURNS.get(round(decoded.rotation) % 360))
    return image if YuvImage.can_hold(decoded) else image.image


def _reason(error: av.FFmpegError) -> str:
    """Returns FFmpeg's words without the address, which may hold a password."""
    if isinstance(error, av.ExitError):
        return "nothing comes any more"  # what a time-out looks like to FFmpeg
    return error.strerror or type(error).__name__
