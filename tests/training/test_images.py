from pathlib import Path

import cv2
import numpy as np
import pytest

from app.contract import ModelContract
from training.dataset import Sample
from training.images import load_images, prepared_chunks, read_image

CONTRACT = ModelContract(("a", "b"), 32, "crop", (0.5, 0.5))


def write(path: Path, image: np.ndarray) -> Sample:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())
    return Sample(path, path.name, "a", "", "")


def test_pictures_arrive_as_rgb_in_order_and_what_is_broken_is_left_out(tmp_path: Path) -> None:
    samples = []
    for number in range(130):  # more than one chunk
        samples.append(write(tmp_path / f"{number:03}.png", np.full((40, 60, 3), (number, 0, 255), np.uint8)))
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(samples[0].path.read_bytes()[:40])
    empty = tmp_path / "empty.png"
    empty.write_bytes(b"")
    for at, path in ((1, broken), (70, empty), (71, tmp_path / "gone.png")):
        samples.insert(at, Sample(path, path.name, "a", "", ""))

    kept, images = load_images(samples, CONTRACT, tmp_path)

    assert [sample.name for sample in kept] == [f"{number:03}.png" for number in range(130)]
    assert images.shape == (130, 32, 32, 3) and images.dtype == np.uint8
    assert (images[:, 0, 0, 0] == 255).all(), "red comes first"
    assert images[:, 16, 16, 2].tolist() == list(range(130))
    assert len(list(tmp_path.iterdir())) == 132, "no file is left behind"


def test_nothing_readable_gives_an_empty_array(tmp_path: Path) -> None:
    samples = [Sample(tmp_path / "gone.png", "gone.png", "a", "", "")]
    kept, images = load_images(samples, CONTRACT, tmp_path)
    assert kept == [] and images.shape == (0, 32, 32, 3)
    assert [len(chunk) for chunk, _ in prepared_chunks(samples, CONTRACT)] == [0]


@pytest.mark.parametrize(
    "image",
    [
        np.full((20, 30), 128, np.uint8),
        np.full((20, 30, 4), 128, np.uint8),
        np.full((20, 30, 3), 32896, np.uint16),
    ],
    ids=["grey", "alpha", "16 bit"],
)
def test_every_kind_of_png_becomes_bgr(tmp_path: Path, image: np.ndarray) -> None:
    read = read_image(write(tmp_path / "图片 ü.png", image).path)
    assert read is not None
    assert read.shape == (20, 30, 3) and read.dtype == np.uint8 and abs(int(read[0, 0, 0]) - 128) <= 1


def test_the_exif_tag_turns_the_picture_upright(tmp_path: Path) -> None:
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, :40] = 255  # the left half is white
    jpeg = cv2.imencode(".jpg", image)[1].tobytes()
    tiff = b"MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
    body = b"Exif\x00\x00" + tiff
    path = tmp_path / "turned.jpg"
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:])
    read = read_image(path)
    assert read is not None and read.shape == (80, 40, 3), "orientation 6 means: turn clockwise"
    assert read[10, 20, 0] > 250 and read[70, 20, 0] < 5
