"""The public way in, as a program that embeds the app uses it."""

import itertools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app import recogniser as module
from app.config.settings import CueSettings, InferenceSettings, Settings, SmoothingSettings
from app.errors import ModelError, SourceError
from app.paths import PROJECT
from app.recogniser import Recogniser
from app.sources.open import open_source
from tests import toy
from tests.conftest import SHARED

RED, GREEN = toy.plain(toy.RED), toy.plain(toy.GREEN)


@pytest.fixture(scope="module")
def recogniser(model: Path) -> Recogniser:
    return Recogniser(model, Settings())


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(("capture", "classify"))] == []


def test_without_arguments_it_is_the_projects_own_model_and_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = Recogniser()
    assert plain.classifier.path == PROJECT / "models" / "daily_activity.onnx"
    assert plain.settings == Settings()
    assert "drinking" in plain.labels


def test_a_model_is_a_path_or_a_text_and_counts_from_where_the_user_is(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)
    assert Recogniser(model.name).labels == Recogniser(Path(model.name)).labels == toy.LABELS
    with pytest.raises(ModelError, match=r"nowhere\.onnx"):
        Recogniser("nowhere.onnx")


def test_settings_choose_how_the_model_runs(model: Path) -> None:
    with pytest.raises(ModelError, match=r"inference\.provider coreml"):
        Recogniser(model, Settings(inference=InferenceSettings(provider="coreml")))


def test_watch_gives_every_frame_of_a_file_in_order_with_its_activity(recogniser: Recogniser, clip: Path) -> None:
    found = list(recogniser.watch(open_source(clip)))
    assert [frame.index for frame, _ in found] == list(range(60))
    assert [found[index][1].label for index in (0, 19, 39)] == ["red", "red", "green"]
    assert found[59][1].label is None, "grey is none of the classes"


def test_watch_starts_again_with_every_call(recogniser: Recogniser, clip: Path) -> None:
    first, second = (list(recogniser.watch(open_source(clip))) for _ in range(2))
    assert [activity for _, activity in first] == [activity for _, activity in second]


@pytest.mark.parametrize("live", [True, False])
def test_break_closes_everything(recogniser: Recogniser, live: bool) -> None:
    source = toy.Pictures(itertools.repeat(RED), live=live, pause_s=0.001)
    for frame, _ in recogniser.watch(source):
        if frame.index >= 5:
            break
    assert source.closed


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_exception_in_the_loop_closes_everything(
    recogniser: Recogniser, live: bool, error: type[BaseException]
) -> None:
    source = toy.Pictures(itertools.repeat(RED), live=live, pause_s=0.001)
    with pytest.raises(error):
        for _ in recogniser.watch(source):
            raise error
    assert source.closed


def test_an_iterator_in_a_variable_is_closed_by_its_close(recogniser: Recogniser) -> None:
    source = toy.Pictures(itertools.repeat(RED))
    watching = recogniser.watch(source)
    next(watching)
    watching.close()
    assert source.closed
    assert next(watching, None) is None


def test_a_source_that_fails_is_an_error_after_its_frames(recogniser: Recogniser) -> None:
    source = toy.Pictures([RED] * 3, error=SourceError("camera 0: unplugged"))
    seen = []
    with pytest.raises(SourceError, match="unplugged"):
        for frame, _ in recogniser.watch(source):
            seen.append(frame.index)
    assert seen == [0, 1, 2]
    assert source.closed


def test_while_the_caller_is_busy_a_live_source_drops_all_but_the_newest(recogniser: Recogniser) -> None:
    source = toy.Pictures([RED] * 200, live=True, pause_s=0.002)
    seen = []
    for frame, _ in recogniser.watch(source):
        seen.append(frame.index)
        time.sleep(0.05)
    assert seen == sorted(set(seen))
    assert len(seen) < 100 and seen[-1] == 199


