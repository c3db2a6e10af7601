from pathlib import Path

import cv2
import numpy as np
import pytest

from app.images.prepare import InputSpec, prepare
from tests import toy
from training.data.dataset import Sample
from training.data.decode import prepared_chunks, read_chunks

SPEC = InputSpec(32, "crop")


def write(path: Path, image: np.ndarray) -> Sample:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return Sample(path, path.name, "a", "", "")


def test_images_arrive_as_rgb_in_order_and_what_is_broken_is_left_out(tmp_path: Path) -> None:
    samples = []
    for number in range(130):  # more than one chunk
        samples.append(write(tmp_path / f"{number:03}.png", np.full((40, 60, 3), (number, 0, 255), np.uint8)))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(samples[0].path.read_bytes()[:40])
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    for at, path in ((1, broken), (70, empty), (71, tmp_path / "gone.png")):
        samples.insert(at, Sample(path, path.name, "a", "", ""))

    chunks = list(prepared_chunks(samples, SPEC))
    images = np.concatenate([some for _, some in chunks])

    assert [sample.name for chunk, _ in chunks for sample in chunk] == [f"{number:03}.png" for number in range(130)]
    assert images.shape == (130, 32, 32, 3) and images.dtype == np.uint8
    assert (images[:, 0, 0, 0] == 255).all(), "red comes first"
    assert images[:, 16, 16, 2].tolist() == list(range(130))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_every_orientation_trains_as_the_upright_image(tmp_path: Path, suffix: str) -> None:
    paths = [toy.write_oriented(tmp_path / f"{n}{suffix}", toy.corners(), n) for n in range(1, 9)]
    ((_, images),) = prepared_chunks([Sample(path, path.name, "a", "", "") for path in paths], SPEC)
    upright = prepare(toy.corners(), SPEC).astype(int)
    assert [float(np.abs(image - upright).mean()) < 8 for image in images] == [True] * 8


def test_nothing_readable_gives_an_empty_array(tmp_path: Path) -> None:
    samples = [Sample(tmp_path / "gone.png", "gone.png", "a", "", "")]
    ((kept, images),) = prepared_chunks(samples, SPEC)
    assert kept == [] and images.shape == (0, 32, 32, 3)
    assert list(prepared_chunks([], SPEC)) == []


def test_every_sample_comes_back_with_what_was_made_of_it(tmp_path: Path) -> None:
    samples = [write(tmp_path / f"{n}.png", np.full((n + 1, 9, 3), n, np.uint8)) for n in range(70)]
    samples[3] = Sample(tmp_path / "gone.png", "gone.png", "a", "", "")
    results = [result for chunk in read_chunks(samples, lambda image: image.shape) for result in chunk]
    assert results == [(s, None if n == 3 else (n + 1, 9, 3)) for n, s in enumerate(samples)]


def test_a_mistake_in_the_work_is_not_swallowed(tmp_path: Path) -> None:
    samples = [write(tmp_path / "one.png", np.zeros((9, 9, 3), np.uint8))] * 300

    def work(image: np.ndarray) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(read_chunks(samples, work))
