from pathlib import Path

import pytest

from training.__main__ import main


def test_a_folder_without_the_published_files_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["helpers", "--source", str(tmp_path), "--output", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and "face_landmark.tflite" in err and err.count("\n") == 1
    assert not (tmp_path / "out").exists()
