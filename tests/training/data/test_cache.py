import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import ConfigError
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from tests.conftest import SHARED
from tests.training.pictures import make_folders, write_image
from training.data.cache import load_images
from training.data.dataset import Sample, load_dataset
from training.data.near_duplicates import perceptual_hash

SPEC = InputSpec(32, "crop")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Seventy images, more than one chunk, and two files that only look like images."""
    root = make_folders(tmp_path / "discs", 24)
    (root / "blue" / "blue-005.png").write_bytes(b"no image")
    (root / "red" / "empty.jpg").write_bytes(b"")
    return root


def samples_of(root: Path) -> list[Sample]:
    return list(load_dataset(root).samples)


def entry(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_images_hashes_and_what_is_unreadable(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = samples_of(root)
    for _ in ("built", "opened"):
        decoded = load_images(samples, SPEC, tmp_path / "cache")
        assert [sample.name for sample in decoded.unreadable] == ["blue/blue-005.png", "red/empty.jpg"]
        assert decoded.samples == [sample for sample in samples if sample not in decoded.unreadable]
        assert decoded.images.shape == (71, 32, 32, 3) and decoded.images.dtype == np.uint8
        assert decoded.hashes.shape == (71,) and decoded.hashes.dtype == np.uint64
        for sample, image, value in zip(decoded.samples, decoded.images, decoded.hashes, strict=True):
            original = read_image(sample.path)
            assert original is not None
            assert np.array_equal(image, prepare(original, SPEC)) and int(value) == perceptual_hash(original)
    assert capsys.readouterr().out == "decoding 73 images (once)\n"


def test_the_images_are_mapped_and_cannot_be_changed(root: Path, tmp_path: Path) -> None:
    images = load_images(samples_of(root), SPEC, tmp_path / "cache").images
    assert isinstance(images, np.memmap) and not images.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


def test_contents_order_size_and_resize_rule_make_an_entry(root: Path, tmp_path: Path) -> None:
    samples = samples_of(root)
    folder = tmp_path / "cache"
    load_images(samples, SPEC, folder)
    write_image(root / "blue" / "blue-000.png", (0, 0, 255), seed=77)
    changed = samples_of(root)
    assert load_images(changed, SPEC, folder).images[0, :, :, 0].max() > 200, "the image has turned red"
    load_images(changed[::-1], SPEC, folder)
    load_images(changed, replace(SPEC, size=40), folder)
    load_images(changed, replace(SPEC, resize="stretch"), folder)
    assert len(list(folder.iterdir())) == 5
    load_images([replace(sample, label="red", name="elsewhere") for sample in changed], SPEC, folder)
    assert len(list(folder.iterdir())) == 5, "labels and names do not matter"


@pytest.mark.parametrize("place", ["first image", "last image", "index", "footer", "end"])
def test_a_damaged_entry_is_built_anew(root: Path, tmp_path: Path, place: str) -> None:
    samples = samples_of(root)
    folder = tmp_path / "cache"
    load_images(samples, SPEC, folder)
    whole = entry(folder).read_bytes()
    images_end = 71 * 32 * 32 * 3
    at = {"first image": 5, "last image": images_end - 9, "index": images_end + 30, "footer": -6, "end": -1}
    damaged = bytearray(whole)
    damaged[at[place]] ^= 1
    entry(folder).write_bytes(damaged)
    assert load_images(samples, SPEC, folder).hashes.size == 71
    assert entry(folder).read_bytes() == whole


@pytest.mark.parametrize("keep", [0, 5, 20, 40_000, -20, -1])
def test_a_truncated_entry_is_built_anew(root: Path, tmp_path: Path, keep: int) -> None:
    samples = samples_of(root)
    load_images(samples, SPEC, tmp_path / "cache")
    path = entry(tmp_path / "cache")
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    load_images(samples, SPEC, tmp_path / "cache")
    assert path.read_bytes() == whole


def test_a_file_that_was_out_of_reach_is_tried_again(root: Path, tmp_path: Path) -> None:
    samples = samples_of(root)
    path = samples[0].path
    path.rename(tmp_path / "away")
    assert samples[0] in load_images(samples, SPEC, tmp_path / "cache").unreadable
    (tmp_path / "away").rename(path)
    assert samples[0] in load_images(samples, SPEC, tmp_path / "cache").samples


def test_nothing_readable_gives_empty_arrays(tmp_path: Path) -> None:
    samples = [Sample(tmp_path / "gone.png", "gone.png", "a", "1", "1")]
    for _ in ("built", "opened"):
        decoded = load_images(samples, SPEC, tmp_path / "cache")
        assert decoded.unreadable == samples and decoded.images.shape == (0, 32, 32, 3) and decoded.hashes.size == 0


def test_entries_that_nobody_uses_are_removed(root: Path, tmp_path: Path) -> None:
    samples = samples_of(root)
    folder = tmp_path / "cache"
    now = time.time()
    ages_d = {"old.pictures": 15, "young.pictures": 13, "killed.pictures-part": 0.1, "growing.pictures-part": 0}
    load_images(samples, SPEC, folder)
    used = entry(folder)
    for name, age_d in [*ages_d.items(), (used.name, 20), ("mine.txt", 99)]:
        with (folder / name).open("ab"):
            pass
        os.utime(folder / name, (now - age_d * 86_400,) * 2)
    load_images(samples, SPEC, folder)
    names = {"young.pictures", "growing.pictures-part", used.name, "mine.txt"}
    assert {path.name for path in folder.iterdir()} == names
    assert used.stat().st_mtime >= now - 60, "used today"


def test_too_small_a_disk_is_told_before_anything_is_decoded(root: Path, tmp_path: Path) -> None:
    large = replace(SPEC, size=1024)
    count = shutil.disk_usage(tmp_path).free // (3 * 1024 * 1024) + 1000
    if count > 2_000_000:
        pytest.skip("more than 6 TB free")
    with pytest.raises(ConfigError, match=rf"cache: {count:,} decoded images need .+ GB, the disk has .+ GB free; "):
        load_images(samples_of(root)[:1] * count, large, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_disk_that_is_full_in_the_middle_leaves_no_half_file(root: Path, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(ConfigError, match=r"cache: the decoded images \(0\.2 MB\) cannot be kept there: .+"):
            load_images(samples_of(root), SPEC, tmp_path / "cache")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list((tmp_path / "cache").iterdir())


def test_a_folder_that_cannot_be_made_is_one_line(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be kept there"):
        load_images(samples_of(root), SPEC, tmp_path / "file" / "cache")


def test_an_interruption_leaves_no_half_file(root: Path, tmp_path: Path) -> None:
    class Interrupts:
        """A path at which Ctrl-C is pressed while it is read."""

        def read_bytes(self) -> bytes:
            raise KeyboardInterrupt

    samples = samples_of(root)
    samples[-1] = replace(samples[-1], path=Interrupts())
    with pytest.raises(KeyboardInterrupt):
        load_images(samples, SPEC, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_runs_may_start_at_once(root: Path, tmp_path: Path) -> None:
    samples = samples_of(root)
    together = threading.Barrier(3)

    def total(_: int) -> int:
        together.wait()
        return int(load_images(samples, SPEC, tmp_path / "cache").images.sum(dtype=np.int64))

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(total, range(3)))) == 1
    assert entry(tmp_path / "cache").suffix == ".pictures"


def test_real_images(tmp_path: Path) -> None:
    shared = SHARED / "data" / "webcam"
    if not shared.is_dir():
        pytest.skip("../shared/data/webcam is not here")
    samples = samples_of(shared)[::6]
    decoded = load_images(samples, replace(SPEC, size=224), tmp_path / "cache")
    assert not decoded.unreadable and decoded.images.shape == (len(samples), 224, 224, 3)
    image = cv2.imdecode(np.fromfile(samples[-1].path, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(decoded.images[-1], prepare(image, replace(SPEC, size=224)))
