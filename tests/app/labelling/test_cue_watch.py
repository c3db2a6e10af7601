"""When a source is looked at, and what its frames get."""

import threading
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.config.settings import CueSettings, InferenceSettings, Settings
from app.cues.finder import CueFinder
from app.cues.findings import Findings
from app.entities import Frame
from app.errors import ModelError
from app.images.prepare import InputSpec
from app.labelling import cue_watch
from app.labelling.cue_watch import STALE_S, CueWatch
from app.model.classifier import Classifier
from app.model.contract import CueSpec, ModelContract
from tests import toy


@pytest.fixture(scope="module")
def contract(model: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelContract:
    path = tmp_path_factory.mktemp("cues") / "cues.onnx"
    return Classifier(toy.write_cue_model(path, model, "face found")).contract


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The reds of the images that were looked at, instead of looking."""
    seen: list[int] = []

    def look(finder: CueFinder, image: toy.Image) -> Findings:
        seen.append(int(image[0, 0, 2]))
        return Findings(faces=seen[-1])

    monkeypatch.setattr(CueFinder, "look", look)
    return seen


def frame(number: int, time_s: float, connection: int = 0, *, is_picture: bool = False) -> Frame:
    return Frame(toy.plain((0, 0, number)), number, time_s, "source", connection, is_picture)


def settings(rate_hz: float = 10.0, use: str = "on", **inference: float) -> Settings:
    return Settings(cues=CueSettings(use=use, rate_hz=rate_hz), inference=InferenceSettings(**inference))  # type: ignore[arg-type]


def wait_for(condition: object) -> None:
    until_s = time.monotonic() + 60
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until_s
        time.sleep(0.005)


@pytest.mark.parametrize(("fps", "frames"), [(30, 30), (10, 10), (60, 60)])
def test_a_file_is_looked_at_at_the_same_moments_at_any_rate(
    contract: ModelContract, looked: list[int], fps: int, frames: int
) -> None:
    with CueWatch(contract, settings()) as watch:
        cues = [watch.of_file(frame(number, number / fps)) for number in range(frames)]
    assert [number / fps for number in looked] == pytest.approx([tenth / 10 for tenth in range(10)], abs=1 / fps)
    assert all(one is not None for one in cues)


def test_frames_between_two_looks_have_the_cues_of_the_one_before(contract: ModelContract, looked: list[int]) -> None:
    with CueWatch(contract, settings()) as watch:
        found = [watch.of_file(frame(number, number / 20)) for number in range(6)]
    assert [one.findings.faces for one in found if one] == [0, 0, 2, 2, 4, 4] and looked == [0, 2, 4]


def test_a_file_is_not_looked_at_more_often_than_it_is_classified(contract: ModelContract, looked: list[int]) -> None:
    with CueWatch(contract, settings(every_s=1.0)) as watch:
        for number in range(30):
            watch.of_file(frame(number, number / 10))
    assert looked == [0, 10, 20]


def test_each_picture_of_a_folder_is_looked_at_alone(contract: ModelContract, looked: list[int]) -> None:
    with CueWatch(contract, settings(rate_hz=1.0)) as watch:
        found = [watch.of_file(frame(number, number / 30, is_picture=True)) for number in range(4)]
    assert looked == [0, 1, 2, 3] and [one.findings.faces for one in found if one] == [0, 1, 2, 3]


def test_live_frames_get_the_newest_cues_that_are_there(contract: ModelContract, looked: list[int]) -> None:
    with CueWatch(contract, settings()) as watch:
        assert watch.of_live(frame(1, 0.0)) is None
        wait_for(lambda: watch.of_live(frame(2, 0.05)) is not None)
        cues = watch.of_live(frame(3, 0.06))
        assert cues is not None and cues.findings.faces == 1 and looked == [1]
        watch.of_live(frame(4, 0.11))
        wait_for(lambda: looked == [1, 4])
    assert "cues" not in {thread.name for thread in threading.enumerate()}


def test_a_slow_look_holds_up_no_frame(contract: ModelContract, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on = threading.Event(), threading.Event()

    def look(finder: CueFinder, image: toy.Image) -> Findings:
        began.set()
        assert go_on.wait(60)
        return Findings()

    monkeypatch.setattr(CueFinder, "look", look)
    with CueWatch(contract, settings()) as watch:
        watch.of_live(frame(0, 0.0))
        assert began.wait(60)
        assert [watch.of_live(frame(number, number / 10)) for number in range(1, 20)] == [None] * 19
        go_on.set()


def test_cues_grow_stale_and_do_not_outlive_a_connection(contract: ModelContract, looked: list[int]) -> None:
    with CueWatch(contract, settings(rate_hz=0.01)) as watch:
        watch.of_live(frame(1, 0.0))
        wait_for(lambda: watch.of_live(frame(2, 0.1)) is not None)
        assert watch.of_live(frame(3, STALE_S)) is not None
        assert watch.of_live(frame(4, STALE_S + 0.1)) is None
        assert watch.of_live(frame(5, 0.2, connection=1)) is None


def test_what_fails_in_the_thread_is_raised_where_frames_come(
    contract: ModelContract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        cue_watch, "CueNetworks", lambda: (_ for _ in ()).throw(ModelError("face_points.onnx: missing"))
    )

    def fails() -> bool:
        try:
            watch.of_live(frame(0, 0.0))
        except ModelError:
            return True
        return False

    with CueWatch(contract, settings()) as watch:
        wait_for(fails)
        with pytest.raises(ModelError, match="missing"):
            watch.of_live(frame(1, 0.1))


def test_nothing_is_sought_when_it_is_off_or_the_model_takes_no_cues(
    contract: ModelContract, model: Path, looked: list[int]
) -> None:
    for of, use in ((contract, "off"), (Classifier(model).contract, "on")):
        with CueWatch(of, settings(use=use)) as watch:
            assert watch.of_file(frame(0, 0.0)) is None and watch.of_live(frame(1, 0.1)) is None and not watch.on
    assert looked == []


def test_a_model_of_other_cues_is_refused_before_anything_is_looked_at() -> None:
    of = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3, cues=CueSpec(99, ("a", "b")))
    with pytest.raises(ModelError, match="version 99"):
        CueWatch(of, Settings())
    CueWatch(of, replace(Settings(), cues=CueSettings(use="off")))
