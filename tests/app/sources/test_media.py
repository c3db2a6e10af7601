"""Real files and real servers: PyAV writes what the source reads."""

import http.server
import itertools
import logging
import os
import socket
import threading
import time
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from app.config.settings import SourceSettings
from app.errors import SourceError
from app.images.prepare import InputSpec, prepare
from app.sources.file_index import index_file
from app.sources.media import MediaSource, is_url, without_password
from tests import toy

SETTINGS = SourceSettings(open_timeout_s=1.0, read_timeout_s=1.0)
TURNED = {  # what a player does to the stored picture, as EXIF counts; the matrix of the MP4's tkhd box for it
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}
ODD = [] if os.name == "nt" else ["12:30 clip.mp4", "what?.mp4"]  # Windows takes no such names


def read(uri, settings=SETTINGS):
    with MediaSource(str(uri), settings, 0.0) as source:
        return list(source)


def mean_colour(image):
    return tuple(image.reshape(-1, 3).mean(axis=0).round().astype(int).tolist())


def test_every_frame_in_order_at_its_time(clip):
    frames = read(clip)
    assert [frame.index for frame in frames] == list(range(60))
    assert [frame.time_s for frame in frames] == pytest.approx([index / 10 for index in range(60)], abs=1e-3)
    assert {frame.source_id for frame in frames} == {str(clip)}
    assert all(frame.image.shape == (240, 320, 3) and frame.image.dtype == np.uint8 for frame in frames)
    assert np.abs(np.array(mean_colour(frames[10].image)) - toy.RED).max() <= 3
    assert np.abs(np.array(mean_colour(frames[30].image)) - toy.GREEN).max() <= 3


def test_a_file_is_not_live(clip):
    with MediaSource(str(clip), SETTINGS, 0.0) as source:
        assert not source.is_live
        assert not source.is_camera


def test_reading_twice_gives_the_same_pictures(clip):
    for one, other in zip(read(clip), read(clip), strict=True):
        assert np.array_equal(one.image, other.image)


def test_close_may_be_called_early_and_twice(clip):
    source = MediaSource(str(clip), SETTINGS, 0.0)
    next(iter(source))
    source.close()
    source.close()


@pytest.mark.parametrize("suffix", ["avi", "mkv", "mp4"])
def test_a_title_need_not_be_utf_8(tmp_path, suffix):
    path = tmp_path / f"clip.{suffix}"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "my cafe at home"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(toy.plain(toy.RED), format="bgr24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    assert b"my cafe" in data
    path.write_bytes(data.replace(b"my cafe", b"my caf\xe9"))
    assert len(read(path)) == 1


def test_irregular_times_are_kept(tmp_path):
    times = [0.0, 0.02, 0.5, 0.51, 2.0, 2.033]
    path = toy.write_clip(tmp_path / "vfr.mp4", [(toy.plain(toy.RED), time_s) for time_s in times])
    assert [frame.time_s for frame in read(path)] == pytest.approx(times, abs=1e-3)


def test_time_counts_from_the_first_frame(tmp_path):
    path = toy.write_clip(tmp_path / "late.mkv", [(toy.plain(toy.RED), 100 + index / 10) for index in range(5)])
    assert [frame.time_s for frame in read(path)] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=1e-3)


@pytest.mark.parametrize("rate", [24, Fraction(30000, 1001), 60])
def test_a_raw_stream_without_times_goes_by_its_rate(tmp_path, rate):
    path = tmp_path / "raw.h264"
    with av.open(str(path), "w", format="h264") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(20):
            picture = av.VideoFrame.from_ndarray(toy.plain(toy.RED), format="bgr24")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    times = [frame.time_s for frame in read(path)]
    assert len(times) == 20
    assert np.diff(times).min() > 0


def test_frames_at_the_same_time_are_told_apart(tmp_path):
    """The smoother needs time to increase; some cameras write two frames with one time."""
    path = tmp_path / "twice.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for index, shown_ms in enumerate([0, 100, 100, 200]):
            picture = av.VideoFrame.from_ndarray(toy.plain(toy.RED), format="bgr24").reformat(format="yuvj420p")
            picture.pts = index
            for packet in stream.encode(picture):
                packet.time_base = Fraction(1, 1000)
                packet.pts = packet.dts = shown_ms
                container.mux(packet)
    times = [frame.time_s for frame in read(path)]
    assert times == pytest.approx([0, 0.1, 0.1, 0.2], abs=2e-3)
    assert np.diff(times).min() > 0


