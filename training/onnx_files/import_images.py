"""The images on which a model made elsewhere is compared with its original: given ones, else made ones."""

from pathlib import Path

import cv2
import numpy as np

from app.arrays import Images
from app.errors import ConfigError
from app.images.folder_images import is_image
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image

IMAGES = 32
_COARSEST, _FINEST = 2, 32  # patches of colour across a made image


def import_images(folder: Path | None, spec: InputSpec) -> Images:
    """Reads up to 32 images, evenly spread over a folder and its subfolders, or makes as many.

    Args:
        folder: of images; None: patches of colour are made, coarse and fine.
        spec: the model's input.

    Returns:
        RGB uint8 (n, S, S, 3).

    Raises:
        ConfigError: fewer than two can be read.
    """
    if folder is None:
        return _made(spec.size)
    files = sorted(path for path in folder.rglob("*") if is_image(path)) if folder.is_dir() else []
    images = (read_image(path) for path in files[:: max(1, len(files) // IMAGES)])
    found = [prepare(image, spec) for image in images if image is not None]
    if len(found) < 2:
        raise ConfigError(f"--images {folder}: expected two readable images or more, got {len(found)}; leave it out")
    return np.stack(found[:IMAGES])


def _made(size: int) -> Images:
    rng = np.random.default_rng(0)
    sides = np.geomspace(_COARSEST, min(_FINEST, size), IMAGES).round().astype(int)
    patches = (rng.integers(0, 256, (side, side, 3), np.uint8) for side in sides)
    return np.stack([cv2.resize(patch, (size, size), interpolation=cv2.INTER_CUBIC) for patch in patches])
