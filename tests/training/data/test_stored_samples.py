from pathlib import Path

import pytest

from app.errors import ConfigError
from app.images.prepare import InputSpec
from tests.training.data.test_split import make
from tests.training.pictures import COLOURS, make_folders
from training.data.dataset import load_dataset
from training.data.split_file import write_split
from training.data.stored_samples import balanced, first_readable, stored_samples

SPEC = InputSpec(32, "crop")


def test_the_samples_of_each_part_in_the_order_of_the_file(tmp_path: Path) -> None:
    samples = make("a", 2) + make("b", 2) + make("gone", 1)
    write_split(tmp_path / "split.csv", samples, ["val", "train", "train", "val", "train"])
    parts = stored_samples(tmp_path / "split.csv", tmp_path / "data", ("a", "b"))
    assert {part: [sample.name for sample in found] for part, found in parts.items()} == {
        "train": [samples[1].name, samples[2].name],
        "val": [samples[0].name, samples[3].name],
        "test": [],
    }
    first = parts["val"][0]
    assert first.path == tmp_path / "data" / samples[0].name and (first.label, first.sha256) == ("a", samples[0].sha256)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("a,b\n")
    with pytest.raises(ConfigError, match=r"split\.csv: "):
        stored_samples(tmp_path / "split.csv", tmp_path, ("a",))


@pytest.mark.parametrize("count", [2, 4, 6])
def test_any_beginning_is_balanced(count: int) -> None:
    samples = make("a", 10) + make("b", 3)
    turns = balanced(samples)
    assert sorted(turns, key=samples.index) == samples
    assert [sample.label for sample in turns[:count]] == ["a", "b"] * (count // 2)
    assert balanced(samples[::-1]) == turns, "the contents decide, not the order"


def test_the_first_that_can_be_read(tmp_path: Path) -> None:
    samples = list(load_dataset(make_folders(tmp_path / "discs", 3)).samples)
    samples[0].path.write_bytes(b"no image")
    images = first_readable(samples, SPEC, 4)
    assert images.shape == (4, 32, 32, 3)
    middles = images[:, 16, 16].tolist()
    assert middles == [list(COLOURS[label])[::-1] for label in ("blue", "blue", "green", "green")], "RGB"
    assert len(first_readable(samples, SPEC, 100)) == 8
    assert first_readable(samples[:1], SPEC, 5).shape == (0, 32, 32, 3)
