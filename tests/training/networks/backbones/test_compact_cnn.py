import keras

from training.networks.backbones.compact_cnn import compact_cnn
from training.networks.model import base_layers, build_model, parameters
from training.recipe import Recipe


def test_the_compact_network_is_compact() -> None:
    model = build_model(Recipe(backbone="compact_cnn", input_size=32), 10)
    assert parameters(model) <= 144_426
    assert not any(isinstance(layer, keras.layers.MaxPooling2D) for layer in base_layers(model))
    assert any(max(getattr(layer, "dilation_rate", (1,))) > 1 for layer in base_layers(model))


def test_maps_are_a_quarter_of_the_side_at_any_size() -> None:
    assert compact_cnn(33, 3, 0.5).output.shape == (None, 9, 9, 96)
    assert compact_cnn(None, 1).input.shape == (None, None, None, 1)
