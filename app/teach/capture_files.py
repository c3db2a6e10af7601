"""Captures on disk: <class>/<session>/<time>.jpg, in folders that teaching and training read alike."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import cv2

from app.arrays import Image
from app.errors import OutputError
from app.images.class_folders import class_folders
from app.images.folder_images import LABEL_FILE
from app.outputs import unused_path, write_text, written_whole

QUALITY = 95  # of the JPEG files
DELETED = ".deleted"  # the folder of classes that were deleted in the window
MAX_BYTES = 100  # of a folder's name
_UNSAFE = re.compile(r'[\x00-\x1f<>:"/\\|?*]')  # forbidden in names by Windows, macOS or Linux
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # devices, on Windows


def folder_name(label: str) -> str:
    """Returns the name of a class's folder, never a path.

    The label itself where every system takes it as a name, else its letters and a hash of it.

    Example:
        >>> folder_name("tea"), folder_name("coffee: yes?")
        ('tea', 'coffee_yes-20e7df01')
    """
    fits = len(label.encode("utf-8", "replace")) <= MAX_BYTES
    safe = not _UNSAFE.search(label) and label.strip(" .") == label and not _RESERVED.fullmatch(label)
    if label and fits and safe:
        return label
    similar = re.sub(r"[^\w-]+", "_", label).strip("_")[:20] or "class"
    return f"{similar}-{hashlib.sha256(label.encode('utf-8', 'replace')).hexdigest()[:8]}"


def write_capture(root: Path, label: str, session: str, image: Image) -> Path:
    """Writes an image as a JPEG named by the time; gives the class's folder a label.txt where its name needs one.

    Args:
        root: the folder of class folders; made when it is not there.
        label: the class.
        session: the name of the folder between class and file.
        image: uint8 BGR (H, W, 3).

    Returns:
        The file.

    Raises:
        OutputError: it cannot be written.
    """
    class_folder = root / folder_name(label)
    folder = class_folder / session
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}); make room or set teach.folder") from None
    if class_folder.name != label and not (class_folder / LABEL_FILE).exists():
        write_text(class_folder / LABEL_FILE, label + "\n")
    path = unused_path(folder / f"{datetime.now().strftime('%H-%M-%S-%f')[:-3]}.jpg")
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    with written_whole(path) as draft:
        draft.write_bytes(data.tobytes())
    return path


def remove_captures(paths: Sequence[Path]) -> None:
    """Removes files, and the folders that become empty by that; a file that is gone already is no mistake.

    Raises:
        OSError: one cannot be removed.
    """
    for path in paths:
        path.unlink(missing_ok=True)
    for session in {path.parent for path in paths}:
        for folder in (session, session.parent):
            _remove_if_empty(folder)


def _remove_if_empty(folder: Path) -> None:
    """A label.txt alone counts as empty."""
    if not folder.is_dir() or any(path.name != LABEL_FILE for path in folder.iterdir()):
        return
    (folder / LABEL_FILE).unlink(missing_ok=True)
    folder.rmdir()


def move_aside(root: Path, label: str) -> Path | None:
    """Moves the folders of a class into a hidden folder, which neither teaching nor training reads.

    Args:
        root: the folder of class folders.
        label: the class.

    Returns:
        Where they are now; None where there are none.

    Raises:
        OutputError: they cannot be moved.
    """
    target = None
    try:
        for path in _folders_of(root, label):
            target = unused_path(root / DELETED / path.name)
            target.parent.mkdir(exist_ok=True)
            path.rename(target)
    except OSError as error:
        raise OutputError(f"{root}: a class cannot be moved aside ({error.strerror}); remove its folder") from None
    return target


def rename_folders(root: Path, old: str, new: str) -> None:
    """Renames the folders of a class, label.txt within where the new name needs one.

    Args:
        root: the folder of class folders.
        old: the class.
        new: its new name.

    Raises:
        OutputError: they cannot be renamed.
    """
    try:
        for path in _folders_of(root, old):
            target = root / folder_name(new)
            if target.exists() and not target.samefile(path):  # the same: only the case of a letter changes
                target = unused_path(target)
            path.rename(target)
            if target.name == new:
                (target / LABEL_FILE).unlink(missing_ok=True)
            else:
                write_text(target / LABEL_FILE, new + "\n")
    except OSError as error:
        raise OutputError(f"{root}: a class cannot be renamed ({error.strerror}); rename its folder") from None


def _folders_of(root: Path, label: str) -> list[Path]:
    return [found.path for found in class_folders(root) if found.label == label] if root.is_dir() else []
