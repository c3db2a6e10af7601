"""The settings of a whole process. They belong to command lines: a library changes nothing that outlasts its call."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

# What FFmpeg takes at most as well, and more than any camera makes. A file of a few kilobytes may claim the 1,000
# million pixels (3 GB) that OpenCV takes by default.
MAX_PIXELS = 2**28
# When it is imported, ONNX Runtime writes an identifier of the device into the user's home, and soon tries to send what
# it was used for to its makers. Its own `disable_telemetry_events` comes too late for either.
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}


def prepare_process(quiet: bool = False) -> None:
    """Sets the environment variables that OpenCV, Qt and ONNX Runtime read once, when they are first imported or used.

    A variable that the user has set stays. Child processes inherit all of them.

    Args:
        quiet: OpenCV and Qt print nothing; what fails arrives as an exception anyway.
    """
    wanted = {
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(MAX_PIXELS),
        # MSMF spends up to a minute on hardware transforms before the first image (opencv#17687)
        "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
        **NO_TELEMETRY,
    }
    if quiet:
        wanted |= {"OPENCV_LOG_LEVEL": "SILENT", "QT_LOGGING_RULES": "*.warning=false"}
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Sets environment variables for the block alone, for a library that reads them when it is imported.

    Args:
        variables: name to value; one that is set already keeps its value.
    """
    added = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def use_one_opencv_thread() -> None:
    """Keeps OpenCV to the calling thread: waking its pool for images this small takes 4 % of a core at 30 a second."""
    import cv2  # late: --help needs no OpenCV

    cv2.setNumThreads(1)
