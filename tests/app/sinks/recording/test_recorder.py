"""Every recording is read back with PyAV."""

import subprocess
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
import pytest

from app.arrays import Image
from app.config.settings import DisplaySettings, RecordSettings, SourceSettings
from app.entities import Activity, Frame
from app.errors import OutputError
from app.overlay.overlay import Overlay
from app.sinks.recording.recorder import Recorder
from app.sinks.recording.video_file import VideoFile
from app.sources.media import MediaSource
from tests import toy
from tests.app.conftest import Room
from tests.conftest import ROOT

FAST = RecordSettings(preset="ultrafast", overlay=False)
ACTIVITY = Activity("eating", 0.9, 0.0, (("eating", 0.9), ("walking", 0.1)))


def recorder(settings: RecordSettings = FAST, sources: Sequence[str] = ("cam",)) -> Recorder:
    return Recorder(settings, Overlay(["eating", "walking"], DisplaySettings()), list(sources))


def record(path: Path, pictures: Iterable[tuple[Image, float]], settings: RecordSettings = FAST) -> Path:
    """A recording of BGR images, each with its time in s."""
    with recorder(settings) as sink:
        sink.start(path)
        for index, (image, time_s) in enumerate(pictures):
            sink.write(Frame(image, index, time_s, "cam"), ACTIVITY)
    return path


