"""Files that a session will write, checked beforehand. That a mistake is one line and status 2 is in test_cli."""

from pathlib import Path

import pytest

from app.errors import OutputError
from app.session.options import SessionOptions
from app.session.targets import check_targets


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


@pytest.mark.parametrize("uri", ["c.mp4", "./c.mp4", "file://c.mp4"])
def test_a_recording_never_overwrites_its_own_source(folder: Path, uri: str) -> None:
    Path("c.mp4").touch()
    with pytest.raises(OutputError, match="would overwrite this source"):
        check_targets(SessionOptions((uri,), record=folder / "c.mp4", overwrite=True), 0)


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
