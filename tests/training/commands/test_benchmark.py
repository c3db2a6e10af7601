import json
from pathlib import Path
from typing import Any

import keras
import msgspec
import pytest

from app.errors import OutputError
from tests.training import pictures
from training.benchmark import measure
from training.benchmark.measure import GUIDE, HERE, Plan
from training.commands.benchmark import BenchmarkOptions, benchmark
from training.networks.model import build_model
from training.recipe import Recipe, Warmup

RECIPE = Recipe(
    backbone="baseline_cnn",
    input_size=pictures.SIZE,
    alpha=pictures.ALPHA,
    batch_size=8,
    augment=("light",),
    warmup=Warmup(epochs=2),
)
PLAN = Plan(recipe=RECIPE, images=16, rounds=2, steps=2, untimed=1)


def small_guide(recipe: Recipe, classes: int, *, trains_base: bool) -> Any:
    """In place of MobileNetV2, which TensorFlow takes half a minute to trace; test_keras_guide has that."""
    model = build_model(recipe, classes)
    model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def test_speeds_and_ratios_on_the_terminal_and_as_json(
    folders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measure, "guide_model", small_guide)
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


def test_a_json_file_that_cannot_be_is_refused_before_the_work(folders: Path, tmp_path: Path) -> None:
    options = BenchmarkOptions(data=folders, json=tmp_path / "nowhere" / "speed.json")
    with pytest.raises(OutputError, match="nowhere"):
        benchmark(options, Plan(recipe=msgspec.structs.replace(RECIPE, batch_size=1024)))