def play(path: Path) -> tuple[list[float], list[Image]]:
    """The times in s and the BGR images of a video."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [frame.time for frame in frames], [frame.to_ndarray(format="bgr24") for frame in frames]


def test_it_is_h264_that_every_player_takes(tmp_path: Path) -> None:
    path = record(tmp_path / "clip.mp4", [(toy.plain(toy.RED), index / 30) for index in range(40)])
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert "mp4" in container.format.name
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert len(container.streams) == 1
        assert container.duration / av.time_base == pytest.approx(40 / 30, abs=0.01)


@pytest.mark.parametrize(
    ("width", "height"), [(64, 48), (65, 48), (64, 49), (641, 361), (1280, 720), (240, 320), (3, 3), (2, 2)]
)
def test_an_odd_size_loses_a_line(tmp_path: Path, width: int, height: int) -> None:
    path = record(tmp_path / "clip.mp4", [(toy.plain(toy.RED, width, height), index / 30) for index in range(3)])
    _, pictures = play(path)
    assert len(pictures) == 3
    assert all(picture.shape == (height // 2 * 2, width // 2 * 2, 3) for picture in pictures)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 48), (64, 1), (20_000, 32)])
def test_a_picture_too_small_or_too_large_for_h264_is_an_error(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(OutputError, match=f"{width}x{height}"):
        record(tmp_path / "clip.mp4", [(toy.plain(toy.RED, width, height), 0.0)])
    assert not (tmp_path / "clip.mp4").exists()


def test_an_old_recording_is_kept_until_there_is_a_picture(tmp_path: Path) -> None:
    old = tmp_path / "clip.mp4"
    old.write_bytes(b"precious")
    with recorder() as sink:
        sink.start(old)
    VideoFile(old, FAST).close()
    with pytest.raises(OutputError):
        record(old, [(toy.plain(toy.RED, 1, 1), 0.0)])
    assert old.read_bytes() == b"precious"


TIMES = {
    "30 fps": [index / 30 for index in range(60)],
    "29.97 fps": [index * 1001 / 30000 for index in range(60)],
    "irregular": np.cumsum([0, 0.033, 0.5, 0.001, 0.2, 1.7, 0.04, 0.04, 3.0, 0.0333]).tolist(),
    "late start": [1000 + index / 7 for index in range(20)],
    "slow": [0.0, 10.0, 20.0],
    "before zero": [-3.0, -2.5, 1.0],
}


@pytest.mark.parametrize("name", TIMES)
def test_it_plays_as_it_happened(tmp_path: Path, name: str) -> None:
    times = TIMES[name]
    pictures = [(toy.plain(((index * 40) % 256, 0, 0)), time_s) for index, time_s in enumerate(times)]
    path = record(tmp_path / "clip.mp4", pictures)
    played, _ = play(path)
    assert played == pytest.approx([time_s - times[0] for time_s in times], abs=1e-3)
    with av.open(str(path)) as container:
        last_s = times[-1] - times[-2]
        wall_s = times[-1] - times[0] + last_s
        assert container.duration / av.time_base == pytest.approx(wall_s, abs=2e-3)
        assert container.streams.video[0].duration * container.streams.video[0].time_base == pytest.approx(
            wall_s, abs=2e-3
        )


def test_a_single_picture_is_a_recording(tmp_path: Path) -> None:
    times, pictures = play(record(tmp_path / "clip.mp4", [(toy.plain(toy.GREEN), 5.0)]))
    assert times == [0.0]
    assert np.abs(pictures[0].astype(int) - toy.GREEN).max() < 12


@pytest.mark.parametrize("size", [(64, 48), (1280, 720)])
@pytest.mark.parametrize("colour", [toy.RED, toy.GREEN, toy.BLUE, toy.GREY, (0, 0, 0), (255, 255, 255), (180, 90, 40)])
def test_colours_are_right(tmp_path: Path, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    """Small and large: players guess another colour matrix for HD where the file does not say which."""
    path = record(tmp_path / "clip.mp4", [(toy.plain(colour, *size), 0.0), (toy.plain(colour, *size), 0.1)])
    _, pictures = play(path)
    assert np.abs(pictures[-1].reshape(-1, 3).mean(axis=0) - colour).max() <= 4
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (int(context.colorspace), int(context.color_range)) == (6, 1), "BT.601, limited range"


def test_the_picture_is_not_turned_or_mirrored(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    image = cv2.resize(image, (256, 192), interpolation=cv2.INTER_CUBIC)
    _, pictures = play(record(tmp_path / "clip.mp4", [(image, 0.0)]))
    assert np.abs(pictures[0].astype(int) - image).mean() < 6


def test_key_frames_come_by_the_clock(tmp_path: Path) -> None:
    """Whatever the rate; a killed recording loses what follows the last of them."""
    path = record(tmp_path / "clip.mp4", [(toy.plain(toy.RED), index / 10) for index in range(50)])
    with av.open(str(path)) as container:
        keys = [frame.time for frame in container.decode(video=0) if frame.key_frame]
    assert keys == pytest.approx([0, 1, 2, 3, 4], abs=1e-3)


def test_a_picture_of_another_size_is_fitted_in(tmp_path: Path) -> None:
    """A phone that is turned while it streams: bars to the left and right, nothing stretched."""
    pictures = [
        (toy.plain(toy.RED, 160, 120), 0.0),
        (toy.plain(toy.GREEN, 120, 160), 0.1),
        (toy.plain(toy.BLUE, 160, 120), 0.2),
    ]
    _, (first, turned, last) = play(record(tmp_path / "clip.mp4", pictures))
    assert first.shape == turned.shape == last.shape
    assert np.abs(turned[60, 80].astype(int) - toy.GREEN).max() < 12
    assert turned[:, :20].max() < 40
    assert turned[:, -20:].max() < 40
    assert np.abs(last[60, 5].astype(int) - toy.BLUE).max() < 12


def test_one_line_more_is_no_other_size(tmp_path: Path) -> None:
    pictures = [(toy.plain(toy.RED, 64, 48), 0.0), (toy.plain(toy.GREEN, 65, 49), 0.1)]
    _, (_, second) = play(record(tmp_path / "clip.mp4", pictures))
    assert np.abs(second.astype(int) - toy.GREEN).max() < 12


def test_several_sources_have_a_file_each(tmp_path: Path) -> None:
    with recorder(sources=("one", "two", "three")) as sink:
        sink.start(tmp_path / "clip.mp4")
        for index in range(5):
            sink.write(Frame(toy.plain(toy.BLUE), index, index / 10, "two"), ACTIVITY)
            sink.write(Frame(toy.plain(toy.RED, 32, 32), index, 7 + index / 5, "one"), ACTIVITY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip-1.mp4", "clip-2.mp4"]
    times, pictures = play(tmp_path / "clip-1.mp4")
    assert times == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=1e-3)
    assert pictures[0].shape == (32, 32, 3)
    assert play(tmp_path / "clip-2.mp4")[1][0].shape == (48, 64, 3)


def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    with recorder() as sink:
        sink.start(tmp_path / "clip.mp4")
    VideoFile(tmp_path / "bare.mp4", FAST).close()
    assert list(tmp_path.iterdir()) == []


def test_only_what_lies_between_start_and_stop_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = [Frame(toy.plain(toy.RED), index, index / 10, "cam") for index in range(30)]
    with recorder() as sink:
        for frame in frames[:10]:
            sink.write(frame, ACTIVITY)
        assert not sink.active
        sink.start(tmp_path / "first.mp4")
        assert sink.active
        for frame in frames[10:20]:
            sink.write(frame, ACTIVITY)
        (line,) = sink.stop()
        assert not sink.active
        assert len(play(tmp_path / "first.mp4")[0]) == 10, "finished while the session goes on"
        sink.write(frames[20], ACTIVITY)
        sink.start(tmp_path / "second.mp4")
        for frame in frames[21:]:
            sink.write(frame, ACTIVITY)
    assert str(tmp_path / "first.mp4") in line
    assert len(play(tmp_path / "second.mp4")[0]) == 9
    assert "second.mp4" in capsys.readouterr().out


def test_stop_without_a_start_has_nothing_to_say() -> None:
    with recorder() as sink:
        assert sink.stop() == []


def test_close_may_be_called_twice(tmp_path: Path) -> None:
    file = VideoFile(tmp_path / "clip.mp4", FAST)
    file.write(toy.plain(toy.RED), 0.0)
    file.close()
    file.close()
    assert len(play(tmp_path / "clip.mp4")[0]) == 1


@pytest.mark.parametrize("overlay", [True, False])
def test_the_overlay_is_recorded_unless_told_otherwise(tmp_path: Path, overlay: bool) -> None:
    image = toy.plain(toy.GREY, 320, 240)
    settings = RecordSettings(preset="ultrafast", overlay=overlay)
    drawing = Overlay(["eating", "walking"], DisplaySettings())
    frame = Frame(image, 0, 0.0, "cam")
    drawing.update(frame, ACTIVITY)
    with Recorder(settings, drawing, ["cam"]) as sink:
        sink.start(tmp_path / "clip.mp4")
        sink.write(frame, ACTIVITY)
    _, (picture,) = play(tmp_path / "clip.mp4")
    changed = bool(np.abs(picture.astype(int) - image).max() > 60)
    assert changed is overlay
    assert (image == 128).all(), "the frame itself is left alone"


@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
@pytest.mark.parametrize("crf", [0, 51])
def test_every_quality_can_be_played(tmp_path: Path, preset: str, crf: int) -> None:
    settings = RecordSettings(preset=preset, crf=crf, overlay=False)
    path = record(tmp_path / "clip.mp4", [(toy.plain(toy.RED), index / 30) for index in range(5)], settings)
    assert len(play(path)[0]) == 5


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        record(tmp_path / "nowhere" / "clip.mp4", [(toy.plain(toy.RED), 0.0)])


def test_a_disk_that_fills_up_is_one_error_and_what_was_written_plays(tmp_path: Path, room: Room) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 240, 320, 3), np.uint8)
    path = tmp_path / "clip.mp4"
    with room(2_000_000), pytest.raises(OutputError, match=r"clip\.mp4"):
        record(path, [(image, index / 10) for index, image in enumerate(noise)])
    assert not _is_open(path)
    with MediaSource(str(path), SourceSettings(), 0.0) as source:
        times = [frame.time_s for frame in source]
    assert len(times) >= 5
    assert times == pytest.approx([index / 10 for index in range(len(times))], abs=1e-3)


def test_a_file_that_cannot_be_finished_leaves_the_others_finished(tmp_path: Path, room: Room) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    sink = recorder(sources=("one", "two", "three"))
    sink.start(tmp_path / "clip.mp4")
    for source, image in (("one", toy.plain(toy.RED)), ("two", noise), ("three", toy.plain(toy.GREEN))):
        sink.write(Frame(image, 0, 0.0, source), ACTIVITY)
    with room(100_000), pytest.raises(OutputError, match=r"clip-2\.mp4"):
        sink.close()
    assert not _is_open(tmp_path / "clip-2.mp4")
    assert len(play(tmp_path / "clip-1.mp4")[0]) == len(play(tmp_path / "clip-3.mp4")[0]) == 1


def test_a_recording_that_fails_does_not_hide_the_first_error(
    tmp_path: Path, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    """The error that ended the session is the one to show; that of the recording is a warning."""
    noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    with pytest.raises(ZeroDivisionError), room(3000), recorder() as sink:
        sink.start(tmp_path / "clip.mp4")
        sink.write(Frame(noise, 0, 0.0, "cam"), ACTIVITY)
        raise ZeroDivisionError
    assert "clip.mp4" in caplog.text


def test_a_disk_that_fills_up_ends_the_recording_and_not_the_session(
    tmp_path: Path, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (60, 240, 320, 3), np.uint8)
    sink = recorder()
    sink.start(tmp_path / "clip.mp4")
    with room(500_000):
        for index, image in enumerate(noise):
            sink.write(Frame(image, index, index / 10, "cam"), ACTIVITY)
    assert not sink.active
    (line,) = [record.getMessage() for record in caplog.records]
    assert "clip.mp4: cannot be written any more" in line
    assert "the recording has stopped, the session goes on" in line
    with pytest.raises(OutputError, match="the recording is not whole"):
        sink.close()


def test_there_must_be_room_before_it_starts(tmp_path: Path) -> None:
    sink = recorder(msgspec.structs.replace(FAST, min_free_mb=10_000_000))
    with pytest.raises(OutputError, match="record to another disk"):
        sink.start(tmp_path / "clip.mp4")
    assert not sink.active


def test_a_long_recording_goes_on_in_another_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "clip-part3.mp4").write_bytes(b"precious")
    settings = msgspec.structs.replace(FAST, max_s=1.0)
    pictures = [(np.full((48, 64, 3), index, np.uint8), index / 10) for index in range(30)]
    first = record(tmp_path / "clip.mp4", pictures, settings)
    parts = [first, tmp_path / "clip-part2.mp4", tmp_path / "clip-part4.mp4"]
    levels = [picture.mean() for part in parts for picture in play(part)[1]]
    assert len(levels) == 30, "no frame is lost between two files"
    assert np.diff(levels).min() >= 0
    assert all(play(part)[0][0] == 0 for part in parts)
    assert (tmp_path / "clip-part3.mp4").read_bytes() == b"precious"
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [str(part) for part in parts]


def test_a_large_recording_goes_on_in_another_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 240, 320, 3), np.uint8)
    settings = msgspec.structs.replace(FAST, max_mb=1, crf=0)
    path = record(tmp_path / "clip.mp4", [(image, index) for index, image in enumerate(noise)], settings)
    files = sorted(tmp_path.iterdir())
    assert len(files) > 2
    assert path.stat().st_size < 3_000_000
    assert sum(len(play(file)[0]) for file in files) == 40


def _is_open(path: Path) -> bool:
    """Does this process hold the file open? Only Linux says."""
    held = Path("/proc/self/fd")
    return held.is_dir() and path in [link.readlink() for link in held.iterdir() if link.is_symlink()]


RECORDING = """
    import sys, time
    from pathlib import Path
    import numpy as np
    from app.config.settings import RecordSettings
    from app.sinks.recording.video_file import VideoFile

    file = VideoFile(Path(sys.argv[1]), RecordSettings(preset="ultrafast"))
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    start_s = time.monotonic()
    for index in range(10_000):
        time.sleep(max(0.0, start_s + index / 30 - time.monotonic()))
        file.write(np.roll(noise, index, axis=1), time.monotonic() - start_s)
        print(f"{time.monotonic() - start_s:.3f}", flush=True)
"""


@pytest.mark.timeout(120)
def test_a_killed_recording_plays_up_to_its_last_two_seconds(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    command = [sys.executable, "-c", textwrap.dedent(RECORDING), str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        lasted_s = 0.0
        while lasted_s < 5:
            lasted_s = float(child.stdout.readline())
        child.kill()
        written = [float(line) for line in child.stdout]
        assert child.wait() != 0
    lasted_s = written[-1] if written else lasted_s
    times, pictures = play(path)
    assert lasted_s - 2.1 <= times[-1] <= lasted_s
    assert np.diff(times).min() > 0
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)


def test_a_player_can_follow_while_it_is_recorded(tmp_path: Path) -> None:
    """Fragments are on disk as they are made."""
    path = tmp_path / "clip.mp4"
    file = VideoFile(path, FAST)
    for index in range(35):
        file.write(toy.plain(toy.RED), index / 10)
    times, _ = play(path)
    assert times[-1] >= 1.5
    file.close()
