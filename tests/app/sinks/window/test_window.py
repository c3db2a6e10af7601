"""The real window on a virtual screen: keys, the close button, what is to be seen."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.overlay.findings import FACE
from app.paths import MODELS
from tests import toy
from tests.app import process, screen
from tests.app.live import Live, session
from tests.app.screen import Person
from tests.app.servers import NetworkCamera, mjpeg

SCRIPTED_CAMERA = Path(process.__file__).with_name("scripted_camera")

pytestmark = screen.NEEDS_WINDOW

RECORDED_S = 1.0
LONG_S = 120  # of a clip that must not end before a busy machine has looked at it


@pytest.fixture
def live(display: str, tmp_path: Path, model: Path) -> Iterator[Live]:
    """The synthetic source in a window of 640x360."""
    size = ("--set", "source.camera.width_px=640", "--set", "source.camera.height_px=360")
    with session(display, tmp_path, "--source", "synthetic", "--model", model, *size) as running:
        yield running


def the_recording(live: Live) -> Path:
    """What r has begun, once it has."""
    folder = live.folder / "recordings"
    live.waits_for(lambda: list(folder.glob("*.mp4")), "a recording")
    return next(folder.glob("*.mp4"))


def times(recording: Path) -> list[float]:
    with av.open(str(recording)) as container:
        return [frame.time for frame in container.decode(video=0) if frame.time is not None]


@pytest.mark.parametrize("key", ["q", "Escape"])
def test_q_and_escape_quit(live: Live, key: str) -> None:
    assert live.quits(key) == (0, "")


def test_the_close_button_quits(live: Live) -> None:
    live.person.closes(live.window)
    assert live.ends() == (0, "")


def test_s_saves_a_snapshot_that_opens(live: Live) -> None:
    live.presses("s")
    live.waits_for(lambda: list((live.folder / "snapshots").glob("*.png")), "a snapshot")
    assert live.quits() == (0, "")
    (snapshot,) = (live.folder / "snapshots").glob("*.png")
    picture = cv2.imread(str(snapshot))
    assert picture is not None
    assert picture.shape == (360, 640, 3)


@pytest.mark.parametrize("apart_s", [0.002, 0.005])
def test_keys_pressed_at_once_all_count(live: Live, apart_s: float) -> None:
    """OpenCV's Qt tells of the last one alone, of those that come between two images."""
    keys = ["s", "m", "s", "s", "l", "s", "h", "h", "s", "s", "space", "m"]
    for key in keys:
        live.person.presses(key)
        time.sleep(apart_s)
    wanted = keys.count("s")
    live.waits_for(lambda: len(list((live.folder / "snapshots").glob("*.png"))) >= wanted, "every snapshot")
    live.waits_until_still()
    assert live.quits() == (0, "")
    assert len(list((live.folder / "snapshots").glob("*.png"))) == wanted


def test_r_records_between_two_presses(live: Live) -> None:
    began_s = time.monotonic()
    live.presses("r")
    recording = the_recording(live)
    time.sleep(RECORDED_S)
    live.presses("r")
    live.waits_for(lambda: not live.app.holds_open(recording), "its end")
    lasted_s = time.monotonic() - began_s
    assert live.quits() == (0, "")
    recorded_s = times(recording)
    assert recorded_s[0] == 0
    assert 0.5 * RECORDED_S < recorded_s[-1] < lasted_s


def test_r_while_held_records_from_the_next_image(live: Live) -> None:
    live.presses("space")
    live.waits_until_still()
    live.presses("r")
    assert not list(live.folder.rglob("*.mp4")), "nothing moves, nothing is recorded"
    live.presses("space")
    recording = the_recording(live)
    assert live.quits() == (0, "")
    assert times(recording)


@pytest.mark.parametrize("goes", [Person.closes, Person.destroys], ids=["close button", "destroyed"])
def test_a_window_that_goes_in_mid_record_finishes_the_recording(
    live: Live, goes: Callable[[Person, object], None]
) -> None:
    live.presses("r")
    recording = the_recording(live)
    time.sleep(RECORDED_S)
    goes(live.person, live.window)
    assert live.ends() == (0, "")
    assert times(recording)[-1] > 0.5 * RECORDED_S


def test_space_freezes_the_picture_and_lets_it_go_on(live: Live) -> None:
    live.presses("space")
    frozen = live.waits_until_still()
    live.presses("space")
    live.waits_for(lambda: (live.sees() != frozen).any(), "another picture")


def test_h_shows_the_help_and_hides_it(live: Live) -> None:
    live.presses("space")
    before = live.waits_until_still()
    middle = (slice(120, 240), slice(220, 420))

    def is_dark() -> bool:
        return bool(live.sees()[middle].mean() < 0.8 * before[middle].mean())

    live.presses_until("h", is_dark, "a dark panel in the middle")
    live.presses_until("h", lambda: (live.sees() == before).all(), "the picture without it")


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """A clip whose left half is red and whose right half is blue, longer than a busy machine takes for a test."""
    picture = np.hstack([toy.plain(toy.RED, 320, 360), toy.plain(toy.BLUE, 320, 360)])
    return toy.write_clip(tmp_path / "halves.mp4", ((picture, index / 5) for index in range(5 * LONG_S)))


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
        assert running.quits() == (0, "")
    assert left_is(last_picture(tmp_path / "out.mp4"), toy.RED)


def test_a_camera_is_found_and_mirrored_in_the_window_only(display: str, tmp_path: Path, model: Path) -> None:
    with session(display, tmp_path, "--model", model, *BARE, PYTHONPATH=str(SCRIPTED_CAMERA)) as running:
        running.waits_for(lambda: left_is(running.sees(), toy.BLUE), "a camera is mirrored: its red is on the right")
        running.presses("m")
        running.waits_for(lambda: left_is(running.sees(), toy.RED), "as the camera sees it")
        assert running.quits() == (0, "")
    assert left_is(last_picture(tmp_path / "out.mp4"), toy.RED)


def test_l_draws_what_was_found_and_takes_it_away_again(display: str, tmp_path: Path) -> None:
    """The shipped model on the demo, whose people have faces and hands."""

    def drawn(pixels: Image) -> bool:
        return bool((pixels == FACE).all(axis=-1).sum() > 50)

    with session(display, tmp_path, "--source", "demo", "--model", MODELS / "daily_activity.onnx") as running:
        running.waits_for_pictures(5)
        assert not drawn(running.sees())
        running.presses_until("l", lambda: drawn(running.sees()), "the points of a face")
        running.presses_until("l", lambda: not drawn(running.sees()), "the picture alone")
        assert running.quits() == (0, "")


def test_two_sources_share_the_window(display: str, tmp_path: Path, model: Path) -> None:
    clips = [
        toy.colour_clip(tmp_path / f"{name}.mp4", LONG_S, 5, lambda _, colour=colour: colour, width=320, height=180)
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
        assert running.quits() == (0, "")


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
            assert running.quits()[0] == 0
    finally:
        network.silent.clear()
        network.switch_off()


def test_a_recording_that_cannot_be_made_is_told_in_the_window(display: str, tmp_path: Path, model: Path) -> None:
    full = ("--set", "record.min_free_mb=10000000")
    with session(display, tmp_path, "--source", "synthetic", "--model", model, *full) as running:
        running.presses("r")
        assert running.quits() == (0, "")
    assert list((tmp_path / "recordings").iterdir()) == []


def _is_plain(picture: Image) -> bool:
    """Of one colour, but for JPEG's noise."""
    return bool(picture.reshape(-1, picture.shape[-1]).std(axis=0).max() < 4)
