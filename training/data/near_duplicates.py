"""Images that look alike: perceptual hashes, and clusters of near-duplicates for a split that does not leak."""

import cv2
import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from app.arrays import Image, Ints
from training.data.components import connected_components, numbered

Hashes = npt.NDArray[np.uint64]

# Bits of 64; hashes differ by even numbers. Of 14,710 photographs, all 42 pairs looked at up to 4 showed one scene, at
# 6 two of three, at 8 half, at 10 a quarter. A miss leaks one image, while false links chain into clusters.
DISTANCE = 4
NO_HASH = 0  # of an image without structure; a real hash has about half of its bits set
_FLAT = 3.0  # standard deviation of the grey levels below which only noise would be hashed
_SIDE = 512  # px; the hash looks at 32 x 32, so that larger images may be shrunk first
_BLOCK = 512  # rows compared at once with all others: 15,000 images take 60 MB


def perceptual_hash(image: Image) -> int:
    """Computes 64 bits that survive resizing and recompression.

    pHash: the signs of the lowest frequencies of the cosine transform around their median (Zauner 2010,
    "Implementation and benchmarking of perceptual image hash functions"), as in the library imagehash.

    Args:
        image: uint8 BGR (H, W, 3).

    Returns:
        The bits as a number; NO_HASH for an image of one colour.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if max(grey.shape) > _SIDE:
        grey = cv2.resize(grey, (_SIDE // 2, _SIDE // 2), interpolation=cv2.INTER_AREA)
    if cv2.meanStdDev(grey)[1][0, 0] < _FLAT:
        return NO_HASH
    bits = imagehash.phash(Pillow.fromarray(grey)).hash
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def near_duplicates(hashes: Hashes, distance: int = DISTANCE) -> Ints:
    """Clusters images by their hashes: those of a close pair belong together, and so do chains of such pairs.

    Args:
        hashes: uint64 (N,); an image with NO_HASH is like no other.
        distance: the bits of 64 in which the hashes of a close pair may differ.

    Returns:
        int64 (N,): the cluster of each image, numbered in the order of their first images.
    """
    hashes = np.asarray(hashes, np.uint64)
    unique, place = np.unique(hashes, return_inverse=True)
    clusters = connected_components(len(unique), _close_pairs(unique, distance))[place]
    alone = hashes == NO_HASH
    clusters[alone] = len(unique) + np.arange(np.count_nonzero(alone))
    return numbered(clusters)


def _close_pairs(hashes: Hashes, distance: int) -> Ints:
    """The pairs of positions whose hashes differ in at most `distance` bits, (n, 2)."""
    pairs = [np.empty((0, 2), np.int64)]
    for start in range(0, len(hashes), _BLOCK):
        rest = hashes[start:]
        different = np.bitwise_count(rest[:_BLOCK, None] ^ rest[None, :])
        close = np.argwhere(different <= distance)
        pairs.append(close[close[:, 0] < close[:, 1]] + start)
    return np.concatenate(pairs)
