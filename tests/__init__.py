import app  # noqa: F401 (before OpenCV, as in the programs: it says how large a picture may be)
