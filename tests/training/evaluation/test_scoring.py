from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError, ModelError
from tests import toy
from tests.training.pictures import make_folders
from training.data.dataset import Sample, load_dataset
from training.evaluation.predictions import Predictions
from training.evaluation.scoring import class_numbers, compare_sources, open_models, predict_readable
from training.evaluation.selection import Warnings


def sample(label: str, name: str = "x") -> Sample:
    return Sample(path=Path(name), name=name, label=label, sha256=name, group=name)


def test_only_models_of_the_same_labels_are_averaged(model: Path, tmp_path: Path) -> None:
    assert [opened.path for opened in open_models([model, model])] == [model, model]
    stranger = toy.write_model(tmp_path / "stranger.onnx", labels=("green", "red", "blue"))
    with pytest.raises(ConfigError, match=f"--ensemble {stranger}: "):
        open_models([model, stranger])
    with pytest.raises(ModelError, match=r"gone\.onnx"):
        open_models([model, tmp_path / "gone.onnx"])


def test_what_cannot_be_read_is_named_and_nothing_readable_refused(model: Path, tmp_path: Path) -> None:
    discs = make_folders(tmp_path / "discs", 2)
    (discs / "red" / "broken.jpg").write_bytes(b"no image")
    samples, warnings, models = load_dataset(discs).samples, Warnings(), open_models([model])
    found = predict_readable(models, samples, "none", discs, warnings.add)
    assert found.probs.shape == (6, 3) and len(found.samples) == 6
    assert warnings.lines == ["1 unreadable file skipped: red/broken.jpg"]
    broken = [sample for sample in samples if "broken" in sample.name]
    with pytest.raises(ConfigError, match=f"{discs}: none of its 1 images can be read"):
        predict_readable(models, broken, "none", discs, warnings.add)


def test_class_numbers_follow_the_models_labels() -> None:
    numbers = class_numbers([sample("b"), sample("a"), sample("b")], ("a", "b"))
    assert numbers.tolist() == [1, 0, 1] and numbers.dtype == np.int64


def test_both_sources_are_judged_on_the_classes_that_both_have() -> None:
    probs = np.array([[0.6, 0.3, 0.1], [0.1, 0.5, 0.4], [0.2, 0.3, 0.5]], np.float32)
    here = Predictions([sample("a"), sample("b"), sample("c")], probs, None)
    there = Predictions([sample("a"), sample("a")], probs[1:], None)
    cross = compare_sources("elsewhere", {"A": "a", "C": "c"}, ("a", "b", "c"), here, there)
    assert (cross.source, cross.here.images, cross.there.images) == ("elsewhere", 2, 2)
    assert (cross.here.right_mapped, cross.here.right_all) == (2, 2)
    assert (cross.there.right_mapped, cross.there.right_all) == (0, 0)
