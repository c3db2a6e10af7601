"""Key codes as OpenCV's windows deliver them, and the letters that they stand for."""

ESCAPE = 27
ENTER = (10, 13, 0xFF8D)  # Return, and Enter of the number block under X11
BACKSPACE = (8, 127)
_UNICODE = 0x1000000  # X11 adds it to the code point of a letter that has no older code
_CHARSETS = {  # of X11's older codes, by their second byte; the first is the letter's in that character set
    0x0: "iso8859-1",
    0x1: "iso8859-2",
    0x2: "iso8859-3",
    0x3: "iso8859-4",
    0x5: "iso8859-6",
    0x6: "koi8-u",
    0x7: "iso8859-7",
    0xC: "iso8859-8",
    0xD: "iso8859-11",
}


def typed(key: int) -> str:
    """The letter, in any script, of a key code; "" for Shift, arrows and the like. Sources: keysymdef.h of X11."""
    if _UNICODE <= key <= _UNICODE + 0x10FFFF:
        letter = chr(key - _UNICODE)
    elif key >> 8 in _CHARSETS:
        letter = bytes([key & 0xFF]).decode(_CHARSETS[key >> 8], "ignore")
    else:
        return ""
    return letter if letter.isprintable() else ""
