"""Makes assets/demo.mp4 from photographs that may be redistributed: python assets/make_demo.py

Needs scikit-image and matplotlib beside the app's packages, for the photographs that they carry (assets/README.md).
"""

import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.arrays import Image
from app.config.settings import RecordSettings
from app.images.lettering import put_text
from app.sinks.recording.video_file import VideoFile

SIZE_PX, FPS, SCENE_S, FADE_S, ZOOM = (1280, 720), 25, 4.0, 0.5, 0.12
SCENES = (  # package, file, caption
    ("skimage.data", "astronaut.png", "Eileen Collins (NASA, public domain)"),
    ("skimage.data", "coffee.png", "Coffee (Rachel Michetti, CC0)"),
    ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", "Grace Hopper (US Navy, public domain)"),
    ("skimage.data", "camera.png", "Photographer (Lav Varshney, CC0)"),
    ("skimage.data", "chelsea.png", "Chelsea (Stefan van der Walt, CC0)"),
)


def main() -> None:
    """Writes demo.mp4 beside this file."""
    target = VideoFile(Path(__file__).with_name("demo.mp4"), RecordSettings(crf=27, preset="medium", keyframe_s=4.0))
    for index, image in enumerate(images()):
        target.write(image, index / FPS)
    target.close()


def images() -> Iterator[Image]:
    """Yields the clip, `FPS` images a second, uint8 BGR (720, 1280, 3): scenes that zoom slowly and fade over."""
    last: Image | None = None
    for package, name, caption in SCENES:
        still = load(package, name)
        for step in range(round(SCENE_S * FPS)):
            image = scene(still, caption, step / (SCENE_S * FPS))
            share = min(1.0, step / (FADE_S * FPS))
            yield image if last is None else np.asarray(cv2.addWeighted(image, share, last, 1 - share, 0), np.uint8)
        last = image


def load(package: str, name: str) -> Image:
    """Reads a photograph of an installed package, uint8 BGR."""
    data = np.frombuffer(files(package).joinpath(name).read_bytes(), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def scene(still: Image, caption: str, progress: float) -> Image:
    """Draws a photograph at full height before its own blurred enlargement, with its caption.

    Args:
        still: uint8 BGR (H, W, 3).
        caption: the line below "DEMO".
        progress: 0..1, how far the zoom has come.

    Returns:
        uint8 BGR (720, 1280, 3).
    """
    width, height = SIZE_PX
    canvas = _blurred_ground(still)
    scale = (1 + ZOOM * progress) * height / still.shape[0]
    side = min(width, round(still.shape[1] * height / still.shape[0]))
    move = np.array(
        [[scale, 0, (side - scale * still.shape[1]) / 2], [0, scale, (height - scale * still.shape[0]) / 2]]
    )
    left = (width - side) // 2
    canvas[:, left : left + side] = cv2.warpAffine(still, move, (side, height), flags=cv2.INTER_CUBIC)
    cv2.rectangle(canvas, (width - 470, height - 92), (width, height - 20), (25, 25, 25), -1)
    put_text(canvas, "DEMO: stills, not a camera", (width - 452, height - 62), 22, (245, 245, 245), 700)
    put_text(canvas, caption, (width - 452, height - 34), 20, (190, 190, 190), 500)
    return canvas


def _blurred_ground(still: Image) -> Image:
    width, height = SIZE_PX
    wide = cv2.resize(still, (width, width * still.shape[0] // still.shape[1]), interpolation=cv2.INTER_CUBIC)
    top = (wide.shape[0] - height) // 2
    return np.asarray(cv2.GaussianBlur(wide[top : top + height], (0, 0), 30) // 2, np.uint8)


if __name__ == "__main__":
    main()
