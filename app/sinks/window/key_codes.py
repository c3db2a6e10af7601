"""The key codes of OpenCV's windows, and the letters that they stand for.

What each key does is in window.py, and for teaching (t, c) in app/teach/window_mode.py.
"""

ESCAPE = 27
ENTER = (10, 13, 0xFF8D)  # Return, and Enter of the number block under X11
BACKSPACE = (8, 127)
TAB = 9
_UNICODE = 0x1000000  # X11 adds this to the code point of a letter that has no older code
_CHARSETS = {  # by the high byte of X11's older codes: what the low byte is in (keysymdef.h)
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
    """Returns the letter of a key code, in any script; "" for Shift, arrows and the like."""
    if _UNICODE <= key <= _UNICODE + 0x10FFFF:
        letter = chr(key - _UNICODE)
    elif key >> 8 in _CHARSETS:
        letter = bytes([key & 0xFF]).decode(_CHARSETS[key >> 8], "ignore")
    else:
        return ""
    return letter if letter.isprintable() else ""