def test_several_sources_are_told_apart_and_all_closed(recogniser: Recogniser) -> None:
    sources = [toy.Pictures([RED] * 2), toy.Pictures([GREEN] * 3)]
    found = [(frame.source_id, frame.index, activity.label) for frame, activity in recogniser.watch(sources)]
    assert sorted(found) == [
        *(("pictures", index, "red") for index in range(2)),
        *(("pictures (2)", index, "green") for index in range(3)),
    ]
    assert all(source.closed for source in sources)


def test_settings_choose_which_frames_are_classified(model: Path) -> None:
    settings = Settings(inference=InferenceSettings(max_fps=10))
    found = list(Recogniser(model, settings).watch(toy.Pictures([RED] * 30, fps=30)))
    assert sum(bool(activity.probs) for _, activity in found) == 10
    assert {activity.label for _, activity in found} == {"red"}


def test_a_photograph_is_labelled_from_a_file_or_from_memory(recogniser: Recogniser, tmp_path: Path) -> None:
    path = tmp_path / "grün 图.png"
    path.write_bytes(cv2.imencode(".png", GREEN)[1].tobytes())
    for image in (path, str(path), GREEN):
        activity = recogniser.label(image)
        assert (activity.label, activity.since_s, activity.restarted) == ("green", 0.0, True)
        assert activity.confidence == activity.top[0][1] == max(activity.probs) > 0.9


def test_a_photograph_of_nothing_known_is_unsure(recogniser: Recogniser, model: Path) -> None:
    assert recogniser.label(toy.plain(toy.GREY)).label is None
    bold = Recogniser(model, Settings(smoothing=SmoothingSettings(threshold=0.1)))
    assert bold.label(toy.plain(toy.GREY)).label is not None


def test_a_file_is_read_as_in_a_folder_of_photographs(recogniser: Recogniser, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)
    path = tmp_path / "photo.jpg"
    path.write_bytes(cv2.imencode(".jpg", noise)[1].tobytes())
    folder = open_source(tmp_path, min_side_px=recogniser.classifier.contract.input.size)
    ((_, activity),) = recogniser.watch(folder)
    assert recogniser.label(path).probs == activity.probs


@pytest.mark.parametrize("name", ["nowhere.jpg", "text.jpg", "folder", "empty.png"])
def test_what_cannot_be_read_is_a_source_error(recogniser: Recogniser, name: str, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no image")
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(SourceError, match=name):
        recogniser.label(tmp_path / name)


@pytest.mark.parametrize(
    "image", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.float32), np.zeros((0, 9, 3), np.uint8)]
)
def test_an_array_that_is_no_image_is_a_value_error(recogniser: Recogniser, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 BGR"):
        recogniser.label(image)


def test_the_default_settings_are_those_of_the_project(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Settings(smoothing=SmoothingSettings(threshold=0.9999))
    monkeypatch.setattr(module, "load_project_settings", lambda: project)
    assert Recogniser(model).label(RED).label is None


def test_a_model_that_takes_cues_gets_them(tmp_path: Path, model: Path) -> None:
    """Of single images and of files alike; without cues, or with nobody to see, the image alone counts."""
    person = next(iter(sorted((SHARED / "data" / "webcam" / "other").glob("learnlens-*"))), None)
    if person is None:
        pytest.skip("../shared/data/webcam is not here")
    taking = toy.write_cue_model(tmp_path / "cues.onnx", model, "face found")
    recogniser = Recogniser(taking, Settings())
    found = recogniser.label(person)
    assert found.label == "blue" and found.findings is not None and found.findings.face is not None
    empty = recogniser.label(toy.plain(toy.RED, 320, 240))
    assert (empty.label, empty.nobody, empty.top[0][0]) == (None, True, "red")
    without = Recogniser(taking, Settings(cues=CueSettings(use="off")))
    assert (without.label(toy.plain(toy.RED, 320, 240)).label, without.label(person).findings) == ("red", None)
    with open_source(str(person)) as source:
        ((_, activity), *_) = list(recogniser.watch(source))
    assert activity.label == "blue"
