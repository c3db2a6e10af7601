"""The cues of captures, for a model that takes them: face, hands and objects are sought in the whole image."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.arrays import Image
from app.cues.finder import CueFinder, CueNetworks
from app.cues.vector import vector
from app.images.read import read_image
from app.model.contract import CUES_SIDE_PX
from app.system.threads import map_in_threads
from app.teach.captures import Capture


def with_cues(captures: Sequence[Capture], threads: int) -> list[Capture]:
    """Finds the cues of captures that have none yet.

    Args:
        captures: N images.
        threads: how many are looked at at the same time.

    Returns:
        The same, with cues.

    Raises:
        ModelError: a helper network is missing or damaged.
    """
    networks = CueNetworks()

    def look(capture: Capture) -> Capture:
        if capture.cues is not None:
            return capture
        return replace(capture, cues=vector(CueFinder(networks).look(_whole_image(capture))))

    return map_in_threads(look, captures, threads)


def _whole_image(capture: Capture) -> Image:
    """The image as it was captured; what the model sees of it where the file is not known or gone."""
    found = read_image(capture.path, CUES_SIDE_PX) if capture.path is not None else None
    return np.ascontiguousarray(capture.image[..., ::-1]) if found is None else found
