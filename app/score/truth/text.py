"""The text of a truth file, in whatever encoding a spreadsheet or a player wrote it."""

import codecs
from pathlib import Path

from app.errors import TruthError

_MOST_MB = 64  # a year of labels has less; a video given by mistake has more
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def read_text(path: Path) -> str:
    """Reads a text file: UTF-8, UTF-16 with its mark as Excel's "Unicode text" has, else Windows' Western letters.

    Args:
        path: the file.

    Returns:
        The text, with line ends as "\\n".

    Raises:
        TruthError: there is no such file, or it is no text.
    """
    try:
        if path.stat().st_size > _MOST_MB * 1_000_000:
            raise TruthError(f"{path}: has more than {_MOST_MB} MB; expected a file of labels")
        data = path.read_bytes()
    except IsADirectoryError:
        raise TruthError(f"{path}: is a folder; expected a file of labels") from None
    except FileNotFoundError:
        raise TruthError(f"{path}: no such file; expected a file of labels") from None
    except (OSError, ValueError) as error:
        raise TruthError(f"{path}: cannot be read ({error}); expected a file of labels") from None
    text = _decoded(data)
    if "\0" in text:
        raise TruthError(f"{path}: is no text; expected a file of labels")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
