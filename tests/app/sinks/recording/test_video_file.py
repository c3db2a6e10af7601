"""Every video file is read back with PyAV."""

import subprocess
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.config.settings import RecordSettings, SourceSettings
from app.errors import OutputError
from app.sinks.recording.video_file import VideoFile
from app.sources.media import MediaSource
from tests import toy
from tests.app.conftest import Room
from tests.app.sinks.recording.playing import FAST, is_open, play
from tests.conftest import ROOT


def record(path: Path, images: Iterable[tuple[Image, float]], settings: RecordSettings = FAST) -> Path:
    """A video of BGR images, each with its time in s."""
    file = VideoFile(path, settings)
    try:
        for image, time_s in images:
            file.write(image, time_s)
    finally:
        file.close()
    return path


def test_without_an_image_there_is_no_file_and_an_old_one_stays(tmp_path: Path) -> None:
    (tmp_path / "old.mp4").write_bytes(b"precious")
    for name in ("new.mp4", "old.mp4"):
        record(tmp_path / name, [])
    assert [path.name for path in tmp_path.iterdir()] == ["old.mp4"]
    assert (tmp_path / "old.mp4").read_bytes() == b"precious"


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
    _, images = play(path)
    assert len(images) == 3
    assert all(image.shape == (height // 2 * 2, width // 2 * 2, 3) for image in images)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 48), (64, 1), (20_000, 32)])
def test_an_image_too_small_or_too_large_for_h264_is_an_error(tmp_path: Path, width: int, height: int) -> None:
    with pytest.raises(OutputError, match=f"{width}x{height}"):
        record(tmp_path / "clip.mp4", [(toy.plain(toy.RED, width, height), 0.0)])
    assert not (tmp_path / "clip.mp4").exists()


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
    images = [(toy.plain(((index * 40) % 256, 0, 0)), time_s) for index, time_s in enumerate(times)]
    path = record(tmp_path / "clip.mp4", images)
    played, _ = play(path)
    assert played == pytest.approx([time_s - times[0] for time_s in times], abs=1e-3)
    with av.open(str(path)) as container:
        last_s = min(times[-1] - times[-2], times[-2] - times[-3])
        wall_s = times[-1] - times[0] + last_s
        assert container.duration / av.time_base == pytest.approx(wall_s, abs=2e-3)
        assert container.streams.video[0].duration * container.streams.video[0].time_base == pytest.approx(
            wall_s, abs=2e-3
        )


def duration_s(path: Path) -> float:
    with av.open(str(path)) as container:
        assert container.duration is not None
        return container.duration / 1e6


def test_a_pause_before_the_last_image_is_not_played_twice(tmp_path: Path) -> None:
    times = [*(index / 30 for index in range(90)), 60.0]
    path = record(tmp_path / "clip.mp4", [(toy.plain(toy.RED), time_s) for time_s in times])
    assert duration_s(path) == pytest.approx(60 + 1 / 30, abs=2e-3)


@pytest.mark.parametrize("lasts_s", [0.04, 10.0, 8 * 3600.0])
def test_the_last_image_is_shown_for_as_long_as_its_source_says(tmp_path: Path, lasts_s: float) -> None:
    file = VideoFile(tmp_path / "clip.mp4", FAST)
    file.write(toy.plain(toy.RED), 5.0, lasts_s)
    file.close()
    assert file.seconds == pytest.approx(lasts_s)
    assert duration_s(file.path) == pytest.approx(lasts_s, abs=2e-3)


@pytest.mark.parametrize("pause_s", [4 * 3600.0, 8 * 3600.0, 40 * 3600.0])
def test_a_pause_of_hours_is_recorded(tmp_path: Path, pause_s: float) -> None:
    """MP4 counts how long an image stays in 31 bits: six and a half hours."""
    times = [0.0, 1.0, 1.0 + pause_s, 2.0 + pause_s]
    path = record(tmp_path / "clip.mp4", [(toy.plain(toy.RED), time_s) for time_s in times])
    assert set(times) <= {round(time_s, 3) for time_s in play(path)[0]}
    assert duration_s(path) == pytest.approx(3 + pause_s, abs=2e-3)


def test_a_single_image_is_a_recording(tmp_path: Path) -> None:
    times, images = play(record(tmp_path / "clip.mp4", [(toy.plain(toy.GREEN), 5.0)]))
    assert times == [0.0]
    assert np.abs(images[0].astype(int) - toy.GREEN).max() < 12


@pytest.mark.parametrize("size", [(64, 48), (1280, 720)])
@pytest.mark.parametrize("colour", [toy.RED, toy.GREEN, toy.BLUE, toy.GREY, (0, 0, 0), (255, 255, 255), (180, 90, 40)])
def test_colours_are_right(tmp_path: Path, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    """Small and large: players guess another colour matrix for HD where the file does not say which."""
    path = record(tmp_path / "clip.mp4", [(toy.plain(colour, *size), 0.0), (toy.plain(colour, *size), 0.1)])
    _, images = play(path)
    assert np.abs(images[-1].reshape(-1, 3).mean(axis=0) - colour).max() <= 4
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (int(context.colorspace), int(context.color_range)) == (6, 1), "BT.601, limited range"


def test_the_image_is_not_turned_or_mirrored(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    image = cv2.resize(image, (256, 192), interpolation=cv2.INTER_CUBIC)
    _, images = play(record(tmp_path / "clip.mp4", [(image, 0.0)]))
    assert np.abs(images[0].astype(int) - image).mean() < 6


def test_key_frames_come_by_the_clock(tmp_path: Path) -> None:
    """Whatever the rate; a killed recording loses what follows the last of them."""
    path = record(tmp_path / "clip.mp4", [(toy.plain(toy.RED), index / 10) for index in range(50)])
    with av.open(str(path)) as container:
        keys = [frame.time for frame in container.decode(video=0) if frame.key_frame]
    assert keys == pytest.approx([0, 1, 2, 3, 4], abs=1e-3)


def test_an_image_of_another_size_is_fitted_in(tmp_path: Path) -> None:
    """A phone that is turned while it streams: bars to the left and right, nothing stretched."""
    images = [
        (toy.plain(toy.RED, 160, 120), 0.0),
        (toy.plain(toy.GREEN, 120, 160), 0.1),
        (toy.plain(toy.BLUE, 160, 120), 0.2),
    ]
    _, (first, turned, last) = play(record(tmp_path / "clip.mp4", images))
    assert first.shape == turned.shape == last.shape
    assert np.abs(turned[60, 80].astype(int) - toy.GREEN).max() < 12
    assert turned[:, :20].max() < 40
    assert turned[:, -20:].max() < 40
    assert np.abs(last[60, 5].astype(int) - toy.BLUE).max() < 12


def test_one_line_more_is_no_other_size(tmp_path: Path) -> None:
    images = [(toy.plain(toy.RED, 64, 48), 0.0), (toy.plain(toy.GREEN, 65, 49), 0.1)]
    _, (_, second) = play(record(tmp_path / "clip.mp4", images))
    assert np.abs(second.astype(int) - toy.GREEN).max() < 12


def test_close_may_be_called_twice(tmp_path: Path) -> None:
    file = VideoFile(tmp_path / "clip.mp4", FAST)
    file.write(toy.plain(toy.RED), 0.0)
    file.close()
    file.close()
    assert len(play(tmp_path / "clip.mp4")[0]) == 1


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
    assert not is_open(path)
    with MediaSource(str(path), SourceSettings(), 0.0) as source:
        times = [frame.time_s for frame in source]
    assert len(times) >= 5
    assert times == pytest.approx([index / 10 for index in range(len(times))], abs=1e-3)


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
    times, images = play(path)
    assert lasted_s - 2.1 <= times[-1] <= lasted_s
    assert np.diff(times).min() > 0
    assert len({image.tobytes() for image in images}) == len(images)


def test_a_player_can_follow_while_it_is_recorded(tmp_path: Path) -> None:
    """Fragments are on disk as they are made."""
    path = tmp_path / "clip.mp4"
    file = VideoFile(path, FAST)
    for index in range(35):
        file.write(toy.plain(toy.RED), index / 10)
    times, _ = play(path)
    assert times[-1] >= 1.5
    file.close()
