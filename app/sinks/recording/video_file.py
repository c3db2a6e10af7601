"""A video file: H.264 in MP4 with real presentation times, playable up to the last second even after a kill."""

from __future__ import annotations  # PyAV's Packet is generic in its stubs only

from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame

from app.arrays import Image
from app.config.settings import RecordSettings
from app.errors import OutputError
from app.images.fit import fit_into
from app.sinks.shown import Shown
from app.system.cores import usable_cores

TIME_BASE = Fraction(1, 90_000)  # s; what video containers commonly count in
NOMINAL_FPS = 30  # a hint for x264's rate control; players go by the times on the frames
# Fragments while it is written, an ordinary MP4 with one index once it is closed (FFmpeg 7.1+).
MP4_OPTIONS = {"movflags": "hybrid_fragmented+frag_keyframe", "flush_packets": "1"}
MOST_THREADS = 4  # each holds back an image; more would outrun the rest of the program
LONGEST_S = 5 * 3600.0  # that one image stays; MP4 holds six and a half hours
BT601, LIMITED_RANGE = 6, 1  # what cv2's I420 conversion makes; without the tags players guess from the height


class VideoFile:
    """An MP4 file that is being written. The first image sets the size, cut to even sides as H.264 needs."""

    def __init__(self, path: Path, settings: RecordSettings) -> None:
        """Opens the file, which is made with the first image.

        Args:
            path: the MP4 file; an old one is replaced.
            settings: quality and speed of the encoding.
        """
        self.path, self._settings = path, settings
        # a bare "12:30.mp4" would be a protocol called 12
        self._container = av.open(f"file:{path}", "w", format="mp4", options=MP4_OPTIONS)
        self._stream: av.VideoStream | None = None
        self._start_s = self._last_s = self._keyframe_s = 0.0
        self._shown = Shown()
        self._newest: Image | None = None  # as it was encoded
        self._held: Packet[av.VideoStream] | None = None  # muxed when the next one tells how long it lasts
        self._closed = False

    @property
    def seconds(self) -> float:
        """How long the recording plays."""
        return max(0.0, self._shown.until_s - self._start_s)

    def write(self, image: Image, time_s: float, lasts_s: float | None = None) -> None:
        """Appends an image.

        Args:
            image: uint8 BGR (H, W, 3); one of another size than the first is fitted in, with bars.
            time_s: when it is shown; times must increase.
            lasts_s: how long it is shown if it is the last; None: as `Shown` finds.

        Raises:
            OutputError: an image that H.264 cannot hold, or a disk that cannot take it.
        """
        if self._stream is None:
            self._stream = self._open_stream(image)
            self._start_s, self._keyframe_s = time_s, time_s - self._settings.keyframe_s
        self._repeat_until(time_s)
        self._newest = _to_i420(image, self._stream.width, self._stream.height)
        self._encode(self._stream, self._newest, time_s)
        self._shown.add(time_s, lasts_s)

    def close(self, end_s: float | None = None) -> None:
        """Writes the index; without an image there is no file. May be called twice.

        Args:
            end_s: when the last image ends; None: as `Shown` finds.

        Raises:
            OutputError: the file cannot be finished.
        """
        if self._closed:
            return
        self._closed = True
        if end_s is not None:
            self._shown.end(end_s)
        try:
            with closing(self._container):  # also when the last packets do not fit on the disk
                if self._stream is not None:
                    self._repeat_until(self._shown.until_s)
                    self._mux(self._stream.encode(None))
                    self._release_held()
        except (OSError, av.FFmpegError) as error:
            raise OutputError(f"{self.path}: the recording could not be finished ({error.strerror})") from None

    def _open_stream(self, image: Image) -> av.VideoStream:
        height, width = image.shape[:2]
        if min(height, width) < 2:
            raise OutputError(f"{self.path}: an image of {width}x{height} px is too small to record; 2x2 is the least")
        stream = self._container.add_stream("libx264", rate=NOMINAL_FPS)
        stream.width, stream.height = width // 2 * 2, height // 2 * 2
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = TIME_BASE
        context.gop_size = 100_000  # key frames come by the clock, from `write`
        context.colorspace, context.color_range = BT601, LIMITED_RANGE
        stream.options = {
            "preset": self._settings.preset,
            "crf": str(self._settings.crf),
            "tune": "zerolatency",  # no image waits for later ones,
            "x264-params": "sliced-threads=0",  # but each thread has its own: a tenth less work than slices of one
            "threads": str(min(MOST_THREADS, usable_cores())),
        }
        try:
            self._container.start_encoding()
        except (OSError, av.FFmpegError) as error:
            raise OutputError(
                f"{self.path}: cannot be written at {width}x{height} px ({error.strerror}); record elsewhere"
            ) from None
        return stream

    def _repeat_until(self, time_s: float) -> None:
        """Shows the newest image again where it stays for longer than MP4 can hold it."""
        while self._stream is not None and self._newest is not None and time_s - self._last_s > LONGEST_S:
            self._encode(self._stream, self._newest, self._last_s + LONGEST_S)

    def _encode(self, stream: av.VideoStream, i420: Image, time_s: float) -> None:
        frame = VideoFrame.from_ndarray(i420, format="yuv420p")
        frame.pts, frame.time_base = self._ticks(time_s), TIME_BASE
        if time_s - self._keyframe_s >= self._settings.keyframe_s - 1e-6:
            frame.pict_type, self._keyframe_s = PictureType.I, time_s
        self._mux(stream.encode(frame))
        self._last_s = time_s

    def _ticks(self, time_s: float) -> int:
        return round((time_s - self._start_s) / TIME_BASE)

    def _mux(self, packets: list[Packet[av.VideoStream]]) -> None:
        for packet in packets:
            held, self._held = self._held, packet
            if held is not None and held.pts is not None and packet.pts is not None:
                held.duration = packet.pts - held.pts
                self._write(held)

    def _release_held(self) -> None:
        if self._held is not None:
            if self._held.pts is not None and self._shown.until_s > self._last_s:
                self._held.duration = self._ticks(self._shown.until_s) - self._held.pts
            self._write(self._held)
            self._held = None

    def _write(self, packet: Packet[av.VideoStream]) -> None:
        try:
            self._container.mux(packet)
        except (OSError, av.FFmpegError) as error:
            raise OutputError(f"{self.path}: cannot be written any more ({error.strerror}); make room") from None


def _to_i420(image: Image, width: int, height: int) -> Image:
    """BGR to planar YUV 4:2:0, uint8 (H * 3 / 2, W), fitted into the size of the recording."""
    if image.shape[1] // 2 * 2 != width or image.shape[0] // 2 * 2 != height:
        image = fit_into(image, width, height)
    even = np.ascontiguousarray(image[:height, :width])
    return np.asarray(cv2.cvtColor(even, cv2.COLOR_BGR2YUV_I420), np.uint8)
