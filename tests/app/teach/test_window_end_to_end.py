"""The whole loop of teaching, with keys in the real window, before a scripted camera."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from app.arrays import Image
from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from tests import toy
from tests.app import process, screen
from tests.app.live import Live, session
from tests.app.servers import NetworkCamera, mjpeg
from tests.conftest import SharedClip

pytestmark = screen.NEEDS_WINDOW


def noisy(colour: tuple[int, int, int]) -> list[Image]:
    rng = np.random.default_rng(0)
    return [
        np.clip(toy.plain(colour, 640, 360) + rng.integers(-30, 31, (360, 1, 3)), 0, 255).astype(np.uint8)
        for _ in range(7)
    ]


class Stage:
    """What is before the camera: images shown again and again."""

    def __init__(self, camera: NetworkCamera) -> None:
        self.url = f"http://127.0.0.1:{camera.port}/video"
        self.pictures = noisy(toy.RED)
        self._camera, self._over = camera, threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

    def is_seen(self, live: Live) -> bool:
        """Whether the window shows one of the images: compared on its lower left, where nothing is drawn."""
        spot = (slice(180, 300), slice(20, 220))
        seen = live.sees()[spot].astype(int)
        return min(np.abs(seen - picture[spot]).mean() for picture in self.pictures) < 12

    def _play(self) -> None:
        for number in itertools.count():
            self._camera.picture = self.pictures[number % len(self.pictures)]
            if self._over.wait(0.1):
                return

    def ends(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture
def stage() -> Iterator[Stage]:
    camera = NetworkCamera(mjpeg)
    camera.switch_on()
    playing = Stage(camera)
    yield playing
    playing.ends()
    camera.switch_off()


def pictures_of(path: Path, count: int) -> list[Image]:
    with av.open(str(path)) as container:
        frames = itertools.islice(container.decode(video=0), 0, 5 * count, 5)
        return [frame.reformat(width=640, height=360).to_ndarray(format="bgr24") for frame in frames]


def captured(live: Live, label: str) -> list[Path]:
    return sorted((live.folder / "captures" / label).glob("*/*.jpg"))


def names(live: Live, text: str) -> None:
    live.presses("n")
    live.types(text)
    live.presses("Return")


def captures(live: Live, key: str, label: str, count: int) -> list[Path]:
    """Holds a key until so many more images are on disk; all of the class, once the burst has ended."""
    before = len(captured(live, label))
    with live.person.holding(key):
        live.waits_for(lambda: len(captured(live, label)) >= before + count, f"images of {label}")
    found: list[Path] = []
    while found != (now := captured(live, label)):
        found = now
        live.waits_for_pictures(8)
    return found


def learns(live: Live) -> None:
    live.presses("Return")
    live.waits_for(lambda: live.app.out, "the report")


def writes(live: Live) -> Classifier:
    live.presses("w")
    live.waits_for(lambda: list((live.folder / "models").glob("*.onnx")), "a model")
    assert live.quits() == (0, "")
    (path,) = (live.folder / "models").glob("*.onnx")
    return Classifier(path)


def test_two_signs_are_taught_and_recognised(
    display: str, tmp_path: Path, stage: Stage, shared_clip: SharedClip
) -> None:
    signs = {
        "clap": pictures_of(shared_clip("generated_clapping.mp4"), 12),
        "걷기": pictures_of(shared_clip("generated_walking.mp4"), 12),
    }
    stage.pictures = signs["clap"]
    log = tmp_path / "log.csv"
    with session(display, tmp_path, "--source", stage.url, "--log", log) as live:
        live.presses("t")
        for number, (label, pictures) in enumerate(signs.items(), 1):
            names(live, label)
            stage.pictures = pictures
            live.waits_for(lambda: stage.is_seen(live), f"the images of {label}")
            began_s = time.monotonic()
            count = len(captures(live, str(number), label, 8))
            assert count <= 10 * (time.monotonic() - began_s) + 2, "ten a second at most"
        live.presses("k")  # the old classes go
        learns(live)

        def both_are_recognised() -> bool:
            for label in signs:
                stage.pictures = signs[label]
                live.waits_for_pictures(20)
            return all(f",{label}," in log.read_text(encoding="utf-8") for label in signs)

        live.waits_for(both_are_recognised, "frames with the new classes")
        taught = writes(live)
    assert taught.contract.labels == ("clap", "걷기")
    for label, pictures in signs.items():
        probs = taught.predict(np.stack([prepare(picture, taught.contract.input) for picture in pictures])).probs
        assert (probs.argmax(axis=1) == taught.contract.labels.index(label)).mean() > 0.9
    whole = read_image(captured(live, "clap")[0])
    assert whole is not None and whole.shape == (360, 640, 3), "the full picture as the camera gave it"


def test_undo_takes_the_last_burst_off_the_disk(display: str, tmp_path: Path, model: Path, stage: Stage) -> None:
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        live.presses("t")
        names(live, "one")
        first = captures(live, "1", "one", 4)
        live.waits_for_pictures(20)  # longer than keys take to repeat, so that a new press is a new burst
        assert len(captures(live, "1", "one", 2)) > len(first)
        live.presses("u")
        live.waits_for(lambda: captured(live, "one") == first, "only the first burst")
        live.presses("t")
        assert live.quits() == (0, "")


def test_a_correction_keeps_the_last_second(display: str, tmp_path: Path, model: Path, stage: Stage) -> None:
    stage.pictures = noisy((20, 220, 200))
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        live.waits_for_pictures(15)  # more than a second of them
        live.presses("c")
        live.presses("a")  # red; it says green
        live.waits_for(lambda: captured(live, "red"), "the last second")
        live.presses("t")
        assert 3 <= len(captured(live, "red")) <= 11
        live.presses("c")  # from the open list as well
        live.presses("b")
        live.waits_for(lambda: captured(live, "green"), "the last second, as green")
        live.presses("t")
        live.presses("u")
        live.waits_for(lambda: not captured(live, "green"), "as before")
        learns(live)
        taught = writes(live)
    assert taught.contract.labels == toy.LABELS
    picture = prepare(stage.pictures[0], taught.contract.input)
    assert toy.LABELS[int(taught.predict(picture[None]).probs[0].argmax())] == "red"


def test_mistakes_are_told_in_the_window_and_nothing_is_lost(
    display: str, tmp_path: Path, model: Path, stage: Stage
) -> None:
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        live.presses("w")  # not open: no key of the window's
        for key in ("t", "1", "u", "w", "Return", "n", "Return", "Escape", "t"):
            live.presses(key)
        assert live.quits() == (0, "")
    assert not (tmp_path / "models").exists()


def test_a_lesson_that_was_not_written_says_how_to_teach_it_again(
    display: str, tmp_path: Path, model: Path, stage: Stage
) -> None:
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        live.presses("t")
        names(live, "yellow")
        captures(live, "1", "yellow", 8)
        learns(live)
        assert live.quits() == (0, "")
        assert "--data captures" in live.app.out


def test_with_predictions_the_classes_cannot_change(display: str, tmp_path: Path, model: Path) -> None:
    with session(
        display, tmp_path, "--source", "synthetic", "--model", model, "--predictions", "p.csv"
    ) as live:  # fmt: skip
        for key in ("t", "n", "c"):
            live.presses(key)
        assert live.quits() == (0, "")
    assert not (tmp_path / "captures").exists()


def test_without_teaching_nothing_of_it_is_written(tmp_path: Path, model: Path, clip: Path) -> None:
    done = process.run("--source", clip, "--model", model, "--no-window", folder=tmp_path)
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_capitals_stay_capitals(display: str, tmp_path: Path, model: Path, stage: Stage) -> None:
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        live.presses("t")
        live.presses("n")
        for letter in ("T", "e", "A"):
            if letter.isupper():
                with live.person.holding("Shift_L"):
                    live.presses(letter.lower())
            else:
                live.presses(letter)
        live.presses("Return")
        assert captures(live, "1", "TeA", 2)
        live.presses("t")
        assert live.quits() == (0, "")
