"""The committed truth files of real clips speak the language of the shipped model."""

from pathlib import Path

import pytest

from app.model.classifier import Classifier
from app.paths import MODELS
from app.score.names import Names
from app.score.truth.truth import read_truth
from tests.conftest import ROOT

FILES = sorted((ROOT / "tests" / "benchmark" / "truth").glob("*/*.txt"))
NAMES = Names(Classifier(MODELS / "daily_activity.onnx").contract.labels)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_label_is_one_of_the_models(file: Path) -> None:
    truth = read_truth(file, file.stem, NAMES)
    assert truth.timeline.segments[0].start_s == 0 and truth.notes == ()


def test_there_is_one_for_nearly_every_clip() -> None:
    assert len(FILES) == 17, "generated_walking_reading.mp4 shows two things at a time, and has none"
