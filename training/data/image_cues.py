"""The cues of images, found once and kept in a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from app.arrays import Float32s, Image
from app.cues.finder import CueFinder, CueNetworks
from app.cues.vector import NAMES, VERSION, vector
from app.errors import ConfigError
from app.model.contract import ModelContract
from app.outputs import check_target, written_whole
from training.data.dataset import Sample
from training.data.decode import read_chunks

_SAVE_EVERY = 20  # chunks


def image_cues(samples: Sequence[Sample], store: Path | None) -> dict[str, Float32s]:
    """Finds the cues of images that a file does not hold yet, and adds them to it.

    Args:
        samples: the images.
        store: an .npz file; it need not exist. What is found is saved every now and then, and when work is interrupted.
            None: nothing is kept.

    Returns:
        sha256 -> float32 (C,), of every image that can be read, and of others that the file holds.

    Raises:
        ConfigError: the file is no store of cues.
        OutputError: it cannot be written.
    """
    known = {} if store is None else _load(store)
    missing = list({sample.sha256: sample for sample in samples if sample.sha256 not in known}.values())
    if not missing:
        return known
    if store is not None:  # before the work
        check_target(store, overwrite=True, make_folder=True, inputs=(sample.path for sample in samples))
    print(f"looking for face, hands and objects in {len(missing):,} images (once)", flush=True)
    networks = CueNetworks()

    def look(image: Image) -> Float32s:
        return vector(CueFinder(networks).look(image))

    try:
        for number, chunk in enumerate(read_chunks(missing, look)):
            known |= {sample.sha256: cues for sample, cues in chunk if cues is not None}
            if store is not None and number % _SAVE_EVERY == _SAVE_EVERY - 1:
                _save(known, store)
    finally:
        if store is not None:
            _save(known, store)
    return known


def vectors(contract: ModelContract, samples: Sequence[Sample], cues: Mapping[str, Float32s]) -> Float32s | None:
    """Stacks the cues of samples for a model.

    Args:
        contract: the model's.
        samples: N images.
        cues: as of `image_cues`.

    Returns:
        float32 (N, C), zeros for images of which none are known; None for a model that takes no cues.
    """
    return contract.cues.rows(cues.get(sample.sha256) for sample in samples) if contract.cues else None


def _load(store: Path) -> dict[str, Float32s]:
    if not store.exists():
        return {}
    try:
        with np.load(store) as found:
            if int(found["version"]) != VERSION or tuple(found["names"]) != NAMES:
                return {}  # of another version of the program: found again
            return dict(zip(found["sha256"].tolist(), found["cues"], strict=True))
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{store}: expected cues that this program stored ({error}); give another file") from None


def _save(known: Mapping[str, Float32s], store: Path) -> None:
    cues = np.stack([*known.values()]) if known else np.empty((0, len(NAMES)), np.float32)
    with written_whole(store) as draft, draft.open("wb") as file:
        np.savez_compressed(file, version=VERSION, names=np.array(NAMES), sha256=np.array([*known]), cues=cues)
