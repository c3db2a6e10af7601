import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.app import screen

Room = Callable[[int], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with screen.virtual_screen() as name:
        yield name


@pytest.fixture
def room() -> Room:
    """`with room(1000):` no file may grow beyond 1000 bytes, as on a disk that is nearly full."""
    resource = pytest.importorskip("resource", reason="file sizes can be limited on Unix only")

    @contextlib.contextmanager
    def limit(bytes_: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limit
