"""What a command line sets for its whole process. A library has no business there, so nothing else calls this."""

import os

# What FFmpeg takes at most as well, and more than any camera makes. A file of a few kilobytes may claim the 1,000
# million pixels (3 GB) that OpenCV takes by default.
MAX_PIXELS = 2**28


def prepare_process(quiet: bool = False) -> None:
    """Sets the environment variables that OpenCV and Qt read once, when they are first imported or used.

    A variable that the user has set stays. Child processes inherit all of them.

    Args:
        quiet: OpenCV and Qt print nothing; what fails arrives as an exception anyway.
    """
    wanted = {
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(MAX_PIXELS),
        # MSMF spends up to a minute on hardware transforms before the first image (opencv#17687)
        "OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0",
    }
    if quiet:
        wanted |= {"OPENCV_LOG_LEVEL": "SILENT", "QT_LOGGING_RULES": "*.warning=false"}
    for name, value in wanted.items():
        os.environ.setdefault(name, value)


def use_one_opencv_thread() -> None:
    """Keeps OpenCV to the calling thread: waking its pool for images this small takes 4 % of a core at 30 a second."""
    import cv2  # late: --help needs no OpenCV

    cv2.setNumThreads(1)
