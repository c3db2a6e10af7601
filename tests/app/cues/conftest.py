"""Networks opened once, and what MediaPipe itself found on pictures that are in ../shared where a checkout has it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from app.arrays import Float32s, Image
from app.cues.finder import CueNetworks
from app.images.read import read_image
from tests.conftest import SHARED

REFERENCE = SHARED / "weights" / "helpers" / "reference.npz"
EVERY = 7  # of the 280 pictures one is looked at


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture, and what MediaPipe 0.10.21 found there, in px; None for what it did not find.

    Attributes:
        image: uint8 BGR.
        face: (468, 2).
        hands: (21, 2) each.
    """

    image: Image
    face: Float32s | None
    hands: list[Float32s]


@pytest.fixture(scope="session")
def networks() -> CueNetworks:
    return CueNetworks()


@pytest.fixture(scope="session")
def references() -> list[Reference]:
    if not REFERENCE.exists():
        pytest.skip("../shared/weights/helpers/reference.npz is not here")
    return list(_references())


def _references() -> Iterator[Reference]:
    with np.load(REFERENCE) as stored:
        found = {name: stored[name].astype(np.float32) for name in ("face", "left_hand", "right_hand")}
        files = stored["files"]
    for row in range(0, len(files), EVERY):
        image = read_image(SHARED / "data" / str(files[row]))
        if image is None:
            continue
        size = np.float32(image.shape[1::-1])
        face, *hands = (
            None if np.isnan(points[row]).any() else np.asarray(points[row, :, :2] * size, np.float32)
            for points in found.values()
        )
        yield Reference(image, face, [hand for hand in hands if hand is not None])
