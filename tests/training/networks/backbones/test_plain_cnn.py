import math

import pytest

from training.networks.backbones import load_base
from training.recipe import Recipe


@pytest.mark.parametrize("name", ["baseline_cnn", "deeper_cnn"])
def test_grey_networks_have_one_channel(name: str) -> None:
    base = load_base(Recipe(backbone=name, input_size=48, alpha=0.25, colour="grey"), "none")
    assert base.input.shape == (None, 48, 48, 1)
    shrunk = 8 if name == "baseline_cnn" else 16
    assert base.output.shape[1] == math.ceil(48 / shrunk)
