"""Video files and network streams, through PyAV: whatever FFmpeg reads."""

import errno
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.file_urls import path_of
from app.images.decoded import picture_of
from app.sources.address import is_url
from app.sources.base import LiveClock, Source
from app.sources.film import find_film
from app.sources.matroska import is_cut_off
from app.sources.network import why_unreachable
from app.sources.time_stamps import shown_times
from app.system.interrupts import interrupts
from app.text import counted

VIDEO_SUFFIXES = frozenset(  # by which videos are known in a folder
    f".{kind}"
    for kind in (
        *("3gp", "avi", "flv", "gif", "m2ts", "m4v", "mjpeg", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "mxf", "ogv"),
        *("ts", "vob", "webm", "wmv"),
    )
)
FALLBACK_FPS = 30.0  # for files that do not say their rate
MAX_FPS = 300  # more is no rate but the unit in which a file counts time
WHOLE = 0.9  # of the length in the header: muxers' rounding and a lost last image are no damage

_log = logging.getLogger(__name__)


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


class Part(NamedTuple):
    """Where a file lies within another one, in bytes."""

    start: int
    end: int


class MediaSource(Source):
    """A video file (every frame, at its presentation time) or a stream without an end (live).

    Pictures come upright, with square pixels, in ordinary colours. Damaged packets are skipped and counted; a
    truncated file ends at its last frame.
    """

    def __init__(self, uri: str, settings: SourceSettings, session_start_s: float, part: Part | None = None) -> None:
        """Opens a file or a stream.

        Args:
            uri: a path or a URL.
            settings: the time-outs of streams.
            session_start_s: the `time.monotonic` that is 0 s on the frames of a stream.
            part: what to read of a file; None: all of it.

        Raises:
            SourceError: it does not open, or holds no video.
        """
        self.source_id = without_password(uri)
        self._uri, self._part = uri, part
        self._clock = LiveClock(session_start_s)
        self._container = self._open(uri, settings, part)
        try:
            self._stream = find_film(self._container, self.source_id)
        except SourceError:
            self._container.close()
            raise
        self.is_live = is_url(uri) and (urlsplit(uri).scheme.startswith("rtsp") or self._container.duration is None)
        # Frame threads decode twice as fast, at the price of a frame of delay for each.
        self._stream.thread_type = "SLICE" if self.is_live else "AUTO"
        self._damaged = 0

    def __iter__(self) -> Iterator[Frame]:
        index, end_s = 0, 0.0
        for decoded, time_s, lasts_s in self._timed_images(step_of(self._stream)):
            picture = picture_of(decoded, self._stream.sample_aspect_ratio)
            yield Frame(picture, index, time_s, self.source_id, lasts_s=lasts_s)
            index, end_s = index + 1, time_s + (lasts_s or 0.0)
        if index == 0:
            raise SourceError(f"{self.source_id}: holds no image that can be decoded; is the file damaged?")
        if self._damaged:
            _log.warning("%s: skipped %s", self.source_id, counted(self._damaged, "damaged piece"))
        if not self.is_live and (missing := missing_end(self._stream, end_s, self._is_cut_off())):
            _log.warning("%s: %s", self.source_id, missing)

    def close(self) -> None:
        self._container.close()

    def _is_cut_off(self) -> bool:
        return not is_url(self._uri) and is_cut_off(path_of(self._uri), *(self._part or ()))

    def _open(self, uri: str, settings: SourceSettings, part: Part | None) -> InputContainer:
        try:
            if is_url(uri):
                timeouts = (settings.open_timeout_s, settings.read_timeout_s)
                options = {"rtsp_transport": "tcp"} if uri.startswith("rtsp") else {}
                return av.open(uri, timeout=timeouts, options=options, metadata_errors="replace")
            return open_file(path_of(uri), self.source_id, part)
        except av.FFmpegError as error:
            if isinstance(error, av.ProtocolNotFoundError):
                scheme = uri.partition("://")[0]
                raise SourceError(f"{self.source_id}: {scheme}:// is not read here; give rtsp:// or http://") from None
            hint = "is the address right and the camera on?"
            reason = why_unreachable(uri, settings.open_timeout_s) if error.errno == errno.EIO else ""
            raise SourceError(f"{self.source_id}: cannot be opened ({reason or _reason(error)}); {hint}") from None

    def _timed_images(self, step_s: float) -> Iterator[tuple[VideoFrame, float, float | None]]:
        """Returns each image, its time, and how long it is shown if it is the last; a stream does not say."""
        images = self._decoded_images()
        if self.is_live:
            return ((decoded, self._clock.now_s(), None) for decoded in images)
        return shown_times((decoded, decoded.time, _lasts_s(decoded) or step_s) for decoded in images)

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


def open_file(path: Path, name: str, part: Part | None = None) -> InputContainer:
    """Opens a video file.

    Args:
        path: the file.
        name: the file, for messages.
        part: what to read of it; None: all of it.

    Returns:
        The container; whoever opened it closes it.

    Raises:
        SourceError: it does not open.
    """
    address = f"file:{path}"  # "12:30.mp4" would be a protocol called 12
    address = f"subfile,,start,{part.start},end,{part.end},,:{address}" if part else address
    try:
        return av.open(address, metadata_errors="replace")  # titles are not always UTF-8
    except av.FFmpegError as error:
        interrupts.check()  # Ctrl-C breaks off the opening of a pipe that nobody writes to
        raise SourceError(f"{name}: cannot be opened ({_reason(error)}); is it a video or an image?") from None


def step_of(stream: VideoStream) -> float:
    """Returns how many seconds an image of a file is shown that does not say it itself."""
    rate = stream.average_rate or stream.guessed_rate
    return 1 / float(rate) if rate and rate <= MAX_FPS else 1 / FALLBACK_FPS


def missing_end(stream: VideoStream, played_s: float, is_cut_off: bool) -> str:
    """Compares the time played with the length in the header, which a file that was cut off still has.

    Args:
        stream: the video of a file.
        played_s: when its last image ends, in seconds.
        is_cut_off: whether the file is shorter than it says. The length of the whole file counts then, where the video
            has none of its own, as in Matroska; in a whole file, sound may rightly last longer than the video.

    Returns:
        What is missing, in words; "" where nothing is.
    """
    promised_s = 0.0
    if stream.duration is not None and stream.time_base is not None:
        promised_s = float(stream.duration * stream.time_base)
    elif is_cut_off and isinstance(stream.container, InputContainer):
        promised_s = (stream.container.duration or 0) / av.time_base
    if played_s >= WHOLE * promised_s - 1:
        return ""
    return f"ends after {played_s:.1f} of {promised_s:.1f} s; is the file whole?"


def _lasts_s(decoded: VideoFrame) -> float:
    """Returns how long the file says that an image is shown; 0.0 when it does not say."""
    return float(decoded.duration * decoded.time_base) if decoded.duration and decoded.time_base else 0.0


def _reason(error: av.FFmpegError) -> str:
    """Returns FFmpeg's words without the address, which may hold a password."""
    if isinstance(error, av.ExitError):
        return "nothing comes any more"  # what a time-out looks like to FFmpeg
    return error.strerror or type(error).__name__
