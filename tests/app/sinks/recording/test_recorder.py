"""Every recording is read back with PyAV."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest

from app.arrays import Image
from app.config.settings import DisplaySettings, RecordSettings
from app.entities import Activity, Frame
from app.errors import OutputError
from app.overlay.overlay import Overlay
from app.sinks.recording.recorder import Recorder, numbered_path
from tests import toy
from tests.app.conftest import Room
from tests.app.sinks.recording.playing import FAST, is_open, play

ACTIVITY = Activity("eating", 0.9, 0.0, (("eating", 0.9), ("walking", 0.1)))


def recorder(settings: RecordSettings = FAST, sources: Sequence[str] = ("cam",)) -> Recorder:
    return Recorder(settings, Overlay(["eating", "walking"], DisplaySettings()), list(sources))


def record(path: Path, images: Iterable[tuple[Image, float]], settings: RecordSettings = FAST) -> Path:
    """A recording of BGR images, each with its time in s."""
    with recorder(settings) as sink:
        sink.start(path)
        for index, (image, time_s) in enumerate(images):
            sink.write(Frame(image, index, time_s, "cam"), ACTIVITY)
    return path


def test_an_old_recording_is_kept_until_there_is_an_image(tmp_path: Path) -> None:
    old = tmp_path / "clip.mp4"
    old.write_bytes(b"precious")
    with recorder() as sink:
        sink.start(old)
    with pytest.raises(OutputError):
        record(old, [(toy.plain(toy.RED, 1, 1), 0.0)])
    assert old.read_bytes() == b"precious"


def test_several_sources_have_a_file_each(tmp_path: Path) -> None:
    with recorder(sources=("one", "two", "three")) as sink:
        sink.start(tmp_path / "clip.mp4")
        for index in range(5):
            sink.write(Frame(toy.plain(toy.BLUE), index, index / 10, "two"), ACTIVITY)
            sink.write(Frame(toy.plain(toy.RED, 32, 32), index, 7 + index / 5, "one"), ACTIVITY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip-1.mp4", "clip-2.mp4"]
    times, images = play(tmp_path / "clip-1.mp4")
    assert times == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=1e-3)
    assert images[0].shape == (32, 32, 3)
    assert play(tmp_path / "clip-2.mp4")[1][0].shape == (48, 64, 3)


def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    with recorder() as sink:
        sink.start(tmp_path / "clip.mp4")
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
    _, (recorded,) = play(tmp_path / "clip.mp4")
    changed = bool(np.abs(recorded.astype(int) - image).max() > 60)
    assert changed is overlay
    assert (image == 128).all(), "the frame itself is left alone"


def test_a_file_that_cannot_be_finished_leaves_the_others_finished(tmp_path: Path, room: Room) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    sink = recorder(sources=("one", "two", "three"))
    sink.start(tmp_path / "clip.mp4")
    for source, image in (("one", toy.plain(toy.RED)), ("two", noise), ("three", toy.plain(toy.GREEN))):
        sink.write(Frame(image, 0, 0.0, source), ACTIVITY)
    with room(100_000), pytest.raises(OutputError, match=r"clip-2\.mp4"):
        sink.close()
    assert not is_open(tmp_path / "clip-2.mp4")
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
    images = [(np.full((48, 64, 3), index, np.uint8), index / 10) for index in range(30)]
    first = record(tmp_path / "clip.mp4", images, settings)
    parts = [first, tmp_path / "clip-part2.mp4", tmp_path / "clip-part4.mp4"]
    levels = [image.mean() for part in parts for image in play(part)[1]]
    assert len(levels) == 30, "no frame is lost between two files"
    assert np.diff(levels).min() >= 0
    assert all(play(part)[0][0] == 0 for part in parts)
    assert (tmp_path / "clip-part3.mp4").read_bytes() == b"precious"
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == [str(part) for part in parts]


def test_no_time_is_lost_between_two_files(tmp_path: Path) -> None:
    """Nor where the first one ends with a pause."""
    settings = msgspec.structs.replace(FAST, max_s=1.0)
    images = [(np.zeros((48, 64, 3), np.uint8), time_s) for time_s in (0.0, 1.0, 8.0, 8.5)]
    first = record(tmp_path / "clip.mp4", images, settings)
    lengths = []
    for part in (first, tmp_path / "clip-part2.mp4"):
        with av.open(str(part)) as container:
            assert container.duration is not None
            lengths.append(container.duration / av.time_base)
    assert lengths == pytest.approx([8.0, 0.5 + 0.5], abs=2e-3)


def test_a_large_recording_goes_on_in_another_file(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 240, 320, 3), np.uint8)
    settings = msgspec.structs.replace(FAST, max_mb=1, crf=0)
    path = record(tmp_path / "clip.mp4", [(image, index) for index, image in enumerate(noise)], settings)
    files = sorted(tmp_path.iterdir())
    assert len(files) > 2
    assert path.stat().st_size < 3_000_000
    assert sum(len(play(file)[0]) for file in files) == 40


def test_the_files_of_several_sources_are_numbered_from_one() -> None:
    assert [numbered_path(Path("a/clip.mp4"), position).name for position in range(3)] == [
        "clip-1.mp4",
        "clip-2.mp4",
        "clip-3.mp4",
    ]
