"""Whatever turns a picture, and whoever reads it: app, folder, program, teaching, training, evaluation, check."""

import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.arrays import Image
from app.config.settings import SourceSettings
from app.images.prepare import InputSpec, prepare
from app.recogniser import Recogniser
from app.sources.open import open_source
from app.teach.captures import read_captures
from tests import heif, toy
from tests.app.images.test_heif import UPRIGHT_BY
from training.data.dataset import load_dataset
from training.data.decode import prepared_chunks
from training.inspection.measure import measure

SUFFIXES = (".jpg", ".png", ".webp", ".tif", ".avif", ".heic")
SPEC = InputSpec(32, "stretch")
SIDES = st.integers(8, 40).map(lambda half: 2 * half)  # H.264 has even ones alone
quiet = settings(max_examples=12, deadline=None)


def quarters(width: int, height: int, colours: list[tuple[int, int, int]]) -> Image:
    """A picture of four colours."""
    image = np.empty((height, width, 3), np.uint8)
    top, left = height // 2, width // 2
    image[:top, :left], image[:top, left:], image[top:, :left], image[top:, left:] = colours
    return image


PICTURES = st.builds(quarters, SIDES, SIDES, st.permutations([toy.RED, toy.GREEN, toy.BLUE, (255, 255, 255)]))


def write(path: Path, upright: Image, orientation: int) -> Path:
    if path.suffix == ".heic":
        return heif.write(path, toy.stored_as(upright, orientation), asks=UPRIGHT_BY[orientation])
    return toy.write_oriented(path, upright, orientation)


def alike(found: Image, expected: Image) -> bool:
    """Colours at the middles of the quarters; between them they run into each other."""
    height, width = expected.shape[:2]
    places = [(height * y // 4, width * x // 4) for y in (1, 3) for x in (1, 3)]
    return found.shape == expected.shape and all(
        np.abs(found[place].astype(int) - expected[place]).max() < 60 for place in places
    )


@quiet
@given(PICTURES, st.integers(1, 8), st.sampled_from(SUFFIXES))
def test_every_reader_of_photographs_sees_them_upright(upright: Image, orientation: int, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "data" / "class"
        folder.mkdir(parents=True)
        path = write(folder / f"photo{suffix}", upright, orientation)
        for source in (path, folder):
            with open_source(source, SourceSettings(), 0.0) as opened:
                (frame,) = opened
            assert alike(frame.image, upright), source
        measured = measure(path)
        assert (measured.problem, measured.width, measured.height) == (None, upright.shape[1], upright.shape[0])
        expected = prepare(upright, SPEC)
        (capture,) = read_captures(folder.parent, SPEC).images
        assert alike(capture.image, expected)
        ((samples, images),) = prepared_chunks(load_dataset(folder.parent).samples, SPEC)
        assert len(samples) == 1 and alike(images[0], expected)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_other_programs_see_them_upright(tmp_path: Path, model: Path, orientation: int) -> None:
    """Red alone is where the model looks, when the picture is upright."""
    upright = np.hstack([toy.plain(toy.BLUE, 32, 64), toy.plain(toy.RED, 64, 64), toy.plain(toy.GREEN, 32, 64)])
    path = toy.write_oriented(tmp_path / "photo.png", upright, orientation)
    assert Recogniser(model).label(path).label == "red"


@quiet
@given(PICTURES, st.integers(0, 3), st.booleans(), st.integers(-30, 30))
def test_films_are_upright_whatever_their_matrix(upright: Image, turns: int, mirrored: bool, tilt: int) -> None:
    """A matrix that turns by quarters, mirrors, and tilts the camera a little."""
    stored = np.rot90(np.fliplr(upright) if mirrored else upright, turns)
    angle = np.radians(90 * turns + tilt)
    turned = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = turned @ np.diag([-1, 1]) if mirrored else turned
    with tempfile.TemporaryDirectory() as name:
        path = toy.write_clip(Path(name) / "film.mp4", [(np.ascontiguousarray(stored), n / 10) for n in range(2)])
        data = bytearray(path.read_bytes())
        at = data.index(b"tkhd") + 44  # 16.16 fixed point, (a, b, u, c, d, v, ...)
        for place, value in zip((0, 4, 12, 16), matrix.flatten(), strict=True):
            struct.pack_into(">i", data, at + place, round(value * 65536))
        path.write_bytes(data)
        with open_source(path, SourceSettings(), 0.0) as opened:
            frames = list(opened)
        assert len(frames) == 2 and alike(frames[0].image, upright)
        assert alike(frames[0].prepare(SPEC), prepare(upright, SPEC))
