"""Nothing leaves the machine, and a password stays where the user typed it."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import process
from tests.app.servers import NetworkCamera, mjpeg
from tests.conftest import ROOT

SECRETS = ("anna", "s3cret", "t0ken")


@pytest.fixture
def camera() -> Iterator[NetworkCamera]:
    network = NetworkCamera(mjpeg)
    network.switch_on()
    yield network
    network.switch_off()


def traced(folder: Path, *arguments: object) -> list[str]:
    """The addresses that the app, with everything it starts, connected or sent to; empty for none."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = folder / "calls.txt"
    command = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,bind,listen", "-o", str(log)]
    done = subprocess.run(
        [*command, *process.COMMAND, *map(str, arguments)],
        cwd=folder,
        env=process.environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    if "ptrace" in done.stderr.lower():
        pytest.skip("strace may not watch processes here")
    assert done.returncode == 0, done.stderr
    return re.findall(r"sin6?_port=htons\((\d+)\)", log.read_text())


def test_a_session_on_a_file_opens_no_connection(tmp_path: Path, model: Path, clip: Path) -> None:
    assert (
        traced(
            tmp_path,
            *("--source", clip, "--model", model, "--no-window", "--record", "r.mp4", "--log", "l.csv"),
            *("--predictions", "p.csv", "--stats", "s.json"),
        )
        == []
    )


def test_a_session_on_a_network_camera_connects_to_that_camera_alone(
    tmp_path: Path, model: Path, camera: NetworkCamera
) -> None:
    url = f"http://127.0.0.1:{camera.port}/video"
    assert set(traced(tmp_path, "--source", url, "--model", model, "--no-window", "--max-seconds", 1)) == {
        str(camera.port)
    }


@pytest.mark.parametrize(
    "program",
    [
        ("-c", "import app.model.classifier as model; model.Classifier('m.onnx')"),
        ("-m", "app", "--source", "photos", "--model", "m.onnx", "--no-window"),
        ("-m", "training", "evaluate", "m.onnx", "--data", "photos"),
    ],
    ids=["library", "app", "training"],
)
def test_onnx_runtime_keeps_no_identifier_of_the_device(tmp_path: Path, model: Path, program: tuple[str, ...]) -> None:
    """It once wrote one into the user's home when it was imported, and looked up its makers' server 10 s later."""
    shutil.copy(model, tmp_path / "m.onnx")
    home = tmp_path / "home"
    home.mkdir()
    given = process.environment(HOME=str(home), XDG_CACHE_HOME="", CI="", PYTHONPATH=str(ROOT))
    given.pop("ORT_DISABLE_TELEMETRY", None)  # these tests have set it for themselves
    done = subprocess.run([sys.executable, *program], cwd=tmp_path, env=given, capture_output=True, text=True)
    assert done.returncode in (0, 2), done.stderr
    assert [path for path in home.rglob("*") if "matplotlib" not in path.parts] == []


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_user_password_and_token_are_written_nowhere(
    tmp_path: Path, model: Path, camera: NetworkCamera, debug: list[str]
) -> None:
    url = f"http://anna:s3cret@127.0.0.1:{camera.port}/video?key=t0ken"
    with process.start(
        *("--source", url, "--model", model, "--no-window", "--record", "r.mp4", "--log", "l.csv"),
        *("--predictions", "p.csv", "--stats", "s.json", "--set", "source.reconnect_s=0.5", *debug),
        *("--set", "source.read_timeout_s=1"),
        folder=tmp_path,
    ) as running:
        running.waits_until(lambda: running.out, "a first label")
        camera.switch_off()
        status, out, err = running.ends()
    assert f"http://127.0.0.1:{camera.port}/video" in err
    assert status == (1 if debug else 2)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert {"r.mp4", "l.csv", "p.csv", "s.json"} <= set(written)
    for where, what in {**written, "stdout": out.encode(), "stderr": err.encode()}.items():
        for secret in SECRETS:
            assert secret.encode() not in what, f"{secret} in {where}"


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_an_address_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path, model: Path, debug: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for scheme in ("http", "rtsp"):
        done = process.run(
            *("--source", f"{scheme}://anna:s3cret@127.0.0.1:{port}/1?key=t0ken", "--model", model, *debug),
            *("--set", "source.open_timeout_s=1"),
            folder=tmp_path,
        )
        assert done.returncode != 0
        assert f"{scheme}://127.0.0.1:{port}/1" in done.stderr
        assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr], done.stderr
