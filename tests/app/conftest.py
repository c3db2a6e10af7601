import contextlib
from collections.abc import Iterator

import pytest

from tests.app import screen


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with screen.virtual_screen() as name:
        yield name


@pytest.fixture
def room():
    """`with room(1000):` no file may grow beyond 1000 bytes, as on a disk that is nearly full."""
    resource = pytest.importorskip("resource", reason="file sizes can be limited on Unix only")

    @contextlib.contextmanager
    def limit(bytes_):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit
