"""A folder of images, in natural order, as a slow video."""

import logging
from collections.abc import Iterator
from pathlib import Path

from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.images.class_folders import IMAGE_SUFFIXES, is_image, natural_key
from app.images.read import read_image
from app.sources.base import Source
from app.system.process import MAX_PIXELS
from app.text import counted

_log = logging.getLogger(__name__)


class FolderSource(Source):
    """Yields every readable image of a folder, `folder_fps` a second. Unreadable ones are skipped and named."""

    def __init__(self, folder: Path, settings: SourceSettings, min_side_px: int | None = None) -> None:
        """Lists the images of a folder, not of the folders in it.

        Args:
            folder: the folder.
            settings: `folder_fps` is the rate.
            min_side_px: as of `read_image`.

        Raises:
            SourceError: the folder cannot be listed or has no images.
        """
        self.source_id, self._min_side_px = str(folder), min_side_px
        self._step_s = 1 / settings.folder_fps
        try:
            names = [path for path in folder.iterdir() if is_image(path)]
        except OSError as error:
            raise SourceError(f"{folder}: cannot be listed ({error.strerror}); give another folder") from None
        self._paths = sorted(names, key=natural_key)
        if not self._paths:
            kinds = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
            raise SourceError(f"{folder}: has no images ({kinds}); give a folder that holds them itself")

    def __iter__(self) -> Iterator[Frame]:
        index, broken = 0, []
        for path in self._paths:
            image = read_image(path, self._min_side_px)
            if image is None:
                broken.append(path.name)
                continue
            time_s = index * self._step_s
            yield Frame(image, index, time_s, self.source_id, is_picture=True, lasts_s=self._step_s, file=path.name)
            index += 1
        if index == 0:
            count = len(self._paths)
            raise SourceError(f"{self.source_id}: none of its {count} images can be read; damaged or too large?")
        if broken:
            what = f"{counted(len(broken), 'image')}, damaged or larger than {MAX_PIXELS / 1e6:.0f} million pixels"
            _log.warning("%s: skipped %s: %s", self.source_id, what, ", ".join(broken))

    def close(self) -> None:
        """Does nothing: no file stays open between two images."""
