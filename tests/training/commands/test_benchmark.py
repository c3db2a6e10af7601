import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from app.errors import ConfigError
from tests.training import pictures
from training.benchmark.keras_guide import guide_batches, guide_model
from training.commands.benchmark import GUIDE, HERE, BenchmarkOptions, Plan, benchmark
from training.data.dataset import load_dataset
from training.recipe import Recipe, Warmup

RECIPE = Recipe(
    input_size=pictures.SIZE, alpha=pictures.ALPHA, batch_size=8, augment=("light",), warmup=Warmup(epochs=2)
)
PLAN = Plan(recipe=RECIPE, images=16, rounds=2, steps=2, untimed=1)


def test_speeds_and_ratios_on_the_terminal_and_as_json(
    folders: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark(BenchmarkOptions(data=folders, json=tmp_path / "speed.json"), PLAN)
    figures = json.loads((tmp_path / "speed.json").read_text())
    assert figures["images"] == 16 and figures["batch_size"] == 8 and figures["warmup_epochs"] == 2
    for stage in ("all_layers", "warmup_epoch", "warmup"):
        here, guide, ratio = (figures[stage][name] for name in (HERE, GUIDE, "ratio"))
        assert all(0 < low <= median <= high for low, median, high in (here, guide, ratio))
        # the ratios of the rounds lie between those of the extremes
        assert here[0] / guide[2] * 0.98 <= ratio[0] and ratio[2] <= here[2] / guide[0] * 1.02
    assert figures["warmup"][HERE][2] < figures["warmup_epoch"][HERE][2]
    printed = capsys.readouterr().out
    for stage in ("all_layers", "warmup_epoch", "warmup"):
        assert f"{figures[stage]['ratio'][1]:.2f} times as fast as the guide" in printed


def test_too_few_pictures(tmp_path: Path) -> None:
    data = pictures.make_folders(tmp_path / "few", 2)
    (data / "red" / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match="few: expected 8 readable pictures at least, found 6"):
        benchmark(BenchmarkOptions(data=data), PLAN)


def test_a_json_file_that_cannot_be_is_refused_before_the_work(folders: Path, tmp_path: Path) -> None:
    options = BenchmarkOptions(data=folders, json=tmp_path / "nowhere" / "speed.json")
    with pytest.raises(ConfigError, match="nowhere: no such folder"):
        benchmark(options, Plan(recipe=msgspec.structs.replace(RECIPE, batch_size=1024)))


def test_the_guide_reads_and_augments_whole_batches_without_end(tmp_path: Path) -> None:
    data = pictures.make_folders(tmp_path / "discs", 4)
    batches = guide_batches(data, RECIPE)
    drawn = [(images.numpy(), targets.numpy()) for images, targets in batches.take(6)]
    assert len(load_dataset(data).samples) == 12 and len(drawn) == 6
    for images, targets in drawn:
        assert images.shape == (8, pictures.SIZE, pictures.SIZE, 3) and images.dtype == np.float32
        assert targets.shape == (8, 3) and (targets.sum(axis=1) == 1).all()
        # blue, green, red by folder name: the disc's colour is the largest in the picture
        assert np.array_equal(2 - images.mean(axis=(1, 2)).argmax(axis=1), targets.argmax(axis=1))
    assert len({image.tobytes() for images, _ in drawn for image in images}) == 48, "augmented"


def test_the_guide_trains_the_head_or_everything() -> None:
    warm_up, full = (guide_model(RECIPE, 3, trains_base=trains) for trains in (False, True))
    assert [variable.name for variable in warm_up.trainable_variables] == ["kernel", "bias"]
    assert warm_up.count_params() == full.count_params()
    assert len(full.trainable_variables) > 100
