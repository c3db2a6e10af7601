"""Flags and mistakes: exit status 2 and one line on stderr that says what to do."""

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import __version__, cli
from tests import toy
from tests.app import process

Arguments = list[str]


def mistake(folder: Path, *arguments: object, model: Path | None = None) -> str:
    """Runs the app, checks that it ends as after a user's mistake, and returns its one line."""
    given = ("--model", model) if model else ()
    done = process.run(*given, *arguments, folder=folder)
    assert done.returncode == 2, (done.stdout, done.stderr)
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: ")
    return lines[0]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of things that are not videos."""
    (tmp_path / "text.mp4").write_text("no video at all\n" * 50)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "bare").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "film.mkv").touch()
    (tmp_path / "notes" / "readme.txt").write_text("hello")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.jpg").write_bytes(b"\xff\xd8\xff not a picture")
    (tmp_path / "text.onnx").write_text("no model\n")
    (tmp_path / "list.yaml").write_text("- 1\n- 2\n")
    (tmp_path / "typo.yaml").write_text("smoothing:\n  tau_s: 0.5\n  treshold: 0.4\n")
    (tmp_path / "type.yaml").write_text("smoothing:\n  tau_s: fast\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--source", "missing.mp4"], "missing.mp4: no such file or folder"),
        (["--source", "text.mp4"], "text.mp4: cannot be opened"),
        (["--source", ""], "the source is empty"),
        (["--source", "empty.mp4"], "empty.mp4: cannot be opened"),
        (["--source", "bare"], "bare: has no images"),
        (["--source", "notes"], "notes: has no images"),
        (["--source", "broken"], "broken: none of its 1 images can be read"),
        (["--source", "77"], "camera 77: does not open"),
        (["--source", "synthetic", "--source", "synthetic"], "given twice"),
        (["--source", "text.mp4", "--source", "./text.mp4"], "given twice"),
        (["--source", "synthetic", "--record", "no/such/folder.mp4"], "the folder no/such does not exist"),
        (["--source", "synthetic", "--record", "clip.avi"], "ends in .mp4"),
        (["--source", "synthetic", "--record", "bare"], "ends in .mp4"),
        (["--source", "synthetic", "--log", "log.txt"], "ends in .csv"),
        (["--source", "synthetic", "--log", "a.csv", "--predictions", "./a.csv"], "--log and --predictions"),
        (["--source", "synthetic", "--stats", "no/stats.json"], "the folder no does not exist"),
        (["--config", "missing.yaml"], "missing.yaml: no such file"),
        (["--config", "list.yaml"], "list.yaml, line 1"),
        (
            ["--config", "typo.yaml"],
            "typo.yaml, line 3: unknown key smoothing.treshold; did you mean smoothing.threshold?",
        ),
        (["--config", "type.yaml"], "type.yaml, line 2: smoothing.tau_s: expected float, got str"),
        (["--set", "smoothing.tau=1"], "did you mean smoothing.tau_s?"),
        (["--set", "record.crf=99"], "record.crf"),
        (["--set", "nonsense"], "expected key=value"),
        (["--max-seconds", "soon"], "expected seconds above 0"),
        (["--max-seconds", "0"], "expected seconds above 0"),
        (["--sauce", "0"], "--help"),
        (["text.mp4"], "did you mean --source text.mp4?"),
        (["--source", "text.mp4", "0"], "did you mean --source 0?"),
        (["--source", "films"], "--output"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(files: Path, model: Path, arguments: Arguments, expected: str) -> None:
    before = sorted(files.rglob("*"))
    line = mistake(files, *arguments, model=model)
    assert expected in line
    assert [path for path in sorted(files.rglob("*")) if path not in before] == [], "nothing is left behind"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("missing.onnx", "no such model file"), ("text.onnx", "not an ONNX model"), ("bare", "a folder, no model file")],
)
def test_a_wrong_model_is_one_line_and_status_2(files: Path, name: str, expected: str) -> None:
    assert expected in mistake(files, "--source", "synthetic", "--model", name)


def test_a_model_without_metadata_is_refused_with_the_reason(files: Path) -> None:
    toy.write_model(files / "plain.onnx", metadata={})
    assert "metadata has no 'contract'" in mistake(files, "--source", "synthetic", "--model", "plain.onnx")


def test_a_model_whose_labels_do_not_fit_is_refused(files: Path) -> None:
    toy.write_model(files / "five.onnx", labels=("a", "b", "c", "d", "e"), classes=3)
    assert "5 labels need probs of shape (N, 5)" in mistake(files, "--source", "synthetic", "--model", "five.onnx")


def test_an_unwritable_recording_is_told_before_the_camera_opens(files: Path, model: Path) -> None:
    # a folder where the file should be: refused for root too, which file permissions are not
    (files / "taken.mp4").mkdir()
    line = mistake(files, "--source", "77", "--record", "taken.mp4", model=model)
    assert "taken.mp4: is a folder" in line


@pytest.mark.parametrize("more", [[], ["--source", "synthetic"]])
def test_a_recording_never_overwrites_its_own_source(tmp_path: Path, model: Path, more: Arguments) -> None:
    clip = toy.colour_clip(tmp_path / ("c-1.mp4" if more else "c.mp4"), 1, 10, lambda time_s: toy.RED)
    before = clip.read_bytes()
    line = mistake(tmp_path, "--source", clip.name, *more, "--record", "./c.mp4", model=model)
    assert "would overwrite" in line and "which is read" in line
    assert clip.read_bytes() == before


def test_a_mistake_leaves_an_existing_recording_as_it_was(files: Path, model: Path) -> None:
    (files / "old.mp4").write_bytes(b"precious")
    mistake(files, "--source", "missing.mp4", "--record", "old.mp4", model=model)
    assert (files / "old.mp4").read_bytes() == b"precious"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
def test_a_url_that_does_not_answer_is_given_up_in_bounded_time(
    files: Path, model: Path, silent_port: int, scheme: str
) -> None:
    started_s = time.monotonic()
    url = f"{scheme}://anna:secret@127.0.0.1:{silent_port}/stream"
    line = mistake(files, "--source", url, "--set", "source.open_timeout_s=1", model=model)
    assert time.monotonic() - started_s < 20
    assert f"{scheme}://127.0.0.1" in line
    assert "secret" not in line


def test_a_url_where_nobody_listens(files: Path, model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert "Connection refused" in mistake(files, "--source", f"http://127.0.0.1:{port}/x.mjpg", model=model)


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (ModuleNotFoundError("No module named 'cv2'"), "pip install ."),
        (
            ImportError("libGL.so.1: cannot open shared object file"),
            "libgl1" if sys.platform == "linux" else "make run",
        ),
    ],
)
def test_a_package_that_does_not_load_is_told_with_its_fix(tmp_path: Path, error: ImportError, fix: str) -> None:
    (tmp_path / "cv2.py").write_text(f"raise {error!r}")
    done = process.run("--source", "synthetic", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert str(error) in done.stderr
    assert fix in done.stderr


def test_debug_shows_the_traceback(files: Path, model: Path) -> None:
    done = process.run("--debug", "--model", model, "--source", "missing.mp4", folder=files)
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_flag_over_set_over_file_over_default(tmp_path: Path, model: Path) -> None:
    toy.colour_clip(tmp_path / "grey.mp4", 1, 10, lambda time_s: (100, 100, 140))
    (tmp_path / "app.yaml").write_text(f"model: {model}\nsmoothing: {{threshold: 0.9}}\n")
    common = ("--source", "grey.mp4", "--config", "app.yaml", "--log", "l.csv", "--overwrite")

    def label(*more: object) -> str:
        assert process.run(*common, *more, folder=tmp_path).returncode == 0
        return (tmp_path / "l.csv").read_text().splitlines()[1].split(",")[1]

    assert label() == "unsure", "the file says 0.9"
    assert label("--set", "smoothing.threshold=0.1") == "red"
    other = toy.write_model(tmp_path / "other.onnx", labels=("rot", "gruen", "blau"))
    assert label("--set", "smoothing.threshold=0.1", "--set", "model=no.onnx", "--model", other) == "rot"


def test_the_version_is_printed_and_nothing_else(tmp_path: Path) -> None:
    done = process.run("--version", folder=tmp_path)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, __version__, "")


def test_list_cameras(tmp_path: Path) -> None:
    done = process.run("--list-cameras", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()


def test_help_names_every_source_and_key(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(word in text for word in ("camera index", "folder", "rtsp", "synthetic", "auto", "snapshot", "mirror"))
