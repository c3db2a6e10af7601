import json
from pathlib import Path

import pytest

from app.benchmark.__main__ import main
from app.benchmark.scan import STAGES
from tests.app.scan.archive import film


def test_it_holds_the_scan_against_its_bound(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip, target = film(tmp_path / "film.mp4", 4.0), tmp_path / "figures.json"
    assert main(["--scan", str(clip), "--model", str(model), "--rounds", "1", "--json", str(target)]) == 0
    found = json.loads(target.read_text(encoding="utf-8"))
    assert found["clip"] == {"seconds": 4.0, "images": 40, "keyframes": 4}
    for way in ("looks", "keyframes"):
        assert found[way]["ratio"]["low"] > 0
        bound = sum(found[way][stage]["median"] for stage in ("decode", "prepare", "classify"))
        assert found[way]["bound"]["median"] == pytest.approx(bound)
    out = capsys.readouterr().out
    assert all(out.count(stage) >= 2 for stage in STAGES)


def test_a_file_that_must_be_decoded_as_a_whole_is_no_clip(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = film(tmp_path / "film.mp4", 1.0)
    clip.write_bytes(clip.read_bytes() * 2)
    assert main(["--scan", str(clip), "--model", str(model)]) == 2
    assert str(clip) in capsys.readouterr().err
