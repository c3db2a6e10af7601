from pathlib import Path

import pytest

from app.errors import ConfigError
from tests.fakes import rows
from tests.training.pictures import make_folders
from training.commands.check import CheckOptions, check
from training.inspection.findings import File, Finding, Kind
from training.inspection.quarantine import MOVES, main, quarantine, restore


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    root = make_folders(tmp_path / "set", 3)
    (root / "red" / "2024").mkdir()
    (root / "red" / "2024" / "x.jpg").write_bytes(b"no image")
    (root / "blue" / "x.jpg").write_bytes(b"")
    (root / "blue" / "half.png").write_bytes((root / "blue" / "blue-000.png").read_bytes()[:-90])
    (root / "blue" / "copy.png").write_bytes((root / "red" / "red-000.png").read_bytes())
    return root


def test_only_useless_files_are_moved_and_can_be_moved_back(
    broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(broken)
    away = tmp_path / "away"
    check(CheckOptions(broken, quarantine=away))
    assert set(tree(away)) == {"red/2024/x.jpg", "blue/x.jpg", "blue/half.png", MOVES}
    kept = tree(broken)
    assert set(before) - set(kept) == {"red/2024/x.jpg", "blue/x.jpg", "blue/half.png"}
    assert kept.items() <= before.items() and "blue/copy.png" in kept
    out = capsys.readouterr().out
    assert f"moved 3 files to {away}" in out and f"python -m training.inspection.quarantine {away}" in out

    assert main([str(away)]) == 0
    assert tree(broken) == before and tree(away) == {}
    assert "3 files moved back" in capsys.readouterr().out


def test_nothing_is_overwritten_on_either_way(broken: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    (away / "blue").mkdir(parents=True)
    (away / "blue" / "x.jpg").write_bytes(b"older")
    check(CheckOptions(broken, quarantine=away))
    (broken / "blue" / "x.jpg").write_bytes(b"")
    check(CheckOptions(broken, quarantine=away))
    held = tree(away)
    assert held["blue/x.jpg"] == b"older" and {"blue/x-2.jpg", "blue/x-3.jpg"} <= set(held)
    assert len(rows(away / MOVES)) == 4

    (broken / "red" / "2024" / "x.jpg").write_bytes(b"new")
    back, problems = restore(away)
    assert back == 2 and len(problems) == 2 and all("x.jpg: " in line for line in problems)
    assert (broken / "red" / "2024" / "x.jpg").read_bytes() == b"new"
    assert tree(away)["red/2024/x.jpg"] == b"no image"
    assert main([str(away)]) == 1  # still listed


def test_names_outside_the_root_stay_below_the_quarantine(tmp_path: Path) -> None:
    file = tmp_path / "x.jpg"
    file.write_bytes(b"")
    finding = Finding(Kind.UNREADABLE, "a", File(file, "../../x.jpg", "a", "../.."))
    assert quarantine([finding, finding], tmp_path / "away") == (1, [])
    assert (tmp_path / "away" / "outside" / "outside" / "x.jpg").is_file()


def test_a_file_that_went_away_is_one_line(tmp_path: Path) -> None:
    finding = Finding(Kind.UNREADABLE, "a", File(tmp_path / "gone.jpg", "a/gone.jpg", "a", "a"))
    moved, failed = quarantine([finding], tmp_path / "away")
    assert moved == 0 and len(failed) == 1 and "gone.jpg: could not be moved" in failed[0]
    assert restore(tmp_path / "away") == (0, [])


def test_a_clean_set_leaves_no_folder(tmp_path: Path) -> None:
    check(CheckOptions(make_folders(tmp_path / "set", 3), quarantine=tmp_path / "away"))
    assert not (tmp_path / "away").exists()


def test_without_a_list_of_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="cannot be read as a list of moves"):
        restore(tmp_path)
    (tmp_path / MOVES).write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="expected the columns finding, from, to"):
        restore(tmp_path)
    assert main([]) == 2 and main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
