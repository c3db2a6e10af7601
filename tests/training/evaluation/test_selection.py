import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from training.data.dataset import Dataset, Sample
from training.data.split_file import write_split
from training.evaluation.selection import (
    Warnings,
    doubts_about_training_data,
    known_samples,
    mapped_samples,
    restrict_to_part,
)

SAMPLES = tuple(
    Sample(path=Path(name), name=name, label=name[0], sha256=f"hash of {name}", group=name)
    for name in ("a/1.jpg", "a/2.jpg", "b/1.jpg", "c/1.jpg")
)
DATASET = Dataset("d", Path("root"), ("a", "b", "c"), SAMPLES)


@pytest.fixture
def split(tmp_path: Path) -> Path:
    write_split(tmp_path / "split.csv", SAMPLES, ["train", "test", "test", "train"])
    return tmp_path / "split.csv"


def names(samples: tuple[Sample, ...] | list[Sample]) -> list[str]:
    return [sample.name for sample in samples]


def test_warnings_are_printed_at_once_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    warnings = Warnings()
    warnings.add("one", "two")
    warnings.add()
    assert capsys.readouterr().err == "warning: one\nwarning: two\n" and warnings.lines == ["one", "two"]


def test_one_part_is_selected_and_what_changed_is_named(split: Path) -> None:
    warnings = Warnings()
    assert names(restrict_to_part(DATASET, split, "test", warnings.add).samples) == ["a/2.jpg", "b/1.jpg"]
    assert warnings.lines == []
    other = [SAMPLES[0], SAMPLES[2]]
    fewer = Dataset("d", Path("root"), DATASET.labels, tuple(other))
    assert names(restrict_to_part(fewer, split, "test", warnings.add).samples) == ["b/1.jpg"]
    (warning,) = warnings.lines
    assert warning.startswith("1 test images of ") and warning.endswith(": a/2.jpg")
    with pytest.raises(ConfigError, match="none of its train images is below root"):
        restrict_to_part(Dataset("d", Path("root"), ("b",), SAMPLES[2:3]), split, "train", warnings.add)


def test_classes_that_only_one_side_has_are_named() -> None:
    warnings = Warnings()
    assert names(known_samples(DATASET, ["b", "a", "z"], warnings.add)) == ["a/1.jpg", "a/2.jpg", "b/1.jpg"]
    unknown, absent = warnings.lines
    assert unknown.endswith(": c") and absent.endswith(": z")
    with pytest.raises(ConfigError, match=r"no class of the data \(a, b, c\) is one of the model's \(y, z\)"):
        known_samples(DATASET, ["y", "z"], warnings.add)


def test_samples_of_another_source_get_the_models_labels(split: Path) -> None:
    warnings = Warnings()
    mapped = mapped_samples(DATASET, {"a": "x", "b": "x"}, split, warnings.add)
    assert [(sample.name, sample.label) for sample in mapped] == [("a/1.jpg", "x"), ("a/2.jpg", "x"), ("b/1.jpg", "x")]
    left_out, trained_on = warnings.lines
    assert left_out.endswith(": c") and trained_on.startswith("1 of the 3 images ") and str(split) in trained_on
    quiet = Warnings()
    mapped_samples(DATASET, {"a": "a", "b": "b", "c": "c"}, None, quiet.add)
    assert quiet.lines == []


def test_only_a_dataset_of_the_name_that_was_trained_on_is_doubted() -> None:
    for trained_on, count in (("d", 1), ("e", 0), (None, 0)):
        contract = ModelContract(("a", "b"), InputSpec(32, "crop"), (0.5, 0.5), {"dataset": trained_on})
        assert len(list(doubts_about_training_data(DATASET, contract))) == count


def test_classes_are_known_by_their_form_and_get_the_models_spelling() -> None:
    warnings = Warnings()
    found = known_samples(DATASET, ("A", "b ", "C"), warnings.add)
    assert [sample.label for sample in found] == ["A", "A", "b ", "C"] and warnings.lines == []


def test_a_split_finds_its_images_where_accents_are_coded_otherwise(tmp_path: Path) -> None:
    composed, in_pieces = (unicodedata.normalize(form, "müde/1.jpg") for form in ("NFC", "NFD"))
    write_split(tmp_path / "split.csv", [replace(SAMPLES[0], name=composed)], ["test"])
    here = replace(DATASET, samples=(replace(SAMPLES[0], name=in_pieces),))
    warnings = Warnings()
    assert len(restrict_to_part(here, tmp_path / "split.csv", "test", warnings.add).samples) == 1
    assert warnings.lines == []
