from pathlib import Path

import pytest

from app.errors import TruthError
from app.score.names import Names
from app.score.truth.truth import read_truth


def truth_of(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "truth.csv"
    path.write_text("\n".join(["label,start_s,end_s", *rows]))
    return path


def test_what_is_not_scored_is_told_by_its_line(tmp_path: Path) -> None:
    path = truth_of(tmp_path, "a,1,2", "unsure,2,3", "a,5,9", ",9,10", "a,11,14", "b,15,16", "b,20,21")
    truth = read_truth(path).until(12)
    assert truth.timeline.end_s == 12
    told = " | ".join(truth.notes)
    assert all(note.startswith(f"{path}") for note in truth.notes) and len(truth.notes) == 6
    assert "line 5 (9 to 10 s)" in told  # has no name
    assert "line 6: 'a' lasts to 14 s" in told
    assert "line 7: 'b' starts at 15 s" in told and "line 8: 'b' starts at 20 s" in told
    assert "line 3 (2 to 3 s)" in told  # unsure
    assert "0 to 1 s, 3 to 5 s (after line 3), 9 to 11 s (after line 4)" in told


def test_a_truth_of_the_clips_length_has_no_notes(tmp_path: Path) -> None:
    assert read_truth(truth_of(tmp_path, "a,0,2", "b,2,4.05")).until(4).notes == ()


@pytest.mark.parametrize(
    ("rows", "told"), [(["a,9,12"], "another clip"), (["unsure,0,3"], "another clip"), ([], "no label")]
)
def test_a_truth_that_says_nothing_of_the_clip_is_refused(rows: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=told):
        read_truth(truth_of(tmp_path, *rows)).until(8)


def test_overlaps_and_unknown_names_are_told_by_their_line(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"truth\.csv, line 3: 'b'"):
        read_truth(truth_of(tmp_path, "a,0,2", "b,1,4"))
    with pytest.raises(TruthError, match=r"truth\.csv, line 3: 'b'"):
        read_truth(truth_of(tmp_path, "a,0,2", "b,2,4"), names=Names(["a", "c"]))
