"""Files that a session will write, checked beforehand. That a mistake is one line and status 2 is in test_cli."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import OutputError
from app.session.options import SessionOptions
from app.session.targets import check_targets as check

MODEL = Path("model.onnx")


def check_targets(options: SessionOptions, min_free_mb: int) -> None:
    check(options, MODEL, min_free_mb)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_can_be_written_leaves_nothing_behind(folder: Path) -> None:
    check_targets(
        SessionOptions(record=Path("r.mp4"), log=Path("l.csv"), predictions=Path("p.csv"), stats=Path("s.json")), 0
    )
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (SessionOptions(record=Path("r.avi")), "r.avi"),
        (SessionOptions(log=Path("l.txt")), "l.txt"),
        (SessionOptions(predictions=Path("p.json")), "p.json"),
        (SessionOptions(stats=Path("s.csv")), "s.csv"),
        (SessionOptions(log=Path("a.csv"), predictions=Path("./a.csv")), "--log and --predictions"),
        (SessionOptions(log=Path("no/l.csv")), "no/l.csv"),
        (SessionOptions(append=True), "--append"),
        (SessionOptions(append=True, stats=Path("s.json")), "--append"),
        (SessionOptions(append=True, log=Path("l.csv"), overwrite=True), "--append"),
    ],
)
def test_a_wrong_target_is_named(options: SessionOptions, named: str) -> None:
    with pytest.raises(OutputError, match=named):
        check_targets(options, 0)


@pytest.mark.parametrize(
    ("flag", "name"), [("record", "r.mp4"), ("log", "l.csv"), ("predictions", "p.csv"), ("stats", "s.json")]
)
def test_nothing_is_replaced_without_overwrite(folder: Path, flag: str, name: str) -> None:
    (folder / name).write_bytes(b"precious")
    with pytest.raises(OutputError, match=name):
        check_targets(SessionOptions(**{flag: Path(name)}), 0)
    check_targets(SessionOptions(**{flag: Path(name)}, overwrite=True), 0)
    assert (folder / name).read_bytes() == b"precious"


def test_append_continues_logs_and_nothing_else(folder: Path) -> None:
    (folder / "l.csv").write_text("source,label,start_s,end_s,seconds,confidence\n")
    check_targets(SessionOptions(log=Path("l.csv"), append=True), 0)
    (folder / "s.json").touch()
    with pytest.raises(OutputError, match=r"s\.json: exists"):
        check_targets(SessionOptions(log=Path("l.csv"), append=True, stats=Path("s.json")), 0)
    (folder / "l.csv").write_text("a,b\n")
    with pytest.raises(OutputError, match="cannot be continued"):
        check_targets(SessionOptions(log=Path("l.csv"), append=True), 0)
    with pytest.raises(OutputError, match="would overwrite"):
        check_targets(SessionOptions(("l.csv",), log=Path("l.csv"), append=True), 0)


def names_of(file: Path) -> Iterator[str]:
    """Every name that the system gives a file."""
    os.link(file, file.with_name("hard.mp4"))
    file.with_name("soft.mp4").symlink_to(file)
    (file.parent / "folder").symlink_to(file.parent)
    yield from (str(file), file.name, f"./{file.name}", "hard.mp4", "soft.mp4", f"folder/{file.name}")
    if Path(f"/proc/self/cwd/{file.name}").exists():
        yield f"/proc/self/cwd/{file.name}"


@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_a_source_is_overwritten_under_none_of_its_names(folder: Path, scheme: str) -> None:
    (folder / "c.mp4").write_bytes(b"precious")
    names = list(names_of(folder / "c.mp4"))
    for uri in names:
        for target in names:
            with pytest.raises(OutputError, match="would overwrite"):
                check_targets(SessionOptions((scheme + uri,), record=Path(target), overwrite=True), 0)
    assert (folder / "c.mp4").read_bytes() == b"precious"


def test_an_escaped_file_url_is_its_file(folder: Path) -> None:
    (folder / "a b.mp4").touch()
    with pytest.raises(OutputError, match="would overwrite"):
        check_targets(SessionOptions((f"file://{folder}/a%20b.mp4",), record=Path("a b.mp4"), overwrite=True), 0)


@pytest.mark.parametrize("read", ["clip.mp4", "images/1.jpg", "config.yaml", "model.onnx"])
@pytest.mark.parametrize(
    ("flag", "name"), [("record", "r.mp4"), ("log", "l.csv"), ("predictions", "p.csv"), ("stats", "s.json")]
)
def test_no_output_overwrites_what_is_read(folder: Path, read: str, flag: str, name: str) -> None:
    (folder / "images").mkdir()
    (folder / read).touch()
    os.link(folder / read, folder / name)
    options = SessionOptions(("clip.mp4", "images"), config=Path("config.yaml"), overwrite=True, **{flag: Path(name)})
    with pytest.raises(OutputError, match=f"{name}: would overwrite {read}"):
        check_targets(options, 0)


def test_one_of_several_recordings_is_no_source_either() -> None:
    Path("r-2.mp4").touch()
    with pytest.raises(OutputError, match=r"r-2\.mp4: would overwrite"):
        check_targets(SessionOptions(("a.mp4", "r-2.mp4"), record=Path("r.mp4"), overwrite=True), 0)


def test_two_outputs_are_two_files_whatever_they_are_called() -> None:
    Path("a.csv").touch()
    os.link("a.csv", "b.csv")
    with pytest.raises(OutputError, match="--log and --predictions"):
        check_targets(SessionOptions(log=Path("a.csv"), predictions=Path("b.csv"), overwrite=True), 0)


def test_each_of_several_sources_has_its_own_recording() -> None:
    Path("r-2.mp4").touch()
    one, two = SessionOptions(("a",), record=Path("r.mp4")), SessionOptions(("a", "b"), record=Path("r.mp4"))
    check_targets(one, 0)
    with pytest.raises(OutputError, match=r"r-2\.mp4: exists"):
        check_targets(two, 0)


def test_a_recording_needs_room() -> None:
    with pytest.raises(OutputError, match=r"record\.min_free_mb asks for 1000000000"):
        check_targets(SessionOptions(record=Path("r.mp4")), 1_000_000_000)
    check_targets(SessionOptions(log=Path("l.csv")), 1_000_000_000)
