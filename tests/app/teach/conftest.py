"""Captures of three colours that the toy model's embedding tells apart."""

import numpy as np
import pytest

from app.arrays import Image
from app.teach.captures import Capture

COLOURS = {"warm": (220, 60, 40), "cold": (40, 60, 220), "leafy": (60, 200, 60)}  # RGB


def noisy(colour: tuple[int, int, int], rng: np.random.Generator, size: int = 32) -> Image:
    """Noise around one RGB colour."""
    return np.clip(np.asarray(colour) + rng.normal(0, 25, (size, size, 3)), 0, 255).astype(np.uint8)


@pytest.fixture
def captures() -> list[Capture]:
    """Three classes of eight images in two sessions each."""
    rng = np.random.default_rng(1)
    return [
        Capture(noisy(np.add(colour, rng.normal(0, 10, 3)), rng), label, f"s{number // 4}", f"{label}-{number}")
        for label, colour in COLOURS.items()
        for number in range(8)
    ]
