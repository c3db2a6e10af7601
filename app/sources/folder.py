"""A folder of images, with those in the folders below it, in natural order, as a slow video."""

import logging
from collections.abc import Iterator
from pathlib import Path

from app.command import program
from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.images.folder_images import IMAGE_SUFFIXES, find_images, skipped_lines
from app.images.read import read_image
from app.sources.base import Source
from app.sources.media import VIDEO_SUFFIXES
from app.system.process import MAX_PIXELS
from app.text import counted, shortened

_log = logging.getLogger(__name__)


class FolderSource(Source):
    """Yields every readable image of a folder, `folder_fps` a second. What is skipped is named."""

    def __init__(self, folder: Path, settings: SourceSettings, min_side_px: int | None = None) -> None:
        """Lists the images of a folder and of the folders in it.

        Args:
            folder: the folder.
            settings: `folder_fps` is the rate.
            min_side_px: as of `read_image`.

        Raises:
            SourceError: the folder cannot be listed or has no images.
        """
        self.source_id, self._folder, self._min_side_px = str(folder), folder, min_side_px
        self._step_s = 1 / settings.folder_fps
        try:
            self._paths, skipped = find_images(folder)
        except OSError as error:
            where = error.filename or folder
            raise SourceError(f"{where}: cannot be listed ({error.strerror}); give another folder") from None
        lines = list(skipped_lines(skipped, folder))
        if not self._paths:
            if videos := [each.path.name for each in skipped if each.path.suffix.lower() in VIDEO_SUFFIXES]:
                raise SourceError(_of_videos(folder, videos))
            kinds = ", ".join(sorted(suffix[1:] for suffix in IMAGE_SUFFIXES))
            why = f" ({'; '.join(lines)})" if lines else ""
            raise SourceError(f"{folder}: has no images ({kinds}){why}; give a folder that holds some")
        for line in lines:
            _log.warning("%s: %s", folder, line)

    def __iter__(self) -> Iterator[Frame]:
        index, broken = 0, []
        for path in self._paths:
            image = read_image(path, self._min_side_px)
            if image is None:
                broken.append(path.relative_to(self._folder).as_posix())
                continue
            time_s, file = index * self._step_s, path.relative_to(self._folder).as_posix()
            yield Frame(image, index, time_s, self.source_id, is_picture=True, lasts_s=self._step_s, file=file)
            index += 1
        if index == 0:
            count = len(self._paths)
            raise SourceError(f"{self.source_id}: none of its {count} images can be read; damaged or too large?")
        if broken:
            what = f"{counted(len(broken), 'image')}, damaged or larger than {MAX_PIXELS / 1e6:.0f} million pixels"
            _log.warning("%s: skipped %s: %s", self.source_id, what, shortened(broken))

    def close(self) -> None:
        """Does nothing: no file stays open between two images."""


def _of_videos(folder: Path, names: list[str]) -> str:
    """Says what to do with a folder of videos."""
    return (
        f"{folder}: has no images, but {counted(len(names), 'video')} ({shortened(names)}); "
        f"give one of them, or make the timeline of all: {program('scan')} {folder} --output OUT.csv"
    )
