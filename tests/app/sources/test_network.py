import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.config.settings import SourceSettings
from app.errors import SourceError
from app.sources.media import MediaSource
from app.sources.network import why_unreachable

SETTINGS = SourceSettings(open_timeout_s=2.0, read_timeout_s=2.0)


@pytest.fixture
def plain_port() -> int:
    """A web server that does not encrypt."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("scheme", ["http", "https", "rtsp"])
def test_a_name_that_is_not_known_is_told(scheme: str) -> None:
    with pytest.raises(SourceError, match=r"the name camera\.invalid is not known") as error:
        MediaSource(f"{scheme}://anna:secret@camera.invalid/1", SETTINGS, 0.0)
    assert "secret" not in str(error.value)


def test_a_server_without_encryption_is_told(plain_port: int) -> None:
    with pytest.raises(SourceError, match="no encrypted connection, TLS: "):
        MediaSource(f"https://127.0.0.1:{plain_port}/video", SETTINGS, 0.0)
    assert why_unreachable(f"http://127.0.0.1:{plain_port}/video", 1.0) == ""
