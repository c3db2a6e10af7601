"""Makes assets/demo.mp4 from footage that may be used as an edited demo: python assets/make_demo.py FOLDER

FOLDER holds the files that assets/README.md names, with their origins and licences.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.arrays import Image
from app.config.settings import RecordSettings
from app.images.lettering import put_text, text_width
from app.sinks.recording.video_file import VideoFile
from app.sources.open import open_source

SIZE_PX, FPS = (1280, 720), 25
NOTE = "DEMO: a recording, not your camera"


class Cut(NamedTuple):
    """A piece of a file, from one second to another, and whose it is.

    Attributes:
        share: of the width and the height that is shown; the rest is cut off at the right, above and below.
    """

    file: str
    start_s: float
    end_s: float
    credit: str
    share: float = 1.0


CUTS = (  # in the order in which they are shown, one after the other without fading
    Cut("texting.mp4", 0.0, 7.0, "Pixabay"),
    Cut("want.mkv", 0.0, 1.5, "Intel, CC BY 4.0"),
    Cut("typing.mp4", 12.2, 16.2, "Pixabay", 0.9),
    Cut("help.mkv", 0.0, 1.9, "Intel, CC BY 4.0"),
    Cut("texting.mp4", 8.0, 11.8, "Pixabay"),
    Cut("yes.mkv", 0.0, 2.0, "Intel, CC BY 4.0"),
)


def main() -> None:
    """Writes demo.mp4 beside this file."""
    if len(sys.argv) != 2:
        raise SystemExit("error: give the folder with the footage; assets/README.md says where it is from")
    target = VideoFile(Path(__file__).with_name("demo.mp4"), RecordSettings(crf=27, preset="medium", keyframe_s=4.0))
    for index, image in enumerate(images(Path(sys.argv[1]))):
        target.write(image, index / FPS)
    target.close()


def images(folder: Path) -> Iterator[Image]:
    """Yields the clip, `FPS` images a second, uint8 BGR (720, 1280, 3)."""
    for cut in CUTS:
        for image in cut_out(folder / cut.file, cut.start_s, cut.end_s):
            yield framed(cropped(image, cut.share), cut.credit)


def cut_out(file: Path, start_s: float, end_s: float) -> Iterator[Image]:
    """Yields a piece of a file, `FPS` images a second: each the newest one at its time."""
    next_s = start_s
    last: Image | None = None
    with open_source(str(file)) as source:
        for frame in source:
            while last is not None and next_s < min(frame.time_s, end_s) - 1e-6:
                yield last
                next_s += 1 / FPS
            if frame.time_s >= end_s:
                return
            last = frame.image
    while last is not None and next_s < end_s - 1e-6:
        yield last
        next_s += 1 / FPS


def cropped(image: Image, share: float) -> Image:
    """Returns the left of an image, midway between its top and its bottom: a share of its width and its height."""
    height, width = image.shape[:2]
    top = round(height * (1 - share) / 2)
    return image[top : height - top, : round(width * share)]


def framed(image: Image, credit: str) -> Image:
    """Fits an image into the demo's, before its own blurred enlargement where its shape is another, with a caption.

    Args:
        image: uint8 BGR (H, W, 3).
        credit: whose it is.

    Returns:
        uint8 BGR (720, 1280, 3).
    """
    width, height = SIZE_PX
    scale = min(width / image.shape[1], height / image.shape[0])
    fitting = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(image, fitting, interpolation=way)
    canvas = _blurred_ground(image)
    left, top = (width - fitting[0]) // 2, (height - fitting[1]) // 2
    canvas[top : top + fitting[1], left : left + fitting[0]] = small
    caption = f"{NOTE} ({credit})"
    room = text_width(caption, 18) + 24
    cv2.rectangle(canvas, (width - room, height - 52), (width, height - 20), (25, 25, 25), -1)
    put_text(canvas, caption, (width - room + 12, height - 30), 18, (205, 205, 205), 500)
    return canvas


def _blurred_ground(image: Image) -> Image:
    width, height = SIZE_PX
    wide = cv2.resize(image, (width // 8, max(height // 8, width * image.shape[0] // image.shape[1] // 8)))
    top = (wide.shape[0] - height // 8) // 2
    small = cv2.GaussianBlur(wide[top : top + height // 8], (0, 0), 4) // 2
    return np.asarray(cv2.resize(small, SIZE_PX, interpolation=cv2.INTER_LINEAR), np.uint8)


if __name__ == "__main__":
    main()
