import numpy as np
import pytest

from training.networks.backbones import BACKBONES


@pytest.mark.parametrize("name", BACKBONES)
def test_images_arrive_near_zero_and_with_contrast(name: str) -> None:
    """ImageNet's networks expect -1..1, deviations from the mean, or Caffe's grey levels about the mean."""
    backbone = BACKBONES[name]
    black, white = (np.asarray(level * np.asarray(backbone.scale) + backbone.offset) for level in (0, 255))
    assert (black < 0).all() and (white > 0).all(), "the middle of the range is near zero"
    assert (white - black > 1.9).all()
    assert backbone.grey_channels in (1, 3) and backbone.min_size >= 32
