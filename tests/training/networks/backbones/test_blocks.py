import keras
import numpy as np
import pytest

from training.networks.backbones.blocks import convolution, normalised, width


@pytest.mark.parametrize(("filters", "alpha", "expected"), [(32, 1.0, 32), (32, 0.35, 8), (64, 0.3, 16), (8, 0.01, 8)])
def test_widths_are_whole_eights_and_never_nothing(filters: int, alpha: float, expected: int) -> None:
    assert width(filters, alpha) == expected


def test_a_convolution_has_no_bias_but_batch_norm_and_relu() -> None:
    frames = keras.Input((8, 8, 3))
    model = keras.Model(frames, convolution(frames, 5, name="c", stride=2))
    assert [layer.name for layer in model.layers[1:]] == ["c", "c_bn", "c_relu"]
    assert not model.get_layer("c").use_bias and model.output.shape == (None, 4, 4, 5)


def test_relu_can_be_left_out() -> None:
    frames = keras.Input((2, 2, 1))
    images = np.full((1, 2, 2, 1), -1, np.float32)
    for activate, negative in ((True, False), (False, True)):
        model = keras.Model(frames, normalised(frames, name=f"n{activate}", activate=activate))
        assert bool((np.asarray(model(images)) < 0).all()) is negative
