"""Cameras that come unplugged, disks that fill, processes that are stopped: the whole app as a process of its own."""

import contextlib
import importlib
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from app.config.settings import SourceSettings
from app.sources.media import MediaSource
from tests import toy
from tests.app import process
from tests.app.servers import NetworkCamera, mjpeg, mpeg_ts
from tests.fakes import rows

QUICK = ("--set", "source.read_timeout_s=1", "--set", "source.open_timeout_s=1")
LID_CLOSED_S = 3.0  # longer than smoothing.gap_s
AWAY_S = 1.2  # how long a camera is off
SMALL = ("--set", "source.camera.width_px=640", "--set", "source.camera.height_px=480")


class Session(process.Running):
    """The app as a process, with what it writes while it runs."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        self.folder = folder
        super().__init__([*process.COMMAND, "--no-window", *arguments], folder=folder, env=process.environment())

    def rows(self, name: str = "p.csv") -> list[dict[str, str]]:
        try:
            return rows(self.folder / name)
        except FileNotFoundError:  # the program tries at its start whether it can write there, and cleans up
            return []

    def waits_for_rows(self, more: int) -> None:
        """Until the predictions have that many more rows."""
        goal = len(self.rows()) + more
        self.waits_until(lambda: len(self.rows()) >= goal)


@pytest.fixture
def session(tmp_path: Path, model: Path) -> Iterator[Callable[..., Session]]:
    with contextlib.ExitStack() as started:
        yield lambda *arguments: started.enter_context(Session(tmp_path, "--model", model, *QUICK, *arguments))


@pytest.fixture
def camera() -> Iterator[Callable[..., NetworkCamera]]:
    switched_on = []

    def switch_on(stream: Callable[..., None] = mjpeg) -> NetworkCamera:
        switched_on.append(NetworkCamera(stream))
        switched_on[-1].switch_on()
        return switched_on[-1]

    yield switch_on
    for each in switched_on:
        each.switch_off()


def has_rows(table: Path) -> bool:
    try:
        return len(rows(table)) > 10
    except FileNotFoundError:  # as in Session.rows
        return False


def times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time for frame in container.decode(video=0) if frame.time is not None]


def duration_s(predictions: list[dict[str, str]]) -> float:
    """From the first row to the last whole one."""
    at_s = [float(row["time_s"]) for row in predictions if row["label"]]
    return at_s[-1] - at_s[0]


ADDRESS = {mjpeg: "http://127.0.0.1:{}/video", mpeg_ts: "tcp://127.0.0.1:{}"}


@pytest.mark.parametrize("stream", [mjpeg, mpeg_ts], ids=["mjpeg", "mpeg-ts"])
def test_a_camera_switched_off_and_on_is_found_again(
    session: Callable[..., Session], camera: Callable[..., NetworkCamera], stream: Callable[..., None]
) -> None:
    """With another picture size after it; the log has the gap and the recording plays through it."""
    network = camera(stream)
    url = ADDRESS[stream].format(network.port)
    running = session("--source", url, "--predictions", "p.csv", "--log", "log.csv", "--record", "r.mp4")
    running.waits_for_rows(30)
    network.switch_off()
    running.waits_until(lambda: running.err, "the loss is told")
    time.sleep(AWAY_S)
    network.picture = toy.plain(toy.GREEN, 320, 240)
    network.switch_on()
    before = len(running.rows())
    running.waits_for_rows(30)
    status, _, err = running.ends(signal.SIGINT)
    assert status == 130
    lost, back = err.splitlines()
    assert url in lost and "10 min" in lost
    assert url in back

    labels = [row["label"] for row in running.rows()]
    assert set(labels[:before]) == {"red"}
    assert set(labels[before:]) == {"green"}, "nothing of the time before is mixed in"
    (first, second) = running.rows("log.csv")
    assert (first["label"], second["label"]) == ("red", "green")
    assert float(second["start_s"]) - float(first["end_s"]) >= AWAY_S
    recorded = times(running.folder / "r.mp4")
    assert len(recorded) == pytest.approx(len(labels), abs=2)
    assert max(later - earlier for earlier, later in itertools.pairwise(recorded)) >= AWAY_S


def test_a_camera_that_falls_silent_is_connected_to_anew(
    session: Callable[..., Session], camera: Callable[..., NetworkCamera]
) -> None:
    network = camera()
    running = session("--source", ADDRESS[mjpeg].format(network.port), "--predictions", "p.csv")
    running.waits_for_rows(20)
    network.silent.set()
    running.waits_until(lambda: network.connections > 1)
    network.silent.clear()
    running.waits_for_rows(20)
    status, _, err = running.ends(signal.SIGINT)
    assert (status, len(err.splitlines())) == (130, 2), err


def test_the_picture_may_change_its_size_in_mid_stream(
    session: Callable[..., Session], camera: Callable[..., NetworkCamera]
) -> None:
    network = camera()
    running = session(
        "--source", ADDRESS[mjpeg].format(network.port), "--predictions", "p.csv", "--record", "r.mp4"
    )  # fmt: skip
    running.waits_for_rows(20)
    network.picture = toy.plain(toy.BLUE, 90, 200)
    running.waits_until(lambda: running.rows()[-1]["label"] == "blue")
    status, _, err = running.ends(signal.SIGINT)
    assert (status, err) == (130, "")
    assert len(times(running.folder / "r.mp4")) == pytest.approx(len(running.rows()), abs=2)


def test_a_camera_that_stays_away_ends_the_session_with_its_files_closed(
    session: Callable[..., Session], camera: Callable[..., NetworkCamera]
) -> None:
    network = camera()
    running = session(
        *("--source", ADDRESS[mjpeg].format(network.port), "--predictions", "p.csv", "--record", "r.mp4"),
        *("--set", "source.reconnect_s=1"),
    )
    running.waits_for_rows(20)
    network.switch_off()
    status, out, err = running.ends()
    assert status == 2
    assert "trying again for 1 s" in err.splitlines()[0]
    assert "given up after 1 s" in err.splitlines()[-1]
    assert "Recorded r.mp4" in out
    assert times(running.folder / "r.mp4")


def test_quitting_does_not_wait_for_a_camera_that_is_away(
    session: Callable[..., Session], camera: Callable[..., NetworkCamera]
) -> None:
    network = camera()
    running = session("--source", ADDRESS[mjpeg].format(network.port), "--predictions", "p.csv")
    running.waits_for_rows(5)
    network.switch_off()
    running.waits_until(lambda: running.err, "the loss is told")
    assert running.ends(signal.SIGINT).returncode == 130


def test_one_camera_lost_leaves_the_other_running(
    session: Callable[..., Session], camera: Callable[..., NetworkCamera]
) -> None:
    lost, kept = camera(), camera()
    running = session(
        *("--source", ADDRESS[mjpeg].format(lost.port), "--source", ADDRESS[mjpeg].format(kept.port)),
        *("--predictions", "p.csv", "--set", "source.reconnect_s=1"),
    )
    running.waits_until(lambda: len({row["source"] for row in running.rows()}) == 2)
    lost.switch_off()
    running.waits_until(lambda: len(running.err.splitlines()) == 2, "it is lost, and given up")
    running.waits_for_rows(20)
    status, _, err = running.ends(signal.SIGINT)
    assert status == 130
    assert all(str(lost.port) in line for line in err.splitlines())
    assert {row["source"] for row in running.rows()[-20:]} == {ADDRESS[mjpeg].format(kept.port)}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Six megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True)
    if made.returncode:
        pytest.skip("only the administrator of a Linux may mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_ends_the_recording_and_the_session_goes_on(
    session: Callable[..., Session], small_disk: Path
) -> None:
    running = session(
        *("--source", "synthetic", *SMALL, "--predictions", "p.csv"),
        *("--record", small_disk / "r.mp4", "--set", "record.min_free_mb=1"),
    )
    running.waits_for_rows(75)
    lasted_s = duration_s(running.rows())
    with contextlib.suppress(OSError):
        (small_disk / "filled").write_bytes(bytes(20_000_000))  # somebody else takes the rest
    running.waits_until(lambda: running.err, "the full disk is told")
    running.waits_for_rows(30)
    status, _, err = running.ends(signal.SIGINT)
    assert status == 130
    told = err.splitlines()[0]
    assert "r.mp4" in told and "No space left" in told
    with MediaSource(str(small_disk / "r.mp4"), SourceSettings(), 0.0) as recorded:  # skips what the disk cut in two
        assert list(recorded)[-1].time_s > lasted_s - 2.0


def test_a_disk_without_room_is_told_before_the_camera_opens(tmp_path: Path, model: Path, small_disk: Path) -> None:
    done = process.run("--source", "77", "--model", model, "--record", small_disk / "r.mp4", folder=tmp_path)
    assert done.returncode == 2
    assert "min_free_mb" in done.stderr
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("lasts", [40, 75])
def test_killed_at_any_moment_all_but_the_last_two_seconds_play(session: Callable[..., Session], lasts: int) -> None:
    running = session("--source", "synthetic", "--predictions", "p.csv", "--record", "r.mp4")
    running.waits_for_rows(lasts)
    running.ends(signal.SIGKILL)
    assert times(running.folder / "r.mp4")[-1] > duration_s(running.rows()) - 2.0


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot suspend a process from outside")
def test_a_suspended_session_goes_on_afresh(
    session: Callable[..., Session], camera: Callable[..., NetworkCamera]
) -> None:
    """As a laptop does whose lid is closed."""
    network = camera()
    running = session(
        *("--source", ADDRESS[mjpeg].format(network.port), "--predictions", "p.csv", "--log", "log.csv"),
        *("--record", "r.mp4"),
    )
    running.waits_for_rows(30)
    running.gets(signal.SIGSTOP)
    network.picture = toy.plain(toy.GREEN, 160, 120)
    time.sleep(LID_CLOSED_S)
    running.gets(signal.SIGCONT)
    running.waits_until(lambda: running.rows()[-1]["label"] == "green")
    assert running.ends(signal.SIGINT).returncode == 130
    log = running.rows("log.csv")
    assert [log[0]["label"], log[-1]["label"]] == ["red", "green"]
    gaps = [float(later["start_s"]) - float(earlier["end_s"]) for earlier, later in itertools.pairwise(log)]
    assert max(gaps) >= LID_CLOSED_S - 0.5
    assert times(running.folder / "r.mp4")


@pytest.mark.skipif(os.name == "nt", reason="sends signals")
@pytest.mark.parametrize("name", ["SIGHUP", "SIGQUIT", "SIGUSR1", "SIGALRM", "SIGXCPU"])
def test_every_signal_that_ends_a_process_leaves_whole_files(tmp_path: Path, model: Path, name: str) -> None:
    number = getattr(signal, name)
    files = ("--log", "l.csv", "--record", "r.mp4", "--stats", "s.json", "--predictions", "p.csv")
    given = ("--no-window", "--source", "synthetic", "--model", model, *files)
    with process.start(*given, folder=tmp_path) as app:
        app.waits_until(lambda: has_rows(tmp_path / "p.csv"))
        ended = app.ends(number)
    assert (ended.returncode, ended.stderr) == (128 + number, "")
    assert rows(tmp_path / "l.csv") and (tmp_path / "s.json").stat().st_size
    assert len(times(tmp_path / "r.mp4")) == len(rows(tmp_path / "p.csv"))


@pytest.mark.skipif(os.name == "nt", reason="closes a terminal")
def test_a_terminal_that_is_closed_leaves_whole_files(tmp_path: Path, model: Path) -> None:
    files = ("--log", "l.csv", "--record", "r.mp4", "--stats", "s.json", "--predictions", "p.csv")
    pid, terminal = importlib.import_module("pty").fork()  # late: Windows has none
    if not pid:
        os.chdir(tmp_path)
        given = ("--no-window", "--source", "synthetic", "--model", str(model), *files)
        os.execv(process.COMMAND[0], [*process.COMMAND, *given])
    deadline_s = time.monotonic() + process.PATIENCE_S
    while not has_rows(tmp_path / "p.csv"):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    os.close(terminal)
    while (ended := os.waitpid(pid, os.WNOHANG))[0] == 0:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    assert os.waitstatus_to_exitcode(ended[1]) == 128 + signal.SIGHUP
    assert rows(tmp_path / "l.csv") and (tmp_path / "s.json").stat().st_size
    assert len(times(tmp_path / "r.mp4")) == len(rows(tmp_path / "p.csv"))


@pytest.mark.skipif(os.name == "nt", reason="makes a pipe")
def test_ctrl_c_ends_the_wait_for_a_pipe_that_nobody_writes_to(tmp_path: Path, model: Path) -> None:
    os.mkfifo(tmp_path / "clip.mp4")
    with process.start("--no-window", "--source", "clip.mp4", "--model", model, folder=tmp_path) as app:
        time.sleep(3)  # nothing tells that it waits
        assert app.ends(signal.SIGINT) == (130, "", "")


def test_with_overwrite_every_file_is_replaced(tmp_path: Path, model: Path, clip: Path) -> None:
    """That none is without it is in session/test_targets."""
    files = {"record": "r.mp4", "log": "l.csv", "predictions": "p.csv", "stats": "s.json"}
    for name in files.values():
        (tmp_path / name).write_bytes(b"precious")
    flags = [part for flag, name in files.items() for part in (f"--{flag}", name)]
    done = process.run(
        *("--source", clip, "--model", model, "--no-window", "--max-seconds", 1, "--overwrite", *flags), folder=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert all((tmp_path / name).read_bytes() not in (b"", b"precious") for name in files.values())


def test_a_clock_set_back_changes_nothing(tmp_path: Path, model: Path) -> None:
    """The app runs with a clock of the day that goes backwards."""
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nstart, real = time.time(), time.monotonic\nbegan = real()\n"
        "time.time = lambda: start - 100 * (real() - began)\n"
    )
    done = process.run(
        *("--source", "synthetic", "--model", model, "--no-window", "--max-seconds", 2, "--predictions", "p.csv"),
        *("--record", "r.mp4"),
        folder=tmp_path,
        PYTHONPATH=str(tmp_path),
    )
    assert done.returncode == 0, done.stderr
    at_s = [float(row["time_s"]) for row in rows(tmp_path / "p.csv")]
    assert at_s == sorted(at_s)
    assert at_s[-1] - at_s[0] == pytest.approx(times(tmp_path / "r.mp4")[-1], abs=0.05)
