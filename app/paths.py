"""Where the project's own files lie: beside the code in a checkout, within the package where it is installed."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
INSTALLED = (_PACKAGE / "data").is_dir()  # only the wheel has this folder: see pyproject.toml

PROJECT = _PACKAGE / "data" if INSTALLED else _PACKAGE.parent
CONFIG = PROJECT / "config.yaml"
MODELS = PROJECT / "models"
GENERAL_MODEL = MODELS / "general.onnx"
BACKGROUND = MODELS / "background.npz"  # what taught classes are told apart from
HELPERS = MODELS / "helpers"  # networks that find faces, hands and objects
DEMO_CLIP = PROJECT / "assets" / "demo.mp4"
