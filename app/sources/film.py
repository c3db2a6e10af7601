"""Which of the video streams of a file is its film."""

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from app.errors import SourceError

_COVER = Disposition.attached_pic | Disposition.timed_thumbnails
_PHOTOGRAPHS = "mov"  # FFmpeg's reader of MP4 reads HEIC and AVIF as well


def find_film(container: InputContainer, name: str) -> VideoStream:
    """Finds the stream that a player would show: the one marked as default, else the largest. A cover is none.

    Args:
        container: the file, opened.
        name: the file, for messages.

    Returns:
        The stream.

    Raises:
        SourceError: there is none, or it is cut into tiles.
    """
    videos = container.streams.video
    films = [stream for stream in videos if not stream.disposition & _COVER]
    if not films:
        what = "no video, only the picture of a cover" if videos else "no video"
        raise SourceError(f"{name}: holds {what}; give a video file, an image or a stream")
    tiles = [stream for stream in films if stream.disposition & Disposition.dependent]
    whole = [stream for stream in films if stream not in tiles] or films
    best = max(whole, key=_rank)
    in_tiles = _PHOTOGRAPHS in container.format.name and not best.disposition & Disposition.default
    if tiles and (in_tiles or best in tiles):  # what is whole beside the tiles is the thumbnail
        raise SourceError(
            f"{name}: is stored in {len(tiles)} tiles (HEIC or AVIF) that cannot be put together here; "
            "convert it to JPEG or PNG, or fetch it if it is on another computer"
        )
    return best


def _rank(stream: VideoStream) -> tuple[bool, bool, int, int]:
    """Grows with how likely a player is to show the stream: it can be decoded, is the default, is large, moves."""
    if stream.codec_context is None:
        return False, False, 0, 0
    return True, bool(stream.disposition & Disposition.default), stream.width * stream.height, stream.frames
