import json
from dataclasses import replace

import numpy as np
import onnx
import pytest

from app.errors import AppError, ConfigError, ModelError, OutputError
from app.model.classifier import Classifier
from app.teach import teach as module
from app.teach.captures import Capture
from app.teach.teach import teach
from tests.conftest import ROOT


def answers(path, captures):
    model = Classifier(path)
    probs = model.predict(np.stack([capture.picture for capture in captures])).probs
    return [model.contract.labels[answer] for answer in probs.argmax(axis=1)]


def test_new_classes_alone(model, captures, tmp_path):
    target = tmp_path / "mine.onnx"
    report = teach(captures, model, target)
    assert answers(target, captures) == [capture.label for capture in captures]
    assert report.accuracy == 1 and report.confused is None and report.kept_loss is None
    assert report.pictures == {"cold": 8, "leafy": 8, "warm": 8} and report.sessions["warm"] == 2
    taught = Classifier(target).contract
    assert taught.labels == ("cold", "leafy", "warm") and taught.info["taught"]["pictures"]["warm"] == 8
    assert str(tmp_path) not in json.dumps(taught.info)
    assert list(tmp_path.iterdir()) == [target]  # no draft


def test_beside_the_old_ones_without_prototypes(model, captures, tmp_path):
    target = tmp_path / "both.onnx"
    report = teach(captures, model, target, keep=True)
    assert Classifier(target).contract.labels == ("red", "green", "blue", "cold", "leafy", "warm")
    assert "no prototypes" in report.warnings[0] and report.kept_loss is not None


def test_a_taught_model_remembers_and_is_taught_again(model, captures, tmp_path):
    first, second = tmp_path / "first.onnx", tmp_path / "second.onnx"
    teach([one for one in captures if one.label != "leafy"], model, first)
    report = teach([one for one in captures if one.label == "leafy"], first, second, keep=True)
    assert Classifier(second).contract.labels == ("cold", "warm", "leafy")
    assert not any("prototypes" in line for line in report.warnings)
    assert any("was taught before" in line for line in report.warnings)
    assert answers(second, captures) == [capture.label for capture in captures]


@pytest.mark.parametrize("name", ["daily_activity", "har15", "stanford40"])
def test_every_shipped_model_can_be_taught(name, tmp_path):
    base = ROOT / "models" / f"{name}.onnx"
    size = Classifier(base).contract.input.size
    rng = np.random.default_rng(0)
    made = [
        Capture(np.clip(rng.normal(mean, 30, (size, size, 3)), 0, 255).astype(np.uint8), label, str(number % 2))
        for label, mean in (("dark room", 40), ("bright room", 210))
        for number in range(5)
    ]
    for keep in (False, True):
        report = teach(made, base, tmp_path / "made.onnx", keep=keep, overwrite=True)
        assert len(Classifier(tmp_path / "made.onnx").contract.labels) == 2 + len(report.kept)


def test_one_class_alone(model, captures, tmp_path):
    with pytest.raises(ConfigError, match="two classes or more, got warm"):
        teach([one for one in captures if one.label == "warm"], model, tmp_path / "x.onnx")


def test_no_class(model, tmp_path):
    for keep in (False, True):
        with pytest.raises(ConfigError, match="got none"):
            teach([], model, tmp_path / "x.onnx", keep=keep)


def test_too_few_pictures(model, captures, tmp_path):
    with pytest.raises(ConfigError, match=r"expected 5 readable pictures of every class, too few of warm \(4\)"):
        teach(captures[4:], model, tmp_path / "x.onnx")


@pytest.mark.parametrize("label", ["x" * 81, "a\nb", " "])
def test_names_that_are_no_labels(model, captures, label, tmp_path):
    named = [replace(one, label=label) if one.label == "warm" else one for one in captures]
    with pytest.raises(ConfigError, match="rename the class"):
        teach(named, model, tmp_path / "x.onnx")


@pytest.mark.parametrize("label", ["unsure", "Unsure"])
def test_a_class_named_like_the_programs_own_unsure(model, captures, label, tmp_path):
    named = [replace(one, label=label) if one.label == "warm" else one for one in captures]
    with pytest.raises(ConfigError, match="no class is likely"):
        teach(named, model, tmp_path / "x.onnx")


def test_a_class_that_the_model_has(model, captures, tmp_path):
    named = [replace(one, label="Red") if one.label == "warm" else one for one in captures]
    with pytest.raises(ConfigError, match="its class 'red' in other letters"):
        teach(named, model, tmp_path / "x.onnx", keep=True)


def test_an_output_that_cannot_be(model, captures, tmp_path):
    taken = tmp_path / "taken.onnx"
    taken.write_bytes(b"mine")
    for target in (taken, tmp_path / "x.pt", tmp_path / "none" / "x.onnx"):
        with pytest.raises(OutputError):
            teach(captures, model, target)
    assert taken.read_bytes() == b"mine"
    teach(captures, model, taken, overwrite=True)


def test_a_model_that_is_broken(captures, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"x")
    with pytest.raises(ModelError):
        teach(captures, broken, tmp_path / "x.onnx")


def test_a_model_that_disagrees_is_not_written(model, captures, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "answers_of", lambda head, seen, keep: np.zeros((24, 3)))
    with pytest.raises(AppError, match="not written"):
        teach(captures, model, tmp_path / "x.onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_model_remembers_its_classes():
    keys = {item.key for item in onnx.load(ROOT / "models" / "daily_activity.onnx").metadata_props}
    assert "prototypes" in keys
