"""The real window on a virtual screen: keys, the close button, what is to be seen."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.sinks.window.screen import TITLE
from tests import toy
from tests.app import process, screen
from tests.app.servers import NetworkCamera, mjpeg

SCRIPTED_CAMERA = Path(process.__file__).with_name("scripted_camera")

pytestmark = screen.NEEDS_WINDOW


class Live:
    """The app in a window, and a person before it."""

    def __init__(self, display: str, folder: Path, *arguments: object, **more: str) -> None:
        self.folder = folder
        self.app = process.start(*arguments, folder=folder, display=display, **more)
        self.person = screen.Person(display)
        self.window: Any = self.person.finds(TITLE)

    def sees(self) -> Image:
        return self.person.sees(self.window)

    def presses(self, key: str) -> None:
        self.person.presses(key)
        time.sleep(0.3)

    def ends(self) -> tuple[int, str]:
        """Exit status and stderr, in bounded time."""
        _, err = self.app.communicate(timeout=15)
        return self.app.returncode, err

    def waits_for(self, ready: Callable[[], object], what: str) -> None:
        deadline_s = time.monotonic() + 15
        while not ready():
            assert self.app.poll() is None, self.app.communicate()
            assert time.monotonic() < deadline_s, what
            time.sleep(0.1)


@contextmanager
def session(display: str, folder: Path, *arguments: object, **more: str) -> Iterator[Live]:
    live = Live(display, folder, *arguments, **more)
    try:
        yield live
    finally:
        live.app.kill()
        live.app.communicate()
        live.person.leaves()


@pytest.fixture
def live(display: str, tmp_path: Path, model: Path) -> Iterator[Live]:
    """The synthetic source in a window of 640x360."""
    size = ("--set", "source.camera.width_px=640", "--set", "source.camera.height_px=360")
    with session(display, tmp_path, "--source", "synthetic", "--model", model, *size) as running:
        yield running


@pytest.mark.parametrize("key", ["q", "Escape"])
def test_q_and_escape_quit(live: Live, key: str) -> None:
    live.presses(key)
    assert live.ends() == (0, "")


def test_the_close_button_quits(live: Live) -> None:
    live.person.closes(live.window)
    assert live.ends() == (0, "")


def test_s_saves_a_snapshot_that_opens(live: Live) -> None:
    live.presses("s")
    live.waits_for(lambda: list((live.folder / "snapshots").glob("*.png")), "a snapshot")
    live.presses("q")
    assert live.ends() == (0, "")
    (snapshot,) = (live.folder / "snapshots").glob("*.png")
    picture = cv2.imread(str(snapshot))
    assert picture is not None
    assert picture.shape == (360, 640, 3)


def test_r_records_between_two_presses(live: Live) -> None:
    live.presses("r")
    time.sleep(2)
    live.presses("r")
    live.presses("q")
    assert live.ends() == (0, "")
    (recording,) = (live.folder / "recordings").glob("*.mp4")
    with av.open(str(recording)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert times[0] == 0
    assert times[-1] == pytest.approx(2.2, abs=1.0)


def test_the_close_button_in_mid_record_finishes_the_recording(live: Live) -> None:
    live.presses("r")
    time.sleep(1)
    live.person.closes(live.window)
    assert live.ends() == (0, "")
    (recording,) = (live.folder / "recordings").glob("*.mp4")
    with av.open(str(recording)) as container:
        assert len(list(container.decode(video=0))) > 5


def test_space_freezes_the_picture_and_lets_it_go_on(live: Live) -> None:
    live.presses("space")
    frozen = live.sees()
    time.sleep(0.7)
    assert (live.sees() == frozen).all()
    live.presses("space")
    time.sleep(0.7)
    assert (live.sees() != frozen).any()


def test_h_shows_the_help_and_hides_it(live: Live) -> None:
    live.presses("space")
    before = live.sees()
    live.presses("h")
    helped = live.sees()
    middle = (slice(120, 240), slice(220, 420))
    assert helped[middle].mean() < 0.8 * before[middle].mean(), "a dark panel in the middle"
    live.presses("h")
    assert (live.sees() == before).all()


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """A clip whose left half is red and whose right half is blue, 12 s long."""
    picture = np.hstack([toy.plain(toy.RED, 320, 360), toy.plain(toy.BLUE, 320, 360)])
    return toy.write_clip(tmp_path / "halves.mp4", ((picture, index / 10) for index in range(120)))


def left_is(pixels: Image, colour: tuple[int, int, int]) -> bool:
    """Is this pure BGR colour what the left of a 640x360 picture shows, below the label?"""
    spot = pixels[200:260, 20:120].reshape(-1, 3).mean(axis=0)
    return int(spot.argmax()) == int(np.argmax(colour)) and spot.max() > 150


def last_picture(recording: Path) -> Image:
    with av.open(str(recording)) as container:
        return np.asarray(list(container.decode(video=0))[-1].to_ndarray(format="bgr24"), np.uint8)


BARE = ("--record", "out.mp4", "--set", "record.overlay=false")


def test_m_mirrors_the_window_and_not_the_recording(display: str, tmp_path: Path, model: Path, halves: Path) -> None:
    with session(display, tmp_path, "--source", halves, "--model", model, "--realtime", *BARE) as running:
        running.waits_for(lambda: left_is(running.sees(), toy.RED), "a file is not mirrored")
        running.presses("m")
        running.waits_for(lambda: left_is(running.sees(), toy.BLUE), "mirrored")
        running.presses("q")
        assert running.ends() == (0, "")
    assert left_is(last_picture(tmp_path / "out.mp4"), toy.RED)


def test_a_camera_is_found_and_mirrored_in_the_window_only(display: str, tmp_path: Path, model: Path) -> None:
    with session(display, tmp_path, "--model", model, *BARE, PYTHONPATH=str(SCRIPTED_CAMERA)) as running:
        running.waits_for(lambda: left_is(running.sees(), toy.BLUE), "a camera is mirrored: its red is on the right")
        running.presses("m")
        running.waits_for(lambda: left_is(running.sees(), toy.RED), "as the camera sees it")
        running.presses("q")
        assert running.ends() == (0, "")
    assert left_is(last_picture(tmp_path / "out.mp4"), toy.RED)


def test_two_sources_share_the_window(display: str, tmp_path: Path, model: Path) -> None:
    clips = [
        toy.colour_clip(tmp_path / f"{name}.mp4", 8, 10, lambda time_s, colour=colour: colour, width=320, height=180)
        for name, colour in (("red", toy.RED), ("blue", toy.BLUE))
    ]
    given = ("--source", clips[0], "--source", clips[1], "--model", model, "--realtime")
    with session(display, tmp_path, *given) as running:

        def both() -> bool:
            pixels = running.sees()
            height, width = pixels.shape[:2]
            left, right = pixels[height // 2, width // 4], pixels[height // 2, 3 * width // 4]
            return int(left.argmax()) == 2 and int(right.argmax()) == 0

        running.waits_for(both, "red on the left, blue on the right")
        running.presses("q")
        assert running.ends() == (0, "")


def test_a_display_that_does_not_answer_is_told_and_does_without(tmp_path: Path, model: Path, clip: Path) -> None:
    done = process.run("--source", clip, "--model", model, folder=tmp_path, display=":987")
    assert (done.returncode, done.stderr) == (0, "")
    assert "No window: the display :987 does not answer" in done.stdout


def test_a_camera_that_sends_nothing_keeps_no_label_and_says_so(display: str, tmp_path: Path, model: Path) -> None:
    network = NetworkCamera(mjpeg)
    network.picture = toy.plain(toy.GREEN, 640, 360)
    network.switch_on()
    url = f"http://127.0.0.1:{network.port}/video"
    try:
        with session(display, tmp_path, "--source", url, "--model", model) as running:
            running.waits_for(lambda: not _is_plain(running.sees()[: 360 // 3, : 640 // 3]), "a label")
            network.silent.set()
            running.waits_for(lambda: _is_plain(running.sees()[: 360 // 3, : 640 // 3]), "no label")
            assert not _is_plain(running.sees()[-360 // 4 :]), "a line says that no picture comes"
            network.silent.clear()
            running.waits_for(lambda: not _is_plain(running.sees()[: 360 // 3, : 640 // 3]), "a label again")
            running.presses("q")
            assert running.ends()[0] == 0
    finally:
        network.silent.clear()
        network.switch_off()


def test_a_recording_that_cannot_be_made_is_told_in_the_window(display: str, tmp_path: Path, model: Path) -> None:
    full = ("--set", "record.min_free_mb=10000000")
    with session(display, tmp_path, "--source", "synthetic", "--model", model, *full) as running:
        running.presses("r")
        time.sleep(0.5)
        running.presses("q")
        assert running.ends() == (0, "")
    assert list((tmp_path / "recordings").iterdir()) == []


def _is_plain(picture: Image) -> bool:
    """Of one colour, but for JPEG's noise."""
    return bool(picture.reshape(-1, picture.shape[-1]).std(axis=0).max() < 4)
