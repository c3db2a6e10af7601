"""Captured pictures on disk: captures/<class>/<session>/<time>.jpg, folders that `python -m training train` takes."""

import hashlib
import re
from datetime import datetime
from pathlib import Path

import cv2

from app.arrays import Image
from app.errors import OutputError

LABEL_FILE = "label.txt"  # in a class's folder whose name is not the label itself
QUALITY = 95  # of the JPEG files
MAX_BYTES = 100  # of a folder's name
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]')  # what Windows, macOS and Linux between them do not take
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices, on Windows


def folder_name(label: str) -> str:
    """The label itself where that is a name that every system takes, else something like it: never a path."""
    fits = len(label.encode("utf-8", "replace")) <= MAX_BYTES
    safe = not _UNSAFE.search(label) and label.strip(" .") == label and not _RESERVED.fullmatch(label)
    if label and fits and safe:
        return label
    likeness = re.sub(r"[^\w-]+", "_", label).strip("_")[:20] or "class"
    return f"{likeness}-{hashlib.sha256(label.encode('utf-8', 'replace')).hexdigest()[:8]}"


def label_of(folder: Path) -> str:
    """What the class of a folder is called: its label.txt, or its name."""
    try:
        return (folder / LABEL_FILE).read_text(encoding="utf-8").strip() or folder.name
    except (OSError, UnicodeDecodeError):
        return folder.name


def write_capture(root: Path, label: str, session: str, image: Image) -> Path:
    """Writes BGR uint8 (H, W, 3) as it is; returns where. Raises OutputError."""
    folder = root / folder_name(label)
    try:
        (folder / session).mkdir(parents=True, exist_ok=True)
        if folder.name != label and not (folder / LABEL_FILE).exists():
            (folder / LABEL_FILE).write_text(label + "\n", encoding="utf-8")
        path = _unused(folder / session)
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}); make room or set teach.folder") from None
    return path


def remove_captures(paths: list[Path]) -> None:
    """Also the folders that become empty. A file that is gone already is no mistake."""
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        for emptied in (folder, folder.parent):
            remaining = [item.name for item in emptied.iterdir()] if emptied.is_dir() else ["gone"]
            if remaining == [LABEL_FILE]:
                (emptied / LABEL_FILE).unlink()
                remaining = []
            if not remaining:
                emptied.rmdir()


def _unused(folder: Path) -> Path:
    name = datetime.now().strftime("%H-%M-%S-%f")[:-3]
    path, number = folder / f"{name}.jpg", 2
    while path.exists():
        path, number = folder / f"{name}_{number}.jpg", number + 1
    return path
