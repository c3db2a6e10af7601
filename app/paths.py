"""The places of the project's own files."""

from pathlib import Path

PROJECT = Path(__file__).parents[1]
CONFIG = PROJECT / "config.yaml"
MODELS = PROJECT / "models"
GENERAL_MODEL = MODELS / "general.onnx"
DEMO_CLIP = PROJECT / "assets" / "demo.mp4"
