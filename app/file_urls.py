"""file:// addresses as file managers and browsers give them, for every input and output that is a path."""

import argparse
import re
from pathlib import Path
from urllib.parse import unquote


def path_of(text: str) -> Path:
    """Returns the path that a text means: itself, what a file:// address says, or one below the user's home (~/).

    What exists as it is written is taken so: file:///a%20b may be a file with a percent sign.

    Args:
        text: a path or a file:// address; spaces and # may be coded (%20, %23) or not.

    Example:
        >>> path_of("file://localhost/my%20clips/a.mp4").as_posix(), path_of("a%20b.mp4").as_posix()
        ('/my clips/a.mp4', 'a%20b.mp4')
    """
    if re.match(r"~(/|$)", text) and not exists(Path("~")):  # as in --log=~/a.csv, where shells leave it
        return Path(text).expanduser()
    match = re.match(r"file:(//(localhost(?=/))?)?", text, re.IGNORECASE)
    if match is None or exists(Path(text)):
        return Path(text)
    rest = text[match.end() :]
    if exists(Path(rest)):
        return Path(rest)
    plain = unquote(rest, errors="surrogateescape")
    return Path(plain.lstrip("/") if re.match(r"/+[A-Za-z]:/", plain) else plain)  # /C:/clip.mp4, of Windows


def exists(path: Path) -> bool:
    """Asks the system whether a path exists; False for one that it cannot look at."""
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a name, or with a zero in it
        return False


def path_argument(text: str) -> Path:
    """Returns the path that a flag says.

    Raises:
        argparse.ArgumentTypeError: it is an address in the network.
    """
    if re.match(r"(?!file:)[a-z][a-z0-9+.-]+://", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(f"expected a path on this computer, got an address ({text.split(':')[0]}://)")
    return path_of(text)