@pytest.mark.parametrize("orientation", TURNED)
def test_a_display_matrix_is_honoured(tmp_path, orientation):
    """Phones store the picture as the sensor saw it; the file says how to turn and mirror it."""
    upright = toy.corners()
    stored = toy.stored_as(upright, orientation)
    path = toy.write_clip(tmp_path / "phone.mp4", [(stored, index / 10) for index in range(3)])
    _patch_matrix(path, TURNED[orientation])
    frame = read(path)[0]
    assert frame.image.shape == upright.shape
    assert np.abs(frame.image.astype(int) - upright).mean() < 12
    spec = InputSpec(32, "squeeze")
    assert np.abs(frame.prepare(spec).astype(int) - prepare(upright, spec)).mean() < 12


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_a_photograph_is_upright_here_too(tmp_path, suffix, orientation):
    """As one on a web server."""
    path = toy.write_oriented(tmp_path / f"photo{suffix}", toy.corners(), orientation)
    (frame,) = read(path)
    assert frame.image.shape == toy.corners().shape
    assert np.abs(frame.image.astype(int) - toy.corners()).mean() < 12


def test_without_a_flag_nothing_is_turned(tmp_path):
    upright = toy.corners()
    path = toy.write_clip(tmp_path / "plain.mp4", [(upright, index / 10) for index in range(3)])
    assert np.abs(read(path)[0].image.astype(int) - upright).mean() < 12


def test_a_gif_plays(tmp_path):
    path = tmp_path / "moving.gif"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("gif", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb8"
        for index, colour in enumerate((toy.RED, toy.GREEN, toy.BLUE)):
            picture = av.VideoFrame.from_ndarray(toy.plain(colour), format="bgr24").reformat(format="rgb8")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    frames = read(path)
    assert [int(np.argmax(mean_colour(frame.image))) for frame in frames] == [2, 1, 0]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2], abs=0.011)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".webp", ".tiff"])
def test_a_picture_is_a_video_of_one_frame(tmp_path, suffix):
    path = tmp_path / f"one{suffix}"
    path.write_bytes(cv2.imencode(suffix, toy.plain(toy.GREEN))[1].tobytes())
    (frame,) = read(path)
    assert (frame.index, frame.time_s) == (0, 0.0)
    assert np.abs(np.array(mean_colour(frame.image)) - toy.GREEN).max() <= 3


def test_grey_and_transparent_pictures_become_bgr(tmp_path):
    for name, image in {
        "grey": np.full((48, 64), 77, np.uint8),
        "16 bit": np.full((48, 64), 77 * 257, np.uint16),
        "alpha": np.full((48, 64, 4), (77, 77, 77, 255), np.uint8),
    }.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
        (frame,) = read(path)
        assert frame.image.shape == (48, 64, 3), name
        assert mean_colour(frame.image) == pytest.approx((77, 77, 77), abs=2), name


@pytest.mark.parametrize(
    "name", ["한국어 클립.mp4", "clip%03d.mp4", "a#b&d.mp4", "'quoted' [x].mp4", "-start.mp4", *ODD]
)
def test_any_file_name_will_do(clip, tmp_path, monkeypatch, name):
    (tmp_path / name).write_bytes(clip.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert len(read(name)) == 60
    assert len(read(tmp_path / name)) == 60


def test_a_file_url_is_a_file(clip):
    frames = read(f"file://{clip}")
    assert len(frames) == 60


@pytest.mark.parametrize("part", [0.4, 0.7, 0.95])
def test_a_truncated_mp4_with_its_index_in_front_plays_as_far_as_it_goes(tmp_path, part, caplog):
    whole = _noisy_clip(tmp_path / "whole.mp4", {"movflags": "faststart"})
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * part)])
    with caplog.at_level(logging.WARNING):
        frames = read(cut)
    assert 40 * part - 12 <= len(frames) < 40
    assert [frame.index for frame in frames] == list(range(len(frames)))
    _assert_same_start(frames, read(whole))


@pytest.mark.parametrize("part", [0.4, 0.7, 0.95])
def test_a_truncated_mkv_plays_as_far_as_it_goes(tmp_path, part):
    whole = _noisy_clip(tmp_path / "whole.mkv")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * part)])
    frames = read(cut)
    assert 40 * part - 12 <= len(frames) < 40
    _assert_same_start(frames, read(whole))


@pytest.mark.parametrize("seed", range(3))
def test_damage_in_the_middle_does_not_end_the_clip(tmp_path, seed):
    """Times still increase, and the end of the clip is reached."""
    path = _noisy_clip(tmp_path / "damaged.mkv")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = np.random.default_rng(seed).bytes(200)
    path.write_bytes(data)
    frames = read(path)
    assert frames[-1].time_s == pytest.approx(3.9, abs=0.11)
    assert np.diff([frame.time_s for frame in frames]).min() > 0


def test_text_called_mp4_is_refused(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("not a video\n" * 1000)
    _refused(path, "cannot be opened")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty.mp4").touch()
    _refused(tmp_path / "empty.mp4", "cannot be opened")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    _refused(tmp_path / "nowhere.mp4", "No such file")


def test_sound_alone_is_refused(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        samples.sample_rate = 44100
        for _ in range(10):
            container.mux(stream.encode(samples))
        container.mux(stream.encode(None))
    _refused(path, "holds no video")


def test_sound_beside_the_picture_is_left_alone(tmp_path):
    path = tmp_path / "both.mkv"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100)
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for index in range(10):
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            samples.sample_rate, samples.pts = 44100, index * 1024
            container.mux(sound.encode(samples))
            picture = av.VideoFrame.from_ndarray(toy.plain(toy.RED), format="bgr24")
            picture.pts = index
            container.mux(video.encode(picture))
        container.mux(sound.encode(None))
        container.mux(video.encode(None))
    assert len(read(path)) == 10


@pytest.mark.parametrize(
    ("name", "frames", "shape"),
    [
        ("eat.mkv", None, (480, 640, 3)),
        ("book.mkv", None, (480, 640, 3)),
        ("learn.mkv", None, (480, 640, 3)),
        ("walk.mkv", None, (480, 640, 3)),
        ("bird.mkv", None, (480, 640, 3)),
        ("classroom.gif", None, None),
        ("face-demographics-walking.gif", None, (270, 480, 3)),
        ("head-pose-face-detection-male.gif", None, (270, 480, 3)),
        ("generated_clapping.mp4", None, (480, 832, 3)),
        ("generated_walking.mp4", None, (480, 832, 3)),
        ("generated_walking_reading.mp4", None, (480, 832, 3)),
        ("walking_corridor.mp4", 1389, (432, 768, 3)),
    ],
)
def test_clips_of_people_play_to_their_end(shared_clip, name, frames, shape):
    count, last_s = 0, -1.0
    with MediaSource(str(shared_clip(name)), SETTINGS, 0.0) as source:
        for frame in source:
            assert frame.index == count
            assert frame.time_s > last_s
            assert shape is None or frame.image.shape == shape
            count, last_s = count + 1, frame.time_s
    assert count >= 30
    assert frames is None or count == frames


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("rtsp://anna:secret@camera/1", "rtsp://camera/1"),
        ("rtsp://anna:secret@10.0.0.7:554/1?token=secret", "rtsp://10.0.0.7:554/1"),
        ("http://camera/video?user=anna&password=secret", "http://camera/video"),
        ("http://camera?password=secret", "http://camera"),
        ("http://camera#secret", "http://camera"),
        ("http://camera/video#secret", "http://camera/video"),
        ("rtsp://anna:sec/ret@camera/1", "rtsp://camera/1"),
        ("rtsp://anna:sec?ret@camera/1", "rtsp://..."),
        ("rtsp://anna:sec#ret@camera/1", "rtsp://..."),
        ("rtsp://anna:secret@home@camera/1", "rtsp://camera/1"),
        ("rtsp://secret@camera", "rtsp://camera"),
        ("rtsp://anna:secret@[fe80::1]:554/1", "rtsp://[fe80::1]:554/1"),
        ("http://camera/video.mp4", "http://camera/video.mp4"),
        ("http://camera/video?mail=anna@home&password=secret", "http://..."),
        ("clips/a@b?c.mp4", "clips/a@b?c.mp4"),
        ("C:\\clips\\a@b.mp4", "C:\\clips\\a@b.mp4"),
    ],
)
def test_passwords_are_never_shown(uri, shown):
    assert without_password(uri) == shown


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("rtsp://camera/1", True),
        ("http://camera", True),
        ("https://camera", True),
        ("udp://@:5000", True),
        ("C:\\clip.mp4", False),
        ("C:/clip.mp4", False),
        ("file:///clip.mp4", False),
        ("clip.mp4", False),
        ("0", False),
        ("12:30.mp4", False),
    ],
)
def test_what_is_a_url(uri, expected):
    assert is_url(uri) is expected


