"""Whether the keyboard writes capitals: OpenCV's Qt windows tell of letters in lower case alone."""

from app.system.x_server import x_server


def writes_capitals() -> bool:
    """Returns whether either Shift or Caps Lock is on, not both; False where there is no X server to ask."""
    server = x_server()
    return server is not None and server.writes_capitals()
