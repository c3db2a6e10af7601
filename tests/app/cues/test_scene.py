import numpy as np

from app.cues.finder import CueNetworks
from app.cues.scene import WIDTH
from tests import toy


def test_a_scene_is_a_vector_of_length_one(networks: CueNetworks) -> None:
    rng = np.random.default_rng(0)
    for image in (toy.plain(toy.RED, 64, 48), rng.integers(0, 256, (360, 640, 3), np.uint8)):
        scene = networks.scene.look(image)
        assert scene.shape == (WIDTH,) and scene.dtype == np.float32
        assert abs(float(np.linalg.norm(scene)) - 1) < 1e-4 and scene.min() >= 0


def test_different_scenes_differ(networks: CueNetworks) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (360, 640, 3), np.uint8)
    assert networks.scene.look(noise) @ networks.scene.look(toy.plain(toy.RED, 64, 48)) < 0.95