@pytest.mark.parametrize("scheme", ["http", "rtsp", "tcp"])
def test_an_address_where_nobody_listens_fails_at_once(scheme):
    started_s = time.monotonic()
    uri = f"{scheme}://anna:secret@127.0.0.1:{_free_port()}/video?token=secret"
    with pytest.raises(SourceError, match="cannot be opened") as caught:
        MediaSource(uri, SETTINGS, 0.0)
    assert "secret" not in str(caught.value)
    assert time.monotonic() - started_s < 20


def test_an_unknown_scheme_is_refused():
    with pytest.raises(SourceError, match="gopher2:// is not read here"):
        MediaSource("gopher2://camera/1", SETTINGS, 0.0)


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_server_that_says_nothing_is_given_up(scheme):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started_s = time.monotonic()
        with pytest.raises(SourceError, match="cannot be opened") as caught:
            MediaSource(f"{scheme}://anna:secret@127.0.0.1:{silent.getsockname()[1]}/1", SETTINGS, 0.0)
        assert "secret" not in str(caught.value)
        assert time.monotonic() - started_s < 20


def test_a_page_that_is_not_there_is_refused(serve):
    with pytest.raises(SourceError, match="404"):
        MediaSource(serve({}) + "nowhere.mp4", SETTINGS, 0.0)


def test_a_page_without_a_video_is_refused(serve):
    with pytest.raises(SourceError, match="cannot be opened"):
        MediaSource(serve({"/": lambda out: out.write(b"<html>hello</html>" * 100)}), SETTINGS, 0.0)


@pytest.mark.parametrize("told", [True, False], ids=["length told", "length not told"])
def test_a_file_on_a_server_plays_every_frame(serve, clip, told):
    length = clip.stat().st_size if told else None
    url = serve({"/clip.mp4": lambda out: out.write(clip.read_bytes())}, length) + "clip.mp4"
    with MediaSource(url, SETTINGS, 0.0) as source:
        assert not source.is_live
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(60))
    assert [frame.time_s for frame in frames] == pytest.approx([index / 10 for index in range(60)], abs=1e-3)
    assert {frame.source_id for frame in frames} == {url}


def test_a_stream_without_an_end_is_live(serve):
    url = serve({"/video": _endless_mjpeg})
    session_start_s = time.monotonic()
    with MediaSource(f"{url}video?token=secret", SETTINGS, session_start_s) as source:
        assert source.is_live
        frames = list(itertools.islice(source, 10))
        passed_s = time.monotonic() - session_start_s
    assert [frame.index for frame in frames] == list(range(10))
    times = [frame.time_s for frame in frames]
    assert 0 < times[0] < times[-1] <= passed_s
    assert np.diff(times).min() > 0
    assert {frame.source_id for frame in frames} == {f"{url}video"}


@pytest.mark.timeout(60)
def test_a_stream_that_falls_silent_is_an_error(serve, silence):
    def some_then_nothing(out):
        _endless_mjpeg(out, count=20)
        silence.wait(30)

    with (
        MediaSource(serve({"/video": some_then_nothing}) + "video", SETTINGS, time.monotonic()) as source,
        pytest.raises(SourceError, match="broke off"),
    ):
        list(source)


