"""Where the ImageNet weights of a network lie on this machine, for those who cannot or will not download them."""

import os
from pathlib import Path

from app.errors import ConfigError
from app.paths import PROJECT
from training.data.folders import sha256

FOLDER_VARIABLE = "DAILY_ACTIVITY_WEIGHTS"  # an environment variable: a folder, or the file itself
FILE = "mobilenet_v2_imagenet_notop.weights.h5"
SHA256 = "2ce95dad6813d1b978dba64a4d80c9ae4f004b929aec34cba8797acb2d720655"
SOURCE = (
    "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/"
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
)


def places() -> list[Path]:
    """Lists the files that may be the weights of MobileNetV2 at alpha 1.0, in the order in which they are tried."""
    variable = os.environ.get(FOLDER_VARIABLE, "")
    named = [Path(variable)] if variable.endswith(".h5") else [Path(variable) / FILE] if variable else []
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "daily-activity"
    return [*named, cache / FILE, PROJECT.parent / "shared" / "weights" / FILE]


def stored_weights() -> Path | None:
    """Finds the weights of MobileNetV2 at alpha 1.0.

    Returns:
        The file; None where there is none.

    Raises:
        ConfigError: a file of that name is damaged.
    """
    for path in places():
        if path.is_file():
            if path.name == FILE and sha256(path) != SHA256:
                raise ConfigError(f"{path}: damaged, or another file of that name; fetch it again or remove it")
            return path
    return None


def cannot_be_downloaded() -> ConfigError:
    """Says where a file of weights may come from, and where it may lie."""
    tried = ", ".join(map(str, places()))
    return ConfigError(
        f"the ImageNet weights cannot be downloaded (is the network open?); get {SOURCE} elsewhere and give it with "
        f"--weights PATH, or lay {FILE} at one of: {tried}; {FOLDER_VARIABLE} may name another folder"
    )
