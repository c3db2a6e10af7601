import re
from pathlib import Path

import pytest

from app.config.struct_keys import _say_once
from app.config.yaml_file import load_settings
from app.errors import ConfigError
from training.recipe import DEFAULT_RECIPE, Recipe, load_recipe

RECIPES = sorted(DEFAULT_RECIPE.parent.glob("*.yaml"))
PUBLISHED = sorted(DEFAULT_RECIPE.parent.glob("r[0-9]*.yaml"))
SUGGESTION = re.compile(r"""--set "?([\w.]+=(?:\[[^]]*\]|[\w.-]*\w))""")

SUGGESTED = [(path.name, setting) for path in RECIPES for setting in SUGGESTION.findall(path.read_text("utf-8"))]


def recipe(name: str) -> Recipe:
    return load_settings(Recipe, DEFAULT_RECIPE.with_name(f"{name}.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_is_valid(path: Path) -> None:
    assert load_settings(Recipe, path)


def test_every_recipe_names_a_backbone_that_takes_its_size() -> None:
    from training.networks.backbones import find_backbone

    for path in RECIPES:
        loaded = load_settings(Recipe, path)
        backbone = find_backbone(loaded.backbone)
        assert loaded.input_size >= backbone.min_size and (loaded.alpha == 1 or backbone.has_alpha)


@pytest.mark.parametrize(("name", "setting"), SUGGESTED)
def test_what_a_recipe_suggests_can_be_set_and_changes_it(name: str, setting: str) -> None:
    path = DEFAULT_RECIPE.with_name(name)
    assert load_settings(Recipe, path, [setting]) != load_settings(Recipe, path)


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_recipe_says_what_it_got_there_and_here_and_how_to_run_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "\n# Published" in text and "\n# Reached here: " in text
    assert f"--run runs/{path.stem} --recipe training/recipes/{path.name}" in text
    # a network that nobody has pre-trained would otherwise fail at once
    is_from_nothing = load_settings(Recipe, path).batch_norm == "trained"
    assert ("--weights none" in text) == is_from_nothing


def test_all_five_systems_have_recipes() -> None:
    assert {path.stem.partition("-")[0] for path in PUBLISHED} == {"r1", "r2", "r3", "r4", "r5"}


def test_r1_is_what_its_log_says() -> None:
    r1 = recipe("r1")
    assert (r1.backbone, r1.input_size, r1.dropout) == ("mobilenet_v2", 224, 0.1)
    assert (r1.strategy, r1.warmup.epochs, r1.optimizer.learning_rate) == ("warmup_then_full", 3, 1e-5)
    assert (r1.augment, r1.class_weights, r1.schedule.name) == (("light",), "none", "plateau") and r1.stop.patience


def test_r2_is_what_its_log_says() -> None:
    r2 = recipe("r2")
    assert (r2.backbone, r2.input_size, r2.epochs, r2.batch_size) == ("resnet18_small", 96, 50, 32)
    assert (r2.optimizer.name, r2.schedule.name) == ("adamw", "cosine")
    assert r2.schedule.warmup_epochs > 0 and r2.loss.label_smoothing > 0 and r2.stop.patience


def test_r3_is_what_its_log_says() -> None:
    baseline, deeper, transfer = recipe("r3-baseline"), recipe("r3-deeper"), recipe("r3-mobilenet")
    assert all(r3.colour == "grey" for r3 in (baseline, deeper, transfer))
    assert (baseline.input_size, deeper.input_size, transfer.input_size) == (48, 48, 224)
    assert baseline.augment == ("none",) and deeper.augment == ("light",)
    assert (transfer.strategy, transfer.top_layers, transfer.optimizer.learning_rate) == ("top_n", 30, 1e-4)


def test_r4_is_what_its_log_says() -> None:
    r4 = recipe("r4")
    assert (r4.backbone, r4.input_size, r4.epochs, r4.batch_size) == ("compact_cnn", 32, 200, 128)
    assert (r4.optimizer.name, r4.optimizer.learning_rate, r4.optimizer.momentum) == ("sgd", 0.05, 0.9)
    assert (r4.schedule.name, r4.schedule.factor, r4.schedule.patience) == ("plateau", 0.5, 5)
    assert (r4.stop.patience, r4.stop.gap, r4.stop.gap_patience) == (0, 0.15, 10)


def test_r5_compares_strategies_on_one_split() -> None:
    fives = [recipe("r5-head"), recipe("r5-all"), recipe("r5-gradual")]
    assert [r5.strategy for r5 in fives] == ["frozen", "full", "gradual"] and fives[2].unfreeze_epoch == 5
    assert len({(r5.seed, r5.backbone, r5.input_size, r5.split) for r5 in fives}) == 1
    assert [r5.epochs for r5 in fives] == [20, 20, 20 - fives[2].unfreeze_epoch]
    assert (fives[0].split.train, fives[0].split.val, fives[0].split.test) == (0.8, 0.1, 0.1)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("warmup.epoch=3", "unknown key warmup.epoch; did you mean warmup.epochs?"),
        ("label_smoothing=0.1", "unknown key label_smoothing; did you mean loss.label_smoothing?"),
        ("dropout=1", "dropout: expected float < 1"),
        ("input_size=224.5", "input_size: expected int, got float"),
        ("input_size=16", "input_size: expected int >= 32"),
        ("augment=strong", "augment: expected array, got str"),
        ("augment=[strong, heavy]", "invalid enum value 'heavy'; expected none, light, strong, webcam"),
        (
            "strategy=partial",
            "strategy: invalid enum value 'partial'; expected frozen, warmup_then_full, top_n, gradual, full",
        ),
        ("warmup.learning_rate=0", "warmup.learning_rate: expected float > 0"),
        ("split.train=0.9", "split: train, val and test must add up to 1, got 1.1"),
    ],
)
def test_a_bad_knob_is_named(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_settings(Recipe, None, [setting])
    assert str(error.value).startswith(f"--set {setting}: ") and message in str(error.value)


def test_parts_that_add_up_are_taken() -> None:
    shares = load_settings(Recipe, None, ["split.train=0.7", "split.val=0.1", "split.test=0.2"]).split
    assert (shares.train, shares.val, shares.test) == (0.7, 0.1, 0.2)


def test_without_a_file_the_default_recipe_is_loaded() -> None:
    assert load_recipe(None, ["seed=7"]) == load_settings(Recipe, DEFAULT_RECIPE, ["seed=7"])


def test_old_keys_still_load_from_a_file_and_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _say_once.cache_clear()
    old = tmp_path / "old.yaml"
    old.write_text("keep: loss\nmix: {mixup: 0.2, chance: 0.25}\n", encoding="utf-8")
    from_file, from_flags = load_recipe(old), load_recipe(None, ["keep=accuracy", "mix.chance=0.75"])
    assert (from_file.monitor, from_file.mix.prob) == ("loss", 0.25)
    assert (from_flags.monitor, from_flags.mix.prob) == ("accuracy", 0.75)
    assert capsys.readouterr().err.splitlines() == [
        "warning: recipe key keep is now called monitor",
        "warning: mix key chance is now called prob",
    ]
