"""What a file is that is no model of this project, by its first bytes, and which way leads on."""

import shlex
import zipfile
from pathlib import Path
from typing import NamedTuple

from app.command import program


class Form(NamedTuple):
    """A form of files that people give for a model.

    Attributes:
        what: it is, in words.
        way: what to do with it; "" where `import` takes it.
    """

    what: str
    way: str = ""


KERAS = Form("a Keras model")
HDF5 = Form("an HDF5 file, as Keras and Teachable Machine write them")
TFLITE = Form("a TensorFlow Lite model")
SAVED_MODEL = Form("a TensorFlow SavedModel folder")
ONNX = Form("an ONNX model made elsewhere, its metadata has no 'contract'")
_TO_ONNX = "write it as ONNX where it was made (torch.onnx.export) and import that"
_UNPACK = "unpack it and give the file within: .onnx, .keras, .h5 or .tflite"
_OTHERS = {
    "torch": Form("a PyTorch file", _TO_ONNX),
    "weights": Form("a file of safetensors, weights without their network", _TO_ONNX),
    "pickle": Form("a Python pickle, as PyTorch and scikit-learn write them", _TO_ONNX),
    "numpy": Form("a file of NumPy arrays, no model", "give an .onnx file, such as those in models/"),
    "zip": Form("a zip archive", _UNPACK),
    "gzip": Form("a gzip archive", _UNPACK),
    "lfs": Form("a pointer of Git LFS, not the file itself", "get the file with: git lfs pull"),
    "html": Form("a web page, not a model", "download the file itself"),
    "run": Form("the folder of a training run", "publish the run with the command export"),
    "tfjs": Form("a TensorFlow.js model", "in Teachable Machine export it for Tensorflow as Keras, and import that"),
    "graph": Form("a part of a TensorFlow SavedModel", "give the folder that it lies in"),
    "folder": Form("a folder, no model file", "give the path of a file in it, .onnx, .keras, .h5 or .tflite"),
}
_STARTS = {
    b"\x89HDF\r\n\x1a\n": HDF5,
    b"\x1f\x8b": _OTHERS["gzip"],
    b"\x93NUMPY": _OTHERS["numpy"],
    b"version https://git-lfs": _OTHERS["lfs"],
    **{bytes([0x80, protocol]): _OTHERS["pickle"] for protocol in range(2, 6)},
}
_ZIP = b"PK\x03\x04"
_TORCH_SUFFIXES = {".pt", ".pth"}
_FIRST_BYTES = 1024


def form_of(path: Path) -> Form | None:
    """Looks at a file or folder.

    Args:
        path: what was given for a model.

    Returns:
        Its form; None for nothing that is known, ONNX files among it, or that cannot be read.
    """
    try:
        if path.is_dir():
            return _folder_form(path)
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return _file_form(path, file.read(_FIRST_BYTES))
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):  # the last one: of a later ZIP version
        return None


def advice(path: Path, form: Form) -> str:
    """Returns one line for a user: what the file is, and which way leads on."""
    command = f"{program('train')} import {shlex.quote(str(path))} --output models/{shlex.quote(path.stem)}.onnx"
    return f"{form.what}; {form.way or f'import it: {command}'}"


def _folder_form(path: Path) -> Form:
    signs = {"saved_model.pb": SAVED_MODEL, "best.weights.h5": _OTHERS["run"], "model.json": _OTHERS["tfjs"]}
    return next((form for name, form in signs.items() if (path / name).is_file()), _OTHERS["folder"])


def _file_form(path: Path, head: bytes) -> Form | None:
    if head.startswith(_ZIP):
        return _zip_form(path)
    form = next((form for start, form in _STARTS.items() if head.startswith(start)), None)
    if form is not None:
        return _OTHERS["torch"] if form is _OTHERS["pickle"] and path.suffix in _TORCH_SUFFIXES else form
    if head[4:8] == b"TFL3":
        return TFLITE
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") <= path.stat().st_size:
        return _OTHERS["weights"]
    if head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        return _OTHERS["html"]
    if path.name == "saved_model.pb":
        return _OTHERS["graph"]
    return _OTHERS["tfjs"] if head.lstrip().startswith(b"{") and b'"modelTopology"' in head else None


def _zip_form(path: Path) -> Form:
    with zipfile.ZipFile(path) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    if {"config.json", "metadata.json"} <= names:
        return KERAS
    if names & {"data.pkl", "constants.pkl"}:
        return _OTHERS["torch"]
    return _OTHERS["numpy" if names and all(name.endswith(".npy") for name in names) else "zip"]
