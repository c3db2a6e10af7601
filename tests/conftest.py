"""What many tests share: the toy model, clips, and the material in ../shared where a checkout has it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from app.system.cores import usable_cores
from app.system.interrupts import SIGNALS, interrupts
from tests import toy

hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)  # the same cases each time
hypothesis.settings.load_profile("steady")

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores, for many tests wait; four at most, for TensorFlow takes 2 GB in each."""
    return min(usable_cores() + 1, 4)


@pytest.fixture(autouse=True)
def signals_as_they_were() -> Iterator[None]:
    """A command line that runs within this process takes Ctrl-C to itself."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    interrupts.install()  # forgets what has arrived
    for number, handler in handlers.items():
        if handler is not None:  # not Python's
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy ONNX file that tells red, green and blue apart."""
    return toy.write_model(tmp_path_factory.mktemp("model") / "colours.onnx")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds at 10 frames a second: 2 s red, 2 s green, 2 s grey; 320x240."""
    path = tmp_path_factory.mktemp("clip") / "colours.mp4"
    colours = (toy.RED, toy.GREEN, toy.GREY)
    return toy.colour_clip(path, 6, 10, lambda time_s: colours[int(time_s // 2)], width=320, height=240)


@pytest.fixture
def shared_clip() -> "SharedClip":
    return SharedClip()


class SharedClip:
    """`shared_clip("eat.mkv")`: a path below ../shared/clips; the test is skipped, by name, where it is absent."""

    def __call__(self, name: str) -> Path:
        path = SHARED / "clips" / name
        if not path.exists():
            pytest.skip(f"../shared/clips/{name} is not here")
        return path


@pytest.fixture(scope="session", autouse=True)
def own_sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whoever pauses the sessions of this machine meanwhile (`--pause`) does not mean those of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("sessions")))
        yield


@pytest.fixture(scope="session", autouse=True)
def heeds_signals() -> None:
    """What whoever started the tests ignores (nohup, a shell's &) is no business of the programs that they start."""
    for name in ("SIGHUP", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
