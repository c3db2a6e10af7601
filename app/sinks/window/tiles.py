"""Several images side by side in one."""

import math
from collections.abc import Sequence

import numpy as np

from app.arrays import Image
from app.images.fit import fit_into

TILE_PX = (640, 360)  # width and height of each source's image


class Tiles:
    """Puts the newest image of every source into a grid, row by row; a source without an image is black."""

    def __init__(self, source_ids: Sequence[str]) -> None:
        """Starts with black tiles.

        Args:
            source_ids: the sources, in the order of their tiles.
        """
        self._columns = math.ceil(math.sqrt(len(source_ids)))
        self._rows = math.ceil(len(source_ids) / self._columns)
        black = np.zeros((TILE_PX[1], TILE_PX[0], 3), np.uint8)
        self._spare = [black] * (self._rows * self._columns - len(source_ids))
        self._tiles: dict[str, Image] = dict.fromkeys(source_ids, black)

    def with_image(self, source_id: str, image: Image) -> Image:
        """Replaces a source's image.

        Args:
            source_id: the source.
            image: uint8 BGR (H, W, 3); it is scaled to fit its tile.

        Returns:
            The whole grid, uint8 BGR.
        """
        self._tiles[source_id] = fit_into(image, *TILE_PX)
        tiles = [*self._tiles.values(), *self._spare]
        rows = [tiles[row * self._columns : (row + 1) * self._columns] for row in range(self._rows)]
        return np.vstack([np.hstack(row) for row in rows])