@pytest.fixture
def silence():
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def serve():
    """serve({"/path": function that writes the body}) -> the server's address."""
    servers = []

    def start(pages, length=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = pages.get(self.path.partition("?")[0])
                self.send_response(200 if page else 404)
                kind = "multipart/x-mixed-replace; boundary=frame" if page is not None and "video" in self.path else ""
                self.send_header("Content-Type", kind or "application/octet-stream")
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.end_headers()
                try:
                    if page:
                        page(self.wfile)
                except OSError:
                    pass  # the reader has gone

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _endless_mjpeg(out, count=10_000):
    for index in range(count):
        jpeg = cv2.imencode(".jpg", toy.plain((toy.RED, toy.GREEN)[index % 2]))[1].tobytes()
        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        out.write(head.encode() + jpeg + b"\r\n")
        time.sleep(0.01)


def _refused(path, words):
    with pytest.raises(SourceError, match=words) as caught:
        MediaSource(str(path), SETTINGS, 0.0)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _patch_matrix(path, rotation):
    """Writes the 2x2 part of the track header's matrix, 16.16 fixed point."""
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    for place, value in zip((0, 4, 12, 16), rotation, strict=True):
        data[matrix + place : matrix + place + 4] = (value * 65536).to_bytes(4, "big", signed=True)
    path.write_bytes(data)


def _noisy_clip(path, options=None):
    """Forty frames of noise at 10 a second: every frame has its bytes, so that cutting the file cuts frames."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 48, 64, 3), np.uint8)
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.options = {"g": "5", "bf": "0"}
        for index, image in enumerate(noise):
            picture = av.VideoFrame.from_ndarray(image, format="bgr24")
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def _assert_same_start(frames, whole):
    for one, other in zip(frames[:-1], whole, strict=False):
        assert one.time_s == other.time_s
        assert np.array_equal(one.image, other.image)


def cut(path, share):
    """A clip whose index stands at its front, without the last part of its pictures."""
    whole = toy.colour_clip(path.with_name("whole.mp4"), 20, 10, lambda _: toy.RED)
    with av.open(str(whole)) as source, av.open(str(path), "w", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    data = path.read_bytes()
    start = data.index(b"mdat")
    path.write_bytes(data[: start + int((len(data) - start) * share)])
    return path


@pytest.mark.parametrize(("share", "named"), [(0.4, True), (1.0, False)])
def test_a_clip_without_its_end_is_named(tmp_path, caplog, share, named):
    with caplog.at_level(logging.WARNING):
        frames = read(cut(tmp_path / "clip.mp4", share))
    assert (len(frames) < 200) is named
    assert ("of 19.9 s; is the file whole?" in caplog.text) is named


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
@pytest.mark.parametrize(("share", "named"), [(0.4, True), (1.0, False)])
def test_a_matroska_file_without_its_end_is_named(tmp_path, caplog, suffix, share, named):
    whole = _noisy_clip(tmp_path / "whole.mkv")
    data = whole.read_bytes()
    path = tmp_path / f"clip{suffix}"
    path.write_bytes(data[: int(len(data) * share)])
    with caplog.at_level(logging.WARNING):
        frames = read(path)
    assert (len(frames) < 40) is named
    assert ("of 4.0 s; is the file whole?" in caplog.text) is named
    assert bool(index_file(path, "clip").missing) is named


def test_sound_that_lasts_longer_than_the_picture_is_no_missing_end(tmp_path, caplog):
    path = _with_long_sound(tmp_path / "both.mkv")
    with av.open(str(path)) as container:
        assert container.duration > 8 * av.time_base
    with caplog.at_level(logging.WARNING):
        assert len(read(path)) == 10
    assert not caplog.records
    assert index_file(path, "both").missing == ""


def _with_long_sound(path):
    """One second of pictures and about nine of sound."""
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100)
        video = container.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for index in range(400):
            samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            samples.sample_rate, samples.pts = 44100, index * 1024
            container.mux(sound.encode(samples))
            if index < 10:
                picture = av.VideoFrame.from_ndarray(toy.plain(toy.RED), format="bgr24")
                picture.pts = index
                container.mux(video.encode(picture))
        container.mux(sound.encode(None))
        container.mux(video.encode(None))
    return path
