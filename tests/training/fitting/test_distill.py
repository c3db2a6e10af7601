from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError
from app.model.probabilities import softmax
from tests.training import pictures
from training.fitting.distill import check_teachers, soften
from training.fitting.training_data import TrainingData, load_trainable, prepare_data
from training.networks.model import build_model
from training.recipe import Distill, Recipe
from training.run_folder import CACHE, WEIGHTS, RunConfig, create_run, save_weights, write_metrics

RECIPE = Recipe(backbone="baseline_cnn", input_size=32)
METRICS = {"temperature": 1, "thresholds": [], "images": {}, "images_per_class": {}, "val": {}, "test": {}}
LABELS = ["blue", "green", "red"]


def write_teacher(folder: Path, size: int, labels: list[str]) -> Path:
    """A finished run with random weights."""
    recipe = Recipe(backbone="baseline_cnn", input_size=size)
    config = RunConfig(
        dataset="d", data="d", data_root="d", weights="none", trained_on="2026-11-20", labels=labels, versions={},
        recipe=recipe,
    )  # fmt: skip
    create_run(folder, config, overwrite=False)
    model = build_model(recipe, len(labels))
    rng = np.random.default_rng(size)
    model.set_weights([value + rng.normal(0, 0.1, value.shape) for value in model.get_weights()])
    save_weights(model, folder / WEIGHTS)
    write_metrics(folder, METRICS)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    runs = tmp_path_factory.mktemp("runs")
    discs = pictures.make_folders(tmp_path_factory.mktemp("data") / "discs", 8)
    return prepare_data(load_trainable(discs, None), RECIPE, runs, {})


def test_targets_are_a_mean_of_the_label_and_the_softened_answer(
    data: TrainingData, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    teacher, train = write_teacher(tmp_path / "teacher", 32, LABELS), data.part("train")
    settings = Distill(weight=0.25, temperature=2.0)
    soft = soften(train, [teacher], data.dataset.samples, tmp_path / CACHE, settings)
    model = build_model(RECIPE, 3)
    model.load_weights(teacher / WEIGHTS)
    images = train.images[train.rows]
    logits = (model.predict(images, verbose=0) + model.predict(images[:, :, ::-1], verbose=0)) / 2
    expected = 0.25 * softmax(logits, 2.0) + 0.75 * train.targets
    np.testing.assert_allclose(soft.targets, expected, atol=1e-5)
    np.testing.assert_allclose(soft.targets.sum(axis=1), 1, atol=1e-5)
    assert soft.targets.dtype == np.float32 and soft.rows is train.rows
    assert f"teacher {teacher}: answers for {len(train.rows)} images" in capsys.readouterr().out


def test_several_teachers_are_averaged_each_at_its_own_size(data: TrainingData, tmp_path: Path) -> None:
    teachers = [write_teacher(tmp_path / str(size), size, LABELS) for size in (32, 48)]
    train, settings = data.part("train"), Distill(weight=1.0, temperature=1.0)
    one, two, both = (
        np.log(soften(train, chosen, data.dataset.samples, tmp_path / CACHE, settings).targets)
        for chosen in (teachers[:1], teachers[1:], teachers)
    )
    mean = (one + two) / 2  # of logits, but for what softmax takes off each row
    centred = [values - values.mean(axis=1, keepdims=True) for values in (both, mean)]
    np.testing.assert_allclose(*centred, atol=1e-3)


def test_without_teachers_the_labels_stand(data: TrainingData, tmp_path: Path) -> None:
    train = data.part("train")
    assert soften(train, [], data.dataset.samples, tmp_path, Distill()) is train


def test_a_teacher_is_a_finished_run_on_the_same_classes(tmp_path: Path) -> None:
    check_teachers([write_teacher(tmp_path / "good", 32, LABELS)], LABELS)
    with pytest.raises(ConfigError, match="other: its classes are blue, pink"):
        check_teachers([write_teacher(tmp_path / "other", 32, ["blue", "pink"])], LABELS)
    (tmp_path / "good" / "metrics.json").unlink()
    with pytest.raises(ConfigError, match=r"metrics\.json"):
        check_teachers([tmp_path / "good"], LABELS)
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        check_teachers([tmp_path], LABELS)
