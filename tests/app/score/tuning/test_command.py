"""`score --tune` from its command line to its files."""

from pathlib import Path

import pytest

from app.config.settings import Settings, load
from app.score.__main__ import main
from app.score.tuning import search
from tests import toy

FLICKER_S = 0.2


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates that are enough to choose among."""
    monkeypatch.setitem(search.GRID, "margin", (0.1,))
    monkeypatch.setitem(search.GRID, "hold", (0.0,))
    monkeypatch.setitem(search.GRID, "strictness", (0.0,))


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Three clips of red, then blue, with flashes of green every second; their truth beside them."""

    def colour_at(time_s: float) -> tuple[int, int, int]:
        if time_s % 1 > 1 - FLICKER_S - 1e-6:
            return toy.GREEN
        return toy.RED if time_s < 5 else toy.BLUE

    folder = tmp_path / "clips"
    folder.mkdir()
    for number in range(3):
        toy.colour_clip(folder / f"{number}.mp4", 10.0, 10, colour_at)
        (folder / f"{number}.txt").write_text("00:00 red\n00:05 blue\n")
    return folder


def test_settings_are_found_that_the_app_reads(
    clips: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, drawing = tmp_path / "tuned.yaml", tmp_path / "tuned.svg"
    hasty = ("--set", "smoothing.tau_s=0.01", "--set", "smoothing.min_dwell_s=0")
    flags = ("--model", str(model), "--tune", "--tuned", str(config), "--picture", str(drawing))
    assert main([str(clips), *flags, *hasty, "--max-delay", "2"]) == 0
    out = capsys.readouterr().out
    assert "3 of 3" in out, "it says what it does"
    tuned = load(config, [])
    assert tuned.smoothing.tau_s > 0.01
    assert (tuned.smoothing.gap_s, tuned.cues) == (Settings().smoothing.gap_s, Settings().cues)
    assert drawing.read_text(encoding="utf-8").startswith("<svg")
    json = tmp_path / "scores.json"
    bars = ("--fail-under", "settled_switches_per_min=1", "--fail-under", "delay_s.median=2")
    assert main([str(clips), "--model", str(model), "--config", str(config), "--json", str(json), *bars]) == 0
    assert main([str(clips), "--model", str(model), *hasty, *bars]) == 1, "which the settings before did not reach"


def test_the_second_time_the_network_is_not_run(
    clips: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept"
    flags = (str(clips), "--model", str(model), "--tune", "--kept", str(kept))
    assert main([*flags]) == 0
    first = capsys.readouterr().out.splitlines()
    assert len(list(kept.iterdir())) == 3 and not (clips / ".network").exists()
    assert main([*flags]) == 0
    assert capsys.readouterr().out.splitlines() == first[3:]


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--tune"], "nothing"),
        (["clip.mp4", "--tune"], "clip.mp4"),
        (["--tune", "--predicted", "log.csv", "--truth", "t.csv"], "--predicted"),
        (["FOLDER", "--tune", "--report", "r.html"], "--report"),
        (["FOLDER", "--tune", "--fail-under", "edit=1"], "--fail-under"),
        (["FOLDER", "--tune", "--tuned", "t.txt"], "t.txt"),
        (["FOLDER", "--tune", "--picture", "p.png"], "p.png"),
        (["FOLDER", "--max-delay", "1"], "--max-delay"),
        (["FOLDER", "--tuned", "t.yaml"], "--tuned"),
        (["FOLDER", "--tune", "--max-switches", "-1"], "--max-switches"),
    ],
)
def test_a_mistake_is_one_line(flags: list[str], named: str, clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clips / "1.txt").unlink()
    arguments = [str(clips) if flag == "FOLDER" else flag for flag in flags]
    try:
        assert main(arguments) == 2
    except SystemExit as ended:
        assert ended.code == 2
    err = capsys.readouterr().err
    assert named in err and err.strip().count("\n") == 0


def test_one_clip_cannot_be_judged_by_another(clips: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2):
        (clips / f"{number}.txt").unlink()
    assert main([str(clips), "--model", str(model), "--tune"]) == 2
    assert "two or more" in capsys.readouterr().err
