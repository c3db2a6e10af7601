import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.errors import ConfigError
from tests.training import pictures
from training.fitting.start import Run, begin, resume, seeded_model
from training.fitting.training_data import prepare_data
from training.recipe import Recipe
from training.run_folder import SPLIT, read_config

RECIPE = Recipe(backbone="baseline_cnn", input_size=32)


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures.make_folders(tmp_path_factory.mktemp("data") / "discs", 10)


def begun(folder: Path, data: Path, recipe: Recipe = RECIPE, **changed: Any) -> Run:
    options = {"data_root": None, "weights": "none", "split": None, "teachers": [], "overwrite": False, **changed}
    return begin(folder, recipe, data=data, **options)


def keep_split(run: Run) -> list[str]:
    data = prepare_data(run.dataset, run.config.recipe, run.folder.parent, run.stored)
    run.keep_split(data)
    return data.part_of


def test_a_run_that_begins_leaves_its_config(discs: Path, tmp_path: Path) -> None:
    run = begun(tmp_path / "runs" / "a", discs)
    assert [path.name for path in run.folder.iterdir()] == ["config.yaml"] and read_config(run.folder) == run.config
    config = run.config
    assert (config.dataset, config.data, config.weights) == ("discs", discs.as_posix(), "none")
    assert config.labels == ["blue", "green", "red"] and config.versions.keys() >= {"python", "keras", "numpy"}
    assert run.stored == {} and run.teachers == []


@pytest.mark.parametrize(
    "wrong",
    [{"weights": "gone.h5"}, {"split": Path("gone.csv")}, {"teachers": [Path("gone")]}, {"data": Path("gone")}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_mistake_leaves_no_folder(discs: Path, tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="gone"):
        begun(tmp_path / "a", **{"data": discs, **wrong})
    assert not (tmp_path / "a").exists()


def test_a_run_that_is_replaced_takes_no_data_with_it(discs: Path, tmp_path: Path) -> None:
    run = begun(tmp_path / "run", discs).folder
    data = shutil.copytree(discs, run / "data")
    (tmp_path / "link").symlink_to(data)
    for given in (data, tmp_path / "link"):
        with pytest.raises(ConfigError, match="--overwrite would delete"):
            begun(run, given, overwrite=True)
    assert len(list(data.rglob("*.*"))) == len(list(discs.rglob("*.*")))


def test_later_runs_keep_the_split_of_the_first(discs: Path, tmp_path: Path) -> None:
    parts = keep_split(begun(tmp_path / "first", discs))
    second = begun(tmp_path / "second", discs)
    assert len(second.stored) == 30 and keep_split(second) == parts
    assert begun(tmp_path / "third", discs, Recipe(backbone="baseline_cnn", input_size=32, seed=7)).stored == {}


def test_a_split_that_is_given_is_not_remembered(discs: Path, tmp_path: Path) -> None:
    keep_split(begun(tmp_path / "elsewhere" / "first", discs, Recipe(backbone="baseline_cnn", input_size=32, seed=7)))
    given = tmp_path / "elsewhere" / "first" / SPLIT
    run = begun(tmp_path / "runs" / "a", discs, split=given)
    assert keep_split(run) and (run.folder / SPLIT).read_bytes() == given.read_bytes()
    assert not (tmp_path / "runs" / "splits").exists()


def test_a_resumed_run_keeps_its_own_split_else_the_stored_one(discs: Path, tmp_path: Path) -> None:
    first = begun(tmp_path / "a", discs)
    keep_split(first)
    lines = (first.folder / SPLIT).read_text().splitlines()
    swapped = [line.replace(",val", ",tmp").replace(",test", ",val").replace(",tmp", ",test") for line in lines]
    (first.folder / SPLIT).write_text("\n".join(swapped) + "\n")
    run = resume(first.folder, first.config, data=discs, data_root=None)
    assert run.store is None and {**run.stored} != {**begun(tmp_path / "b", discs).stored}
    (first.folder / SPLIT).unlink()
    assert resume(first.folder, first.config, data=discs, data_root=None).stored == begun(tmp_path / "c", discs).stored


def test_a_run_is_not_resumed_on_other_classes(discs: Path, tmp_path: Path) -> None:
    run = begun(tmp_path / "a", discs)
    other = pictures.make_folders(tmp_path / "other", 5, ("blue", "red"))
    with pytest.raises(ConfigError, match=r"other: not the classes of .*a, which has blue, green, red"):
        resume(run.folder, run.config, data=other, data_root=None)


def test_the_seed_decides_the_new_heads_weights() -> None:
    one, same, other = (
        seeded_model(Recipe(backbone="baseline_cnn", input_size=32, seed=seed), 3, "none").get_weights()
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
