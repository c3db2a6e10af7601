"""The scene as a whole, by a network that saw ImageNet alone and knows things and places of every kind."""

import numpy as np

from app.arrays import Float32s, Image
from app.cues.network import HelperNetwork
from app.images.prepare import InputSpec, prepare
from app.paths import GENERAL_MODEL

WIDTH = 1280
_INPUT = InputSpec(240, "squeeze")


class SceneNetwork:
    """MobileNetV2 as ImageNet left it."""

    def __init__(self) -> None:
        """Opens the network.

        Raises:
            ModelError: it is missing or damaged.
        """
        self._network = HelperNetwork(GENERAL_MODEL)

    def look(self, image: Image) -> Float32s:
        """Embeds an image.

        Args:
            image: uint8 BGR (H, W, 3).

        Returns:
            float32 (WIDTH,): the square roots of the embedding (Perronnin et al. 2010), of length 1.
        """
        (embedding,) = self._network.run(prepare(image, _INPUT))
        roots = np.sqrt(np.maximum(embedding, 0))
        return np.asarray(roots / max(float(np.linalg.norm(roots)), 1e-6), np.float32)
