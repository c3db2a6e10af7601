"""Text for people: what a terminal can show, counts, lists, the nearest known word, names that are the same."""

import difflib
import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

JOINERS = "\u200c\u200d"  # invisible, but Persian and Indic words and emoji are spelled with them


def printable(text: str) -> str:
    """Escapes what a terminal or a page cannot show: control characters, and bytes that are not UTF-8.

    Args:
        text: any text, also a file name with the surrogates that Python makes of bytes which are not UTF-8.

    Returns:
        The text in printable characters and JOINERS alone.

    Example:
        >>> printable("a\\x1b[31mb")
        'a\\\\x1b[31mb'
    """
    shown = text.encode("utf-8", "backslashreplace").decode()
    return "".join(
        letter if letter.isprintable() or letter in JOINERS else letter.encode("unicode_escape").decode()
        for letter in shown
    )


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Puts a count before its noun.

    Args:
        count: how many there are.
        noun: the word for one.
        plural: the word for any other count; None: `noun` with an s.

    Example:
        >>> counted(1, "image"), counted(2000, "image"), counted(0, "class", "classes")
        ('1 image', '2,000 images', '0 classes')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str]) -> str:
    """Joins names for a sentence; without names it is "".

    Example:
        >>> listed(["a", "b", "c"])
        'a, b and c'
    """
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)


def shortened(names: Sequence[str], most: int = 3) -> str:
    """Joins the first names for a sentence and says how many more there are.

    Args:
        names: what is to be named.
        most: how many are named.

    Example:
        >>> shortened(["a", "b", "c", "d", "e"])
        'a, b, c and 2 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def nearest(wrong: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Finds the known word that looks most like a wrong one.

    Args:
        wrong: what was written.
        known: what can be written.
        cutoff: the similarity that a word must have, 0 (nothing alike) to 1 (the same), as of `difflib`.

    Returns:
        The word, or None when none is that similar.

    Example:
        >>> nearest("treshold", ["threshold", "margin"])
        'threshold'
    """
    return next(iter(difflib.get_close_matches(wrong, list(known), n=1, cutoff=cutoff)), None)


def suggestion(wrong: str, known: Sequence[str]) -> str:
    """Ends an error message about an unknown word: with the nearest known one, or with all of them.

    Example:
        >>> suggestion("treshold", ["threshold", "margin"]), suggestion("xyz", ["threshold", "margin"])
        ('did you mean threshold?', 'known: threshold, margin')
    """
    close = nearest(wrong, known)
    return f"did you mean {close}?" if close else f"known: {', '.join(known)}"


def tidy(name: str) -> str:
    """Writes a name as it is stored: composed letters (NFC; archives of macOS hold them in pieces), no outer spaces.

    Example:
        >>> tidy("mu\u0308de ") == "m\xfcde"
        True
    """
    return unicodedata.normalize("NFC", name).strip()


@functools.lru_cache(maxsize=1024)  # of every frame's label
def comparable(name: str) -> str:
    """Returns the form in which names of classes are compared: capitals, spaces and underscores make no difference.

    Example:
        >>> comparable("Washing  dishes ") == comparable("washing_dishes"), comparable("tea") == comparable("teas")
        (True, False)
    """
    return " ".join(re.split(r"[\s_]+", tidy(unicodedata.normalize("NFD", name).casefold()))).strip()


def same_name(name: str, known: Iterable[str]) -> str | None:
    """Finds a name among known ones: the very same, else the first that is the same in form.

    Args:
        name: as it is written here.
        known: as they are written there.

    Returns:
        The known one's spelling; None when there is none.

    Example:
        >>> same_name("Washing dishes", ["reading", "washing_dishes"])
        'washing_dishes'
    """
    known = list(known)
    form = comparable(name)
    return name if name in known else next((other for other in known if comparable(other) == form), None)


def spellings(names: Iterable[str]) -> list[list[str]]:
    """Groups the names that are the same in form, where there are several.

    Example:
        >>> spellings(["Tea", "milk", "tea"])
        [['Tea', 'tea']]
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        groups[comparable(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def display_name(label: str) -> str:
    """Turns a class name into what people read: no underscores, and a capital at the beginning.

    Args:
        label: a class, or what stands in the place of one.

    Example:
        >>> display_name("washing_dishes"), display_name("unsure")
        ('Washing dishes', 'Unsure')
    """
    text = label.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def slug(text: str) -> str:
    """Returns a text in letters, digits and hyphens, for names of buckets and topics.

    Example:
        >>> slug("camera 0"), slug("rtsp://cam.local/1"), slug("카메라")
        ('camera-0', 'rtsp-cam-local-1', 'x')
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def duration(seconds: float) -> str:
    """Writes a duration to the second below an hour, to the minute above.

    Example:
        >>> duration(7.4), duration(125), duration(3725)
        ('7 s', '2 min 05 s', '1 h 02 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60:02} s" if whole < 3600 else rounded(seconds)


def rounded(seconds: float) -> str:
    """Writes a duration to the second below two minutes, to the minute above.

    Example:
        >>> rounded(7.4), rounded(95), rounded(125), rounded(3725)
        ('7 s', '1 min 35 s', '2 min', '1 h 02 min')
    """
    if round(seconds) < 120:
        return duration(seconds)
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
