import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from app.errors import AppError, ConfigError, ModelError, OutputError
from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.paths import MODELS
from app.sources.open import open_source
from app.teach import teach as module
from app.teach.background import probe_frames
from app.teach.capture_cues import with_cues
from app.teach.captures import Capture, Captures
from app.teach.fit import HeadFit, fit_new_classes
from app.teach.teach import TeachOptions, teach

KEEP = TeachOptions(keep_classes=True)


def answers(path: Path, captures: Sequence[Capture]) -> list[str]:
    model = Classifier(path)
    probs = model.predict(np.stack([capture.image for capture in captures])).probs
    return [model.contract.labels[answer] for answer in probs.argmax(axis=1)]


def test_new_classes_alone(model: Path, captures: list[Capture], tmp_path: Path) -> None:
    target = tmp_path / "mine.onnx"
    report = teach(Captures(captures, ["broken.jpg"]), model, target)
    assert answers(target, captures) == [capture.label for capture in captures]
    assert (report.output, report.base) == (str(target), str(model)) and report.seconds > 0
    assert report.accuracy == 1 and report.confused is None and report.kept_loss is None
    assert report.images == {"cold": 8, "leafy": 8, "warm": 8} and report.sessions["warm"] == 2
    assert report.unreadable == ("broken.jpg",)
    taught = Classifier(target).contract
    assert taught.labels == ("cold", "leafy", "warm") and taught.info["taught"]["pictures"]["warm"] == 8
    assert str(tmp_path) not in json.dumps(taught.info)
    assert list(tmp_path.iterdir()) == [target], "no draft"


def test_frames_that_show_nothing_are_not_named(tmp_path: Path) -> None:
    """Black, white and grey frames, ramps and noise were named with up to 97 %."""
    base = MODELS / "daily_activity.onnx"
    size = Classifier(base).contract.input.size
    with open_source("demo") as source:
        frames = [frame.prepare(InputSpec(size, "squeeze")) for frame in islice(source, 500)]
    scenes = (("first", frames[:50:5]), ("last", frames[-50::5]))
    made = [Capture(frame, label, str(number % 2)) for label, shown in scenes for number, frame in enumerate(shown)]
    report = teach(Captures(made), base, tmp_path / "made.onnx")
    model = Classifier(tmp_path / "made.onnx")
    own = np.concatenate(
        [
            model.predict(one.image[None], None if one.cues is None else one.cues[None]).probs
            for one in with_cues(made, 2)
        ]
    )
    nothing = model.predict(probe_frames(size)).probs
    assert (own.max(axis=1) >= model.contract.thresholds[0]).mean() > 0.9
    assert (nothing.max(axis=1) < min(model.contract.thresholds)).all()
    assert report.background_taken is not None and report.background_taken < 0.05
    assert min(model.contract.thresholds) >= 0.5


def test_teaching_twice_gives_the_same_file_but_for_the_time(
    model: Path, captures: list[Capture], tmp_path: Path
) -> None:
    reports = [teach(Captures(captures), model, tmp_path / name) for name in ("a.onnx", "b.onnx")]
    assert replace(reports[0], output="", seconds=0) == replace(reports[1], output="", seconds=0)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


def test_beside_old_classes_without_exemplars(model: Path, captures: list[Capture], tmp_path: Path) -> None:
    target = tmp_path / "both.onnx"
    report = teach(Captures(captures), model, target, KEEP)
    assert Classifier(target).contract.labels == ("red", "green", "blue", "cold", "leafy", "warm")
    assert "weights" in report.warnings[0] and report.kept_loss is not None


def test_a_taught_model_remembers_and_is_taught_again(model: Path, captures: list[Capture], tmp_path: Path) -> None:
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    teach(Captures([one for one in captures if one.label != "leafy"]), model, first)
    report = teach(Captures([one for one in captures if one.label == "leafy"]), first, second, KEEP)
    assert Classifier(second).contract.labels == ("cold", "warm", "leafy")
    assert not any("weights" in line for line in report.warnings)
    assert any("taught before" in line for line in report.warnings)
    assert answers(second, captures) == [capture.label for capture in captures]


@pytest.mark.parametrize("keep_classes", [False, True])
def test_a_shipped_model_can_be_taught(keep_classes: bool, tmp_path: Path) -> None:
    base = MODELS / "daily_activity.onnx"
    size = Classifier(base).contract.input.size
    rng = np.random.default_rng(0)
    made = [
        Capture(np.clip(rng.normal(mean, 30, (size, size, 3)), 0, 255).astype(np.uint8), label, str(number % 2))
        for label, mean in (("dark room", 40), ("bright room", 210))
        for number in range(5)
    ]
    report = teach(Captures(made), base, tmp_path / "made.onnx", TeachOptions(keep_classes=keep_classes))
    assert len(Classifier(tmp_path / "made.onnx").contract.labels) == 2 + len(report.kept)


def test_captures_are_checked_before_anything_slow(
    model: Path, captures: list[Capture], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(module, "embed")
    with pytest.raises(ConfigError, match="two classes or more"):
        teach(Captures([one for one in captures if one.label == "warm"]), model, tmp_path / "x.onnx")


def test_an_output_that_cannot_be(model: Path, captures: list[Capture], tmp_path: Path) -> None:
    taken = tmp_path / "taken.onnx"
    taken.write_bytes(b"mine")
    for target in (taken, tmp_path / "x.pt", tmp_path / "none" / "x.onnx"):
        with pytest.raises(OutputError):
            teach(Captures(captures), model, target)
    assert taken.read_bytes() == b"mine"
    teach(Captures(captures), model, taken, TeachOptions(overwrite=True))
    assert Classifier(taken).contract.labels == ("cold", "leafy", "warm")


def test_a_model_that_is_broken(captures: list[Capture], tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"x")
    with pytest.raises(ModelError, match="broken"):
        teach(Captures(captures), broken, tmp_path / "x.onnx")


def test_a_model_that_disagrees_is_not_written(
    model: Path, captures: list[Capture], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*arguments: object) -> HeadFit:
        found = fit_new_classes(*arguments)
        return replace(found, probs=np.zeros_like(found.probs))

    monkeypatch.setattr(module, "fit_new_classes", wrong)
    with pytest.raises(AppError, match="not written"):
        teach(Captures(captures), model, tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == []
