from pathlib import Path

import pytest

from app.errors import TruthError
from app.score.pairs import pair_up


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_clips_get_the_truth_of_their_name(tmp_path: Path) -> None:
    make(tmp_path, "b.mp4", "b.csv", "day/a.mkv", "day/a.TXT", "c.mp4", "d.json", ".e.mp4", ".e.csv", "README.md")
    pairs, notes = pair_up(tmp_path, tmp_path)
    assert [(clip.name, truth.name) for clip, truth in pairs] == [("b.mp4", "b.csv"), ("a.mkv", "a.TXT")]
    assert len(notes) == 2 and "c.mp4" in notes[0] and "d.json" in notes[1]


def test_truth_files_may_lie_in_another_folder(tmp_path: Path) -> None:
    make(tmp_path, "clips/day/a.mp4", "truth/day/a.csv")
    pairs, notes = pair_up(tmp_path / "clips", tmp_path / "truth")
    assert pairs == [(tmp_path / "clips/day/a.mp4", tmp_path / "truth/day/a.csv")] and notes == []


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a.mp4", "a.csv", "a.txt"], r"a\.mp4: 2 truth files"),
        (["a.mp4", "a.mkv", "a.csv"], r"a\.csv: is it the truth of"),
        (["a.mp4"], "no clip with a truth file"),
        ([], "no clip with a truth file"),
    ],
)
def test_pairs_that_are_none(names: list[str], told: str, tmp_path: Path) -> None:
    make(tmp_path, *names)
    with pytest.raises(TruthError, match=told):
        pair_up(tmp_path, tmp_path)
