import hashlib
from pathlib import Path

import pytest

from app.errors import ConfigError, ModelError, OutputError
from app.paths import HELPERS
from tests.conftest import SHARED
from training.onnx_files import helper_networks as work
from training.onnx_files.helper_networks import SOURCES, convert_helpers

PUBLISHED = SHARED / "weights" / "helpers"


@pytest.fixture
def published() -> Path:
    if not PUBLISHED.is_dir():
        pytest.skip("../shared/weights/helpers is not here")
    return PUBLISHED


def test_what_ships_is_what_the_checksums_say() -> None:
    lines = (HELPERS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: sha256 for sha256, name in (line.split() for line in lines)}
    assert set(sums) == {f"{name}.onnx" for name in SOURCES} == {path.name for path in HELPERS.glob("*.onnx")}
    for name, sha256 in sums.items():
        assert hashlib.sha256((HELPERS / name).read_bytes()).hexdigest() == sha256
        assert name in (HELPERS / "NOTICE").read_text(encoding="utf-8")


def test_a_converted_network_answers_like_the_published_one(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SOURCES", {"face_detection": SOURCES["face_detection"]})
    assert convert_helpers(published, tmp_path, overwrite=False)["face_detection"] < 1e-3
    assert (tmp_path / "SHA256SUMS").read_text(encoding="utf-8").endswith("face_detection.onnx\n")


def test_one_that_answers_otherwise_is_not_written(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "SOURCES", {"objects": SOURCES["objects"]})
    monkeypatch.setattr(work, "_difference", lambda *_: 0.5)
    with pytest.raises(ModelError, match=r"objects\.onnx: not written"):
        convert_helpers(published, tmp_path, overwrite=False)
    assert not (tmp_path / "objects.onnx").exists()


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"palm_detection_lite\.tflite.*NOTICE"):
        convert_helpers(tmp_path, tmp_path / "out", overwrite=False)


def test_files_that_are_there_are_replaced_only_with_overwrite(tmp_path: Path) -> None:
    source, output = tmp_path / "published", tmp_path / "out"
    source.mkdir()
    output.mkdir()
    for name in SOURCES.values():
        (source / name).touch()
    (output / "objects.onnx").write_text("mine")
    with pytest.raises(OutputError, match="--overwrite"):
        convert_helpers(source, output, overwrite=False)
    assert [path.name for path in output.iterdir()] == ["objects.onnx"]
