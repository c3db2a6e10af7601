import keras

from training.networks.backbones import load_base
from training.recipe import Recipe


def test_the_small_resnet_keeps_its_first_maps_whole() -> None:
    base = load_base(Recipe(backbone="resnet18_small", input_size=96, alpha=0.125), "none")
    assert base.get_layer("stem").output.shape[1:3] == (96, 96) and base.output.shape[1:3] == (12, 12)
    kernels = [layer for layer in base.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(kernels) == 17 + 3, "seventeen convolutions, the last dense layer and three shortcuts"
