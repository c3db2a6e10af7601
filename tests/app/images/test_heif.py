"""Photographs in HEIC and AVIF files, which other programs wrote or `tests.heif` made."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from app.arrays import Image
from app.images.heif import decode_heif
from app.images.read import read_image
from tests import heif, toy
from tests.app import process

# Six tiles of 64x64 px and a thumbnail, of two plain colours, in the way of an iPhone; pillow-heif wrote it.
TILES = Path(__file__).with_name("tiles.heic")
UPRIGHT_BY = {  # EXIF's orientations in HEIC's words
    1: [],
    2: [heif.mirrored(1)],
    3: [heif.turned(2)],
    4: [heif.mirrored(0)],
    5: [heif.turned(1), heif.mirrored(0)],
    6: [heif.turned(3)],
    7: [heif.turned(3), heif.mirrored(0)],
    8: [heif.turned(1)],
}


def picture(width: int, height: int) -> Image:
    """Every place differs from every other, smoothly."""
    across, down = np.linspace(0, 255, width), np.linspace(0, 255, height)
    blue, green = np.meshgrid(across, down)
    return np.stack([blue, green, 255 - (blue + green) / 2], axis=2).astype(np.uint8)


def is_like(image: Image | None, expected: Image) -> bool:
    assert image is not None and image.dtype == np.uint8 and image.flags["C_CONTIGUOUS"]
    return image.shape == expected.shape and float(np.abs(image.astype(int) - expected).mean()) < 5


@settings(max_examples=25, deadline=None)
@given(
    st.integers(49, 180),
    st.integers(49, 180),
    st.tuples(st.sampled_from([16, 32, 64]), st.sampled_from([16, 48])),
    st.integers(1, 8),
)
def test_tiles_become_the_photograph(width: int, height: int, tile: tuple[int, int], orientation: int) -> None:
    upright = picture(width, height)
    with tempfile.TemporaryDirectory() as folder:
        stored = toy.stored_as(upright, orientation)
        path = heif.write(Path(folder) / "photo.heic", stored, tile=tile, asks=UPRIGHT_BY[orientation])
        assert is_like(read_image(path), upright)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_in_one_piece_stands_upright(tmp_path: Path, orientation: int) -> None:
    upright = toy.corners()
    stored = toy.stored_as(upright, orientation)
    assert is_like(read_image(heif.write(tmp_path / "a.heic", stored, asks=UPRIGHT_BY[orientation])), upright)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_that_another_program_wrote_stands_upright(tmp_path: Path, orientation: int) -> None:
    """Pillow says in HEIC's words what EXIF says."""
    upright = toy.corners()
    assert is_like(read_image(toy.write_oriented(tmp_path / "photo.avif", upright, orientation)), upright)


@pytest.mark.parametrize("tile", [0, 512])
def test_what_another_program_wrote_is_read_as_it_reads_it(tmp_path: Path, tile: int) -> None:
    pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif, which encodes HEIC, is not installed")
    image = picture(1100, 700)
    written = pillow_heif.from_bytes("RGB", (1100, 700), image[..., ::-1].tobytes())
    written.save(tmp_path / "photo.heic", quality=90, **({"tile_size": tile} if tile else {}))
    theirs = np.asarray(pillow_heif.open_heif(tmp_path / "photo.heic", convert_hdr_to_8bit=True))[..., ::-1]
    ours = read_image(tmp_path / "photo.heic")
    assert ours is not None and ours.shape == image.shape
    assert np.abs(ours.astype(int) - theirs).mean() < 1.5


def test_the_parts_that_are_cut_away_are_not_seen(tmp_path: Path) -> None:
    image = picture(120, 80)
    path = heif.write(tmp_path / "a.heic", image, tile=(32, 32), asks=[heif.cropped(60, 40, right=20, down=-10)])
    assert is_like(read_image(path), image[15:55, 40:100])
    path = heif.write(tmp_path / "a.heic", image, tile=(32, 32), asks=[heif.cropped(60, 40), heif.turned(1)])
    assert is_like(read_image(path), np.rot90(image[20:60, 30:90]))
    assert read_image(heif.write(tmp_path / "a.heic", image, asks=[heif.cropped(60, 40, right=2000)])) is None


def test_the_photograph_of_a_telephone_is_whole_in_every_reader(tmp_path: Path, model: Path) -> None:
    """Not one of its tiles, nor its thumbnail; also under the name of a JPEG."""
    image = read_image(TILES)
    assert image is not None and image.shape == (128, 192, 3)
    (tmp_path / "folder").mkdir()
    for name in ("photo.heic", "folder/photo.HEIF", "folder/photo.jpg"):
        (tmp_path / name).write_bytes(TILES.read_bytes())
    for source, frames in (("photo.heic", "1 frame,"), ("folder", "2 frames,")):
        done = process.run("--source", source, "--model", model, "--no-window", folder=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Labelled {frames}" in done.stdout


def test_an_avif_that_moves_plays_as_a_source_and_is_its_first_image_in_a_folder(tmp_path: Path, model: Path) -> None:
    images = [Pillow.fromarray(toy.plain(colour, 64, 64)) for colour in (toy.RED, toy.GREEN, toy.BLUE)]
    path = tmp_path / "moves.avif"
    images[0].save(path, save_all=True, append_images=images[1:], duration=100)
    done = process.run("--source", path, "--model", model, "--no-window", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Labelled 3 frames" in done.stdout
    assert is_like(read_image(path), np.asarray(images[0])[..., ::-1])


@pytest.mark.parametrize("keep", [0, 4, 8, 12, 40, 100, 300, 500])
def test_a_file_that_breaks_off_is_none(tmp_path: Path, keep: int) -> None:
    data = heif.write(tmp_path / "a.heic", picture(64, 64), tile=(32, 32)).read_bytes()
    assert decode_heif(data[:keep]) is None


def test_a_photograph_that_claims_too_much_is_none(tmp_path: Path) -> None:
    data = heif.write(tmp_path / "a.heic", picture(80, 64), tile=(32, 32)).read_bytes()
    grid = bytes((0, 0, 1, 2, 0, 80, 0, 64))
    assert data.count(grid) == 1
    assert decode_heif(data) is not None
    for hostile in ((0, 0, 1, 2, 255, 255, 255, 255), (0, 0, 1, 2, 0, 0, 0, 0), (0, 0, 255, 255, 0, 80, 0, 64)):
        assert decode_heif(data.replace(grid, bytes(hostile))) is None
    for other in (
        (0, 0, 1, 2, 0, 97, 0, 64),
        (0, 0, 1, 2, 0, 64, 0, 64),
    ):  # more than the tiles hold, or one for nothing
        assert decode_heif(data.replace(grid, bytes(other))) is None
