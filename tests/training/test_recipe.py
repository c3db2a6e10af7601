from pathlib import Path

import pytest

from app.errors import ConfigError
from app.yamlfile import load_settings
from training.recipe import DEFAULT_RECIPE, Recipe

RECIPES = sorted(DEFAULT_RECIPE.parent.glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_is_valid(path: Path) -> None:
    assert load_settings(Recipe, path)


def test_the_default_recipe_and_the_defaults_agree() -> None:
    assert load_settings(Recipe, DEFAULT_RECIPE) == Recipe()


def test_r1_is_what_its_log_says() -> None:
    recipe = load_settings(Recipe, DEFAULT_RECIPE.with_name("r1.yaml"))
    assert recipe.warmup.epochs == 3 and recipe.dropout == 0.1 and recipe.input_size == 224
    assert recipe.class_weights == "none" and recipe.augment == "light" and recipe.finetune.epochs > 0


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("finetune.epoch=3", "unknown key finetune.epoch; did you mean finetune.epochs?"),
        ("dropout=1", "dropout: expected float < 1"),
        ("input_size=224.5", "input_size: expected int, got float"),
        ("input_size=16", "input_size: expected int >= 32"),
        ("augment=heavy", "augment: invalid enum value 'heavy'"),
        ("warmup.learning_rate=0", "warmup.learning_rate: expected float > 0"),
    ],
)
def test_a_bad_knob_is_named(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        load_settings(Recipe, DEFAULT_RECIPE, [setting])
    assert str(error.value).startswith(f"--set {setting}: ") and message in str(error.value)


def test_no_epoch_at_all_is_refused() -> None:
    with pytest.raises(ConfigError, match="both 0; nothing would be trained"):
        load_settings(Recipe, DEFAULT_RECIPE, ["warmup.epochs=0", "finetune.epochs=0"])
