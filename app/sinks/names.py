"""Names for recordings and snapshots that the user did not name, and the writing of a snapshot."""

import time
from pathlib import Path

import cv2

from app.arrays import Image
from app.errors import OutputError


def recording_path(folder: str) -> Path:
    """recordings/2026-01-31_18-05-09.mp4, unused so far; makes the folder. Raises OutputError."""
    return _unused(Path(folder), ".mp4")


def model_path(folder: str) -> Path:
    """models/2026-01-31_18-05-09.onnx, unused so far; makes the folder. Raises OutputError."""
    return _unused(Path(folder), ".onnx")


def save_snapshot(folder: str, image: Image) -> Path:
    """Writes BGR uint8 (H, W, 3) as a PNG named by the time; returns where. Raises OutputError."""
    path = _unused(Path(folder), ".png")
    _, data = cv2.imencode(".png", image)
    try:
        path.write_bytes(data.tobytes())  # cv2.imwrite cannot write to every path on Windows
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from None
    return path


def _unused(folder: Path, suffix: str) -> Path:
    _made(folder)
    name = time.strftime("%Y-%m-%d_%H-%M-%S")
    path, number = folder / f"{name}{suffix}", 2
    while path.exists():
        path, number = folder / f"{name}_{number}{suffix}", number + 1
    return path


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror})") from None
    return folder
