import io
import json
import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest

from app.errors import ModelError
from app.model.classifier import Classifier
from tests import toy


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
    return file.getvalue()


def hdf5() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as content:
        content.attrs["model_config"] = "{}"
    return file.getvalue()


def arrays() -> bytes:
    file = io.BytesIO()
    np.savez(file, a=np.zeros(3))
    return file.getvalue()


def array() -> bytes:
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


def safetensors() -> bytes:
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(4)


FILES = {
    "m.keras": (zipped("metadata.json", "config.json", "model.weights.h5"), "a Keras model; import it"),
    "keras_model.h5": (hdf5(), "an HDF5 file, .*; import it"),
    "m.tflite": (b"\x1c\0\0\0TFL3" + bytes(500), "a TensorFlow Lite model; import it"),
    "new.pt": (zipped("new/data.pkl", "new/version"), "a PyTorch file; .*torch.onnx.export"),
    "old.pth": (pickle.dumps({"w": 1}, protocol=2), "a PyTorch file; .*torch.onnx.export"),
    "m.pkl": (pickle.dumps({"w": 1}), "a Python pickle"),
    "m.safetensors": (safetensors(), "safetensors, weights without their network"),
    "converted_keras.zip": (zipped("keras_model.h5", "labels.txt"), "a zip archive; unpack it"),
    "m.tar.gz": (b"\x1f\x8b\x08" + bytes(20), "a gzip archive; unpack it"),
    "m.npz": (arrays(), "NumPy arrays"),
    "m.npy": (array(), "NumPy arrays"),
    "lfs.onnx": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
    "page.onnx": (b"\n<!DOCTYPE html><html><body>Not Found", "a web page"),
    "saved_model.pb": (b"\x08\x01\x12\xff\xff", "give the folder that it lies in"),
    "model.json": (b'{"modelTopology": {}}', "a TensorFlow.js model; .*as Keras"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_form_is_named_and_the_way_on_as_well(tmp_path: Path, name: str) -> None:
    content, words = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    refused(path, words)


@pytest.mark.parametrize("name", ["m.keras", "keras_model.h5", "m.tflite"])
def test_the_form_is_told_by_content_not_by_name(tmp_path: Path, name: str) -> None:
    content, words = FILES[name]
    path = tmp_path / "renamed.onnx"
    path.write_bytes(content)
    refused(path, words)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("saved_model.pb", "a TensorFlow SavedModel folder; import it"),
        ("best.weights.h5", "the folder of a training run; publish"),
        ("model.json", "a TensorFlow.js model"),
        ("x.txt", "a folder, no model file"),
    ],
)
def test_a_folder_is_named_by_what_lies_in_it(tmp_path: Path, file: str, words: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / file).write_text("x")
    refused(folder, words)


def test_an_onnx_model_made_elsewhere_is_one_to_import(tmp_path: Path) -> None:
    path = toy.write_model(tmp_path / "two words.onnx", metadata={"author": "somebody"})
    refused(path, "an ONNX model made elsewhere, .*import '.*two words.onnx' --output models/'two words'.onnx")


def test_a_damaged_archive_stays_what_onnx_runtime_says(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    path.write_bytes(zipped("config.json", "metadata.json")[:40])
    refused(path, "not an ONNX model")


def test_an_archive_of_a_later_zip_stays_what_onnx_runtime_says(tmp_path: Path) -> None:
    content = bytearray(zipped("config.json", "metadata.json"))
    content[content.index(b"PK\x01\x02") + 6] = 255  # the version that is needed to read it
    path = tmp_path / "m.keras"
    path.write_bytes(content)
    refused(path, "not an ONNX model")


@pytest.mark.parametrize("seed", range(20))
def test_whatever_bytes_a_file_has_it_is_refused_in_one_line(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    start = list(FILES.values())[rng.integers(len(FILES))][0][: rng.integers(40)]
    path = tmp_path / "noise.onnx"
    path.write_bytes(start + rng.bytes(rng.integers(200)))
    refused(path, "; |not an ONNX model")


def test_a_model_of_this_project_is_none_of_them(tmp_path: Path) -> None:
    path = toy.write_model(tmp_path / "own.onnx")
    assert onnx.load(path).metadata_props
    Classifier(path)


def refused(path: Path, words: str) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        Classifier(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)
