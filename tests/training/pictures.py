"""Pictures, and a base that can tell them, made on the spot."""

from pathlib import Path

import cv2
import numpy as np

COLOURS = {"blue": (230, 60, 40), "green": (40, 220, 60), "red": (40, 50, 230)}  # BGR
SIZE, ALPHA = 32, 0.35


def write_image(path: Path, colour: tuple[int, int, int], seed: int, side: int = 48) -> None:
    """A PNG of a coloured disc on dark noise, different for every seed."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 60, (side, side, 3), dtype=np.uint8)
    centre = tuple(int(value) for value in rng.integers(side // 3, 2 * side // 3, 2))
    cv2.circle(image, centre, side // 3, colour, -1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())


def make_folders(root: Path, per_class: int = 10, labels: tuple[str, ...] = ("blue", "green", "red")) -> Path:
    """Class folders with `per_class` different pictures each."""
    for position, label in enumerate(labels):
        for number in range(per_class):
            write_image(root / label / f"{label}-{number:03}.png", COLOURS[label], seed=1000 * position + number)
    return root


def write_base_weights(path: Path) -> Path:
    """Weights of a base that carries the mean colour through: what pre-training is to photographs.

    Randomly initialised, fifty frozen layers would scramble even these colours.
    """
    import keras

    from training.networks.backbones import load_base
    from training.recipe import Recipe

    base = load_base(Recipe(input_size=SIZE, alpha=ALPHA), "none")
    names = {layer.name for layer in base.layers}
    for layer in base.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            layer.set_weights([np.full(layer.kernel.shape, 1 / 9, np.float32)])
        elif isinstance(layer, keras.layers.Conv2D):
            is_residual = layer.name.replace("_project", "_add") in names and "_project" in layer.name
            layer.set_weights([np.zeros(layer.kernel.shape) if is_residual else _copying_kernel(layer.kernel.shape)])
    first = base.get_layer("bn_Conv1")
    gamma, beta, mean, variance = first.get_weights()
    first.set_weights([gamma, beta + 1, mean, variance])  # the pictures come in -1..1; the activations drop what is < 0
    base.save_weights(path)
    return path


def _copying_kernel(shape: tuple[int, int, int, int]) -> np.ndarray:
    height, width, channels, outputs = shape
    kernel = np.zeros(shape, np.float32)
    for output in range(outputs):
        kernel[:, :, output % channels, output] = 1 / (height * width)
    return kernel
