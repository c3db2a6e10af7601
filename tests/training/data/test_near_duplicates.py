import cv2
import numpy as np
import pytest

from app.images.read import read_image
from tests.conftest import SHARED
from training.data.near_duplicates import DISTANCE, NO_HASH, near_duplicates, perceptual_hash


def scene(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    """Soft blobs with the low frequencies of a photograph."""
    noise = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def bits(one: int, two: int) -> int:
    return (one ^ two).bit_count()


def test_a_hash_survives_size_recompression_and_brightness() -> None:
    image = scene(1)
    known = perceptual_hash(image)
    assert 0 < known < 2**64
    jpeg = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_COLOR)
    for other in (
        cv2.resize(image, None, fx=3, fy=3),
        cv2.resize(image, (160, 120)),
        jpeg,
        (image * 0.8).astype(np.uint8),
    ):
        assert bits(perceptual_hash(other), known) <= DISTANCE


def test_different_scenes_differ_by_many_bits() -> None:
    hashes = [perceptual_hash(scene(seed)) for seed in range(40)]
    nearest = min(bits(a, b) for i, a in enumerate(hashes) for b in hashes[:i])
    assert nearest > 2 * DISTANCE


def test_blank_images_have_no_hash_and_are_like_no_other() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(118, 122, (200, 200, 3), dtype=np.uint8)
    blanks = [perceptual_hash(image) for image in (np.zeros((50, 60, 3), np.uint8), noise)]
    assert blanks == [NO_HASH, NO_HASH]
    assert near_duplicates(np.array([*blanks, NO_HASH, 7, 7], np.uint64)).tolist() == [0, 1, 2, 3, 3]


def test_clusters_are_linked_by_pairs_and_numbered_as_they_appear() -> None:
    far = 0xFFFF_0000_FFFF_0000
    hashes = np.array([far, 0b1, 0b11_1111, 0b111, far ^ 1, 2**63 - 1], np.uint64)
    assert near_duplicates(hashes, 4).tolist() == [0, 1, 1, 1, 0, 2]  # 0b1 reaches 0b111111 by way of 0b111
    assert near_duplicates(hashes, 0).tolist() == [0, 1, 2, 3, 4, 5]
    assert near_duplicates(np.array([], np.uint64)).tolist() == []
    assert near_duplicates(np.array([5], np.uint64)).dtype == np.int64


def test_blocks_find_the_same_pairs_as_all_at_once() -> None:
    rng = np.random.default_rng(3)
    hashes = rng.integers(1, 2**63, 1500, dtype=np.uint64)
    twins = rng.permutation(1500)[:600].reshape(2, 300)  # across blocks
    hashes[twins[1]] = hashes[twins[0]] ^ np.uint64(0b101)
    clusters = near_duplicates(hashes)
    assert (clusters[twins[0]] == clusters[twins[1]]).all()
    assert len(set(clusters.tolist())) == 1200


def test_photographs_of_the_shared_set_form_small_clusters() -> None:
    folder = SHARED / "data" / "har15" / "fighting"
    if not folder.is_dir():
        pytest.skip("../shared/data is not here")
    images = [read_image(path) for path in sorted(folder.iterdir())[:150]]
    sizes = np.bincount(near_duplicates(np.array([perceptual_hash(i) for i in images if i is not None], np.uint64)))
    assert 1 <= np.count_nonzero(sizes > 1) <= 10 and sizes.max() <= 3
