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
from app.config.settings import InferenceSettings, TeachSettings
from app.entities import Frame, NewModel
from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.teach.window_mode import TeachMode
from tests import toy
from tests.app import process, screen
from tests.app.live import Live, session
from tests.app.servers import NetworkCamera, mjpeg
from tests.conftest import SharedClip

pytestmark = screen.NEEDS_WINDOW


class Stage:
    """What is before the camera: pictures shown again and again."""

    def __init__(self, camera: NetworkCamera) -> None:
        self.url = f"http://127.0.0.1:{camera.port}/video"
        self.pictures: list[Image] = [toy.plain(toy.RED)]
        self._camera, self._over = camera, threading.Event()
        self._thread = threading.Thread(target=self._play)
        self._thread.start()

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


def noisy(colour: tuple[int, int, int]) -> list[Image]:
    rng = np.random.default_rng(0)
    return [
        np.clip(toy.plain(colour, 320, 240) + rng.integers(-30, 31, (240, 1, 3)), 0, 255).astype(np.uint8)
        for _ in range(7)
    ]


def captured(live: Live, label: str) -> list[Path]:
    return sorted((live.folder / "captures" / label).glob("*/*.jpg"))


def names(live: Live, text: str) -> None:
    live.presses("n")
    live.person.types(text)
    live.presses("Return")


def learns(live: Live) -> None:
    """Enter, and until a first file of the new model is there to be written."""
    live.presses("Return")
    time.sleep(2)
    live.waits_for(lambda: (live.presses("w"), list((live.folder / "models").glob("*.onnx")))[1], "a model")


def test_two_signs_are_taught_and_recognised(
    display: str, tmp_path: Path, stage: Stage, shared_clip: SharedClip
) -> None:
    signs = {
        "clap": pictures_of(shared_clip("generated_clapping.mp4"), 12),
        "걷기": pictures_of(shared_clip("generated_walking.mp4"), 12),
    }
    stage.pictures = signs["clap"]
    with session(display, tmp_path, "--source", stage.url, "--log", "log.csv") as live:
        live.presses("t")
        for number, (label, pictures) in enumerate(signs.items(), 1):
            names(live, label)
            stage.pictures = pictures
            time.sleep(0.5)
            live.person.holds(str(number), 3)
            live.waits_for(lambda label=label: len(captured(live, label)) >= 8, f"pictures of {label}")
        assert len(captured(live, "걷기")) <= 3 * 10 + 2, "ten a second at most"
        live.presses("k")  # the old classes go
        learns(live)
        for label in ("clap", "걷기"):
            stage.pictures = signs[label]
            time.sleep(2)
        live.presses("q")
        status, err = live.ends()
    assert (status, err) == (0, "")
    taught = Classifier(min((tmp_path / "models").glob("*.onnx")))
    assert taught.contract.labels == ("clap", "걷기")
    for label, pictures in signs.items():
        probs = taught.predict(np.stack([prepare(picture, taught.contract.input) for picture in pictures])).probs
        assert (probs.argmax(axis=1) == taught.contract.labels.index(label)).mean() > 0.9
    log = (tmp_path / "log.csv").read_text(encoding="utf-8")
    assert ",clap," in log and ",걷기," in log, "the very next frames use the new classes"
    whole = read_image(captured(live, "clap")[0])
    assert whole is not None and whole.shape == (360, 640, 3), "the full picture as the camera gave it"


def test_undo_takes_the_last_burst_off_the_disk(display: str, tmp_path: Path, model: Path, stage: Stage) -> None:
    stage.pictures = noisy(toy.GREEN)
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        live.presses("t")
        names(live, "one")
        live.person.holds("1", 2)
        live.waits_for(lambda: len(captured(live, "one")) >= 4, "a burst")
        time.sleep(1)
        first = len(captured(live, "one"))
        live.person.holds("1", 2)
        live.waits_for(lambda: len(captured(live, "one")) >= first + 2, "another burst")
        time.sleep(0.5)
        live.presses("u")
        live.waits_for(lambda: len(captured(live, "one")) == first, "only the first burst")
        live.presses("t")
        live.presses("q")
        assert live.ends() == (0, "")


def test_a_correction_keeps_the_last_second(display: str, tmp_path: Path, model: Path, stage: Stage) -> None:
    stage.pictures = noisy((20, 220, 200))
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        time.sleep(2)
        live.presses("c")
        live.presses("1")  # red; it says green
        live.waits_for(lambda: captured(live, "red"), "the last second")
        assert 3 <= len(captured(live, "red")) <= 11
        live.presses("t")
        live.presses("c")  # from the open list as well
        live.presses("2")
        live.waits_for(lambda: captured(live, "green"), "the last second, as green")
        live.presses("t")
        live.presses("u")
        live.waits_for(lambda: not captured(live, "green"), "as before")
        learns(live)
        live.presses("q")
        assert live.ends() == (0, "")
    taught = Classifier(min((tmp_path / "models").glob("*.onnx")))
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
        time.sleep(1)
        live.presses("q")
        assert live.ends() == (0, "")
    assert not (tmp_path / "models").exists()


def test_a_lesson_that_was_not_written_says_how_to_teach_it_again(
    display: str, tmp_path: Path, model: Path, stage: Stage
) -> None:
    stage.pictures = noisy((20, 200, 200))
    with session(display, tmp_path, "--source", stage.url, "--model", model) as live:
        live.presses("t")
        names(live, "yellow")
        live.person.holds("1", 3)
        live.presses("Return")
        time.sleep(3)
        live.presses("q")
        out, err = live.app.communicate(timeout=15)
    assert (live.app.returncode, err) == (0, "")
    assert "python -m app.teach --data captures" in out


def test_with_predictions_the_classes_cannot_change(display: str, tmp_path: Path, model: Path) -> None:
    with session(
        display, tmp_path, "--source", "synthetic", "--model", model, "--predictions", "p.csv"
    ) as live:  # fmt: skip
        for key in ("t", "n", "c"):
            live.presses(key)
        live.presses("q")
        assert live.ends() == (0, "")
    assert not (tmp_path / "captures").exists()


def test_without_teaching_nothing_of_it_is_written(tmp_path: Path, model: Path, clip: Path) -> None:
    done = process.run("--source", clip, "--model", model, "--no-window", folder=tmp_path)
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def teacher(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TeachMode]:
    """Without a window: keys are pressed on it, and what it says is in `said`."""
    monkeypatch.chdir(tmp_path)
    made = TeachMode(Classifier(model), TeachSettings(), InferenceSettings())
    made.said = []
    made.say = made.said.append
    yield made
    made.close()


def learn(teacher: TeachMode) -> object:
    """One class from eight pictures, as the window would; what `poll` gives in the end."""
    for key in (*"tnone", "\r", "1"):
        teacher.press(ord(key))
    for number, picture in enumerate(noisy((20, 200, 200)) * 2):
        teacher.press(ord("1"))
        teacher.see(Frame(picture, number, number / 10, "cam"))
        time.sleep(0.11)
    teacher.press(13)
    deadline_s = time.monotonic() + 20
    while (found := teacher.poll()) is None and not teacher.said[-1].startswith("expected"):
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    return found


def test_a_disk_that_is_full_is_told_and_leaves_no_model(teacher: TeachMode, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(learn(teacher), NewModel)

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    teacher.press(ord("w"))
    assert "No space left on device" in teacher.said[-1]
    assert list(Path("models").iterdir()) == []


def test_an_error_that_nobody_expected_is_raised(teacher: TeachMode, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.teach.teach.teach", broken)
    with pytest.raises(ZeroDivisionError):
        learn(teacher)
