"""The images of a finished run on which an export compares models and calibrates int8."""

from pathlib import Path

from app.arrays import Images
from app.errors import ConfigError
from app.images.prepare import InputSpec
from app.system.terminal import warn
from app.text import counted
from training.data.stored_samples import balanced, first_readable, stored_samples
from training.run_folder import SPLIT, RunConfig

PARITY_IMAGES = 64
CALIBRATION_IMAGES = 200


class RunImages:
    """The run's images, found again by its split, through the app's own `prepare`.

    Attributes:
        parts: train, val and test -> its samples, whether or not they are still there.
    """

    def __init__(self, folder: Path, config: RunConfig, data_root: Path | None) -> None:
        """Reads the split.

        Args:
            folder: the run's.
            config: what led to it.
            data_root: where the images are now; None: where they were.

        Raises:
            ConfigError: the split is missing or damaged.
        """
        self._root = data_root or Path(config.data_root)
        self._spec: InputSpec = config.recipe.input_spec
        self.parts = stored_samples(folder / SPLIT, self._root, config.labels)

    def parity(self) -> Images:
        """Reads 64 of the test, else validation, else training images, spread over the classes.

        Returns:
            RGB uint8 (n, S, S, 3); fewer with a warning.

        Raises:
            ConfigError: fewer than two are there.
        """
        samples = [sample for part in ("test", "val", "train") for sample in balanced(self.parts[part])]
        images = first_readable(samples, self._spec, PARITY_IMAGES)
        if len(images) < 2:
            raise ConfigError(
                f"{self._root}: the run's images are no longer there; export compares models on them, so say where "
                "they are with --data-root"
            )
        if len(images) < PARITY_IMAGES:
            found = counted(len(images), "readable image")
            warn(f"only {found} to compare the models on, {PARITY_IMAGES} wanted")
        return images

    def calibration(self) -> Images:
        """Reads training images, as many of each class as there are, up to 200 in all.

        Returns:
            RGB uint8 (n, S, S, 3).

        Raises:
            ConfigError: none is there.
        """
        images = first_readable(balanced(self.parts["train"]), self._spec, CALIBRATION_IMAGES)
        if not len(images):
            raise ConfigError(
                f"{self._root}: the run's training images are not there; --int8 calibrates on them, so say where they "
                "are with --data-root"
            )
        return images
