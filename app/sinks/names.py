"""Names files that the user did not name: by the time, and never over another."""

import time
from pathlib import Path

import cv2

from app.arrays import Image
from app.errors import OutputError
from app.outputs import unused_path, written_whole


def recording_path(folder: str) -> Path:
    """Finds a name for a recording, such as recordings/2026-01-31_18-05-09.mp4, and makes the folder.

    Raises:
        OutputError: the folder cannot be made.
    """
    return _named_by_time(folder, ".mp4")


def taught_model_path(folder: str) -> Path:
    """Finds a name for a taught model, such as models/2026-01-31_18-05-09.onnx, and makes the folder.

    Raises:
        OutputError: the folder cannot be made.
    """
    return _named_by_time(folder, ".onnx")


def save_snapshot(folder: str, image: Image) -> Path:
    """Saves an image without loss, as a PNG, and makes the folder.

    Args:
        folder: where it goes.
        image: uint8 BGR (H, W, 3).

    Returns:
        The file.

    Raises:
        OutputError: the folder cannot be made, or the file cannot be written.
    """
    path = _named_by_time(folder, ".png")
    _, data = cv2.imencode(".png", image)
    with written_whole(path) as draft:
        draft.write_bytes(data.tobytes())  # cv2.imwrite cannot write to every path on Windows
    return path


def _named_by_time(folder: str, suffix: str) -> Path:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror}); choose another folder") from None
    return unused_path(Path(folder, time.strftime("%Y-%m-%d_%H-%M-%S") + suffix))
