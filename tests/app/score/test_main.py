"""The command as a user gives it, on clips of plain colours that the toy model knows."""

import csv
import json
import shutil
import signal
import sys
from pathlib import Path

import pytest

from app.__main__ import main as dispatch
from app.cli import main as run_app
from app.score.__main__ import main
from tests import toy
from tests.app.process import Running
from tests.conftest import ROOT

Capsys = pytest.CaptureFixture[str]
TRUTH = "0:00 red\n0:02 green\n0:04 blue\n"  # the clip is grey at its end


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.txt"
    path.write_text(TRUTH)
    return path


def scored(*arguments: object, target: Path) -> dict[str, object]:
    assert main([*map(str, arguments), "--json", str(target), "--overwrite"]) == 0
    found: dict[str, object] = json.loads(target.read_text(encoding="utf-8"))
    return found


def test_a_clip_is_scored_as_its_log_says(clip: Path, model: Path, truth: Path, tmp_path: Path, capsys: Capsys) -> None:
    log, target = tmp_path / "log.csv", tmp_path / "scores.json"
    found = scored(clip, "--truth", truth, "--model", model, target=target)
    assert run_app(["--source", str(clip), "--model", str(model), "--no-window", "--log", str(log)]) == 0
    rows = list(csv.DictReader(log.read_text(encoding="utf-8").splitlines()))
    assert [row["label"] for row in rows] == ["red", "unsure", "green", "unsure"]
    times = [float(row["start_s"]) for row in rows]
    right_s = 2 + 4 - times[2]
    assert found["frame_accuracy"] == pytest.approx(right_s / 6, abs=1e-6)
    late_s = pytest.approx(times[2] - 2)
    assert found["delay_s"] == {"median": late_s, "p95": late_s}
    assert found["missed_changes"] == 1, "blue is never shown"
    assert found["scored_s"] == 6
    of_log = scored("--predicted", log, "--truth", truth, target=target)
    assert {key: of_log[key] for key in ("frame_accuracy", "edit", "event_f1", "ward")} == {
        key: found[key] for key in ("frame_accuracy", "edit", "event_f1", "ward")
    }
    assert clip.name in capsys.readouterr().out


def test_its_own_log_as_truth_is_wholly_right(clip: Path, model: Path, tmp_path: Path, capsys: Capsys) -> None:
    log = tmp_path / "log.csv"
    assert run_app(["--source", str(clip), "--model", str(model), "--no-window", "--log", str(log)]) == 0
    found = scored(clip, "--truth", log, "--model", model, target=tmp_path / "scores.json")
    assert found["frame_accuracy"] == found["macro_f1"] == found["f1@50"] == 1
    assert found["scored_s"] < 6, "what the log calls unsure is not scored"
    assert "unsure" in capsys.readouterr().err


def test_settings_change_what_is_scored(clip: Path, model: Path, truth: Path, tmp_path: Path) -> None:
    target = tmp_path / "scores.json"
    slow = scored(clip, "--truth", truth, "--model", model, "--set", "smoothing.tau_s=3", target=target)
    quick = scored(clip, "--truth", truth, "--model", model, "--set", "smoothing.tau_s=0", target=target)
    assert slow["delay_s"]["median"] is None or slow["delay_s"]["median"] > quick["delay_s"]["median"]  # type: ignore[index]
    assert quick["settings"]["smoothing"]["tau_s"] == 0  # type: ignore[index]


def test_a_folder_is_scored_clip_by_clip(clip: Path, model: Path, tmp_path: Path, capsys: Capsys) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("a", "b"):
        shutil.copy(clip, folder / f"{name}.mp4")
        (folder / f"{name}.txt").write_text(TRUTH)
    (folder / "b.txt").write_text("0:00 green\n")
    shutil.copy(clip, folder / "c.mp4")
    found = scored(folder, "--model", model, target=tmp_path / "scores.json")
    clips = found["clips"]
    assert isinstance(clips, list) and [Path(one["clip"]).name for one in clips] == ["a.mp4", "b.mp4"]
    assert found["frame_accuracy"] == pytest.approx(sum(one["frame_accuracy"] for one in clips) / 2)
    assert found["scored_s"] == 12
    assert "c.mp4" in capsys.readouterr().err


def test_several_sources_of_a_log_are_clips(tmp_path: Path) -> None:
    rows = "source,label,start_s,end_s\na.mp4,red,0,4\nb.mp4,green,0,2\n"
    log, truth = tmp_path / "log.csv", tmp_path / "truth.csv"
    log.write_text(rows)
    truth.write_text(rows.replace("green", "red"))
    found = scored("--predicted", log, "--truth", truth, target=tmp_path / "scores.json")
    assert [one["frame_accuracy"] for one in found["clips"]] == [1, 0]  # type: ignore[union-attr]
    truth.write_text("source,label,start_s,end_s\nb.mp4,green,0,2\n")
    assert scored("--predicted", log, "--truth", truth, target=tmp_path / "scores.json")["frame_accuracy"] == 1


@pytest.mark.parametrize("nameless", ["truth", "log"])
def test_a_file_without_sources_beside_one_that_has_several(nameless: str, tmp_path: Path, capsys: Capsys) -> None:
    texts = dict.fromkeys(["truth", "log"], "source,label,start_s,end_s\na.mp4,red,0,4\nb.mp4,green,0,2\n")
    texts[nameless] = "label,start_s,end_s\nred,0,4\n"
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    assert main(["--predicted", str(tmp_path / "log.csv"), "--truth", str(tmp_path / "truth.csv")]) == 2
    told = capsys.readouterr().err
    assert f"{nameless}.csv: names no source" in told and "a.mp4, b.mp4" in told and "column source" in told


def test_a_duration_makes_the_rest_unsure(tmp_path: Path, capsys: Capsys) -> None:
    log, truth = tmp_path / "log.csv", tmp_path / "truth.txt"
    log.write_text("label,start_s,end_s\nred,0,3\n")
    truth.write_text("0:00 red\n")
    found = scored("--predicted", log, "--truth", truth, "--duration", 4, target=tmp_path / "scores.json")
    assert found["frame_accuracy"] == 0.75 and found["unsure_min_per_h"] == 15
    assert "3 to 4 s" in capsys.readouterr().err


def test_a_map_holds_for_both_sides(tmp_path: Path) -> None:
    log, truth, names = tmp_path / "log.csv", tmp_path / "truth.txt", tmp_path / "map.yaml"
    log.write_text("label,start_s,end_s\ncalling,0,1\ntexting,1,2\nnobody,2,3\n")
    truth.write_text("0 phone\n2 idle\n")
    names.write_text("calling: phone\ntexting: phone\nidle: other\nnobody: other\n")
    found = scored("--predicted", log, "--truth", truth, "--map", names, target=tmp_path / "scores.json")
    assert found["frame_accuracy"] == 1 and found["switches_per_min"] == 20


def test_collars_are_those_that_are_given(tmp_path: Path, truth: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("label,start_s,end_s\nred,0,1\n")
    found = scored(
        "--predicted", log, "--truth", truth, "--collar", 0.25, "--collar", 1, target=tmp_path / "scores.json"
    )
    assert set(found["event_f1"]) == {"0.25", "1"}  # type: ignore[call-overload]


@pytest.mark.parametrize(("bar", "status"), [("frame_accuracy=0.2", 0), ("frame_accuracy=0.99", 1)])
def test_a_bar_that_is_missed_ends_with_status_1(
    bar: str, status: int, clip: Path, model: Path, truth: Path, capsys: Capsys
) -> None:
    given = ["score", str(clip), "--truth", str(truth), "--model", str(model), "--fail-under", bar]
    assert dispatch(given) == status
    assert ("frame_accuracy is" in capsys.readouterr().err) == bool(status)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["clip.mp4"], "--truth"),
        ([], "--predicted"),
        (["clip.mp4", "--predicted", "log.csv", "--truth", "truth.txt"], "one of them"),
        (["none.mp4", "--truth", "truth.txt"], "none.mp4"),
        (["0", "--truth", "truth.txt"], "0: no such file"),
        (["", "--truth", "truth.txt"], "no such file"),
        (["clip.mp4", "--truth", "none.txt"], "none.txt"),
        (["clip.mp4", "--truth", "wrong.txt"], "wrong.txt, line 2: 'gren'"),
        (["clip.mp4", "--truth", "late.txt"], "late.txt"),
        (["truth.txt", "--truth", "truth.txt"], "truth.txt"),
        (["clip.mp4", "--truth", "truth.txt", "--duration", "3"], "--duration"),
        (["clip.mp4", "--truth", "truth.txt", "--collar", "0"], "--collar"),
        (["clip.mp4", "--truth", "truth.txt", "--fail-under", "x=1"], "--fail-under"),
        (["clip.mp4", "--truth", "truth.txt", "--json", "truth.txt"], "truth.txt"),
        (["clip.mp4", "--truth", "truth.txt", "--report", "clip.html", "--json", "gone/a.json"], "gone"),
        (["--predicted", "log.csv"], "--truth"),
        (["--predicted", "log.csv", "--truth", "truth.txt", "--set", "smoothing.tau_s=1"], "--set"),
        (["--predicted", "truth.txt", "--truth", "truth.txt", "--map", "truth.txt"], "truth.txt"),
        (["--predicted", "truth.txt", "--truth", "truth.txt"], "--duration"),
        ([".", "--truth", "."], "no clip"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    arguments: list[str],
    told: str,
    clip: Path,
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capsys,
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(clip, "clip.mp4")
    Path("truth.txt").write_text(TRUTH)
    Path("wrong.txt").write_text(TRUTH.replace("green", "gren"))
    Path("late.txt").write_text("1:00 red\n")
    Path("log.csv").write_text("label,start_s,end_s\nred,0,1\n")
    if "." in arguments:
        Path("clip.mp4").unlink()
    before = sorted(Path().iterdir())
    given = [] if {"--predicted", "--set"} & set(arguments) else ["--model", str(model)]
    try:
        status = main([*arguments, *given])
    except SystemExit as error:
        status = int(str(error.code))
    assert status == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("error: ") and told in error
    assert sorted(Path().iterdir()) == before


def test_an_existing_file_is_kept(clip: Path, model: Path, truth: Path, tmp_path: Path) -> None:
    target = tmp_path / "scores.json"
    target.write_text("mine")
    assert main([str(clip), "--truth", str(truth), "--model", str(model), "--json", str(target)]) == 2
    assert target.read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_ctrl_c_writes_nothing(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    for name, seconds in (("a", 1), ("b", 60)):
        toy.colour_clip(folder / f"{name}.mp4", seconds, 2, lambda _: toy.RED)
        (folder / f"{name}.txt").write_text("0 red\n")
    target = tmp_path / "scores.json"
    flags = ("--model", model, "--json", target, "--set", "source.realtime=true")
    with Running((sys.executable, "-W", "error", "-m", "app.score", folder, *flags), folder=ROOT) as running:
        running.waits_until(lambda: "a.mp4" in running.out)
        running.gets(signal.SIGINT)
        ended = running.ends()
    assert ended.returncode == 130, ended
    assert "nothing was written" in ended.stderr and not target.exists()


def test_a_truth_of_a_folder_is_never_overwritten(clip: Path, model: Path, tmp_path: Path, capsys: Capsys) -> None:
    shutil.copy(clip, tmp_path / "a.mp4")
    export = [{"ranges": [{"start": 1, "end": 60}], "timelinelabels": ["red"]}]
    (tmp_path / "a.json").write_text(json.dumps([{"video": "a.mp4", "fps": 10, "labels": export}]))
    before = (tmp_path / "a.json").read_text()
    flags = ["--model", str(model), "--overwrite", "--json"]
    assert main([str(tmp_path), *flags, str(tmp_path / "a.json")]) == 2
    assert "would overwrite" in capsys.readouterr().err and (tmp_path / "a.json").read_text() == before
    assert main([str(tmp_path), *flags, str(tmp_path / "scores.json")]) == 0


def test_names_that_no_terminal_can_show_are_escaped(clip: Path, model: Path, tmp_path: Path, capsys: Capsys) -> None:
    name = tmp_path / "caf\udce9\x1b[31m.mp4"
    try:
        shutil.copy(clip, name)
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    name.with_suffix(".txt").write_text("0 red\n")
    files = ["--json", str(tmp_path / "scores.json"), "--report", str(tmp_path / "page.html")]
    assert main([str(tmp_path), "--model", str(model), *files]) == 0
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err and "caf" in told.out
    assert json.loads((tmp_path / "scores.json").read_text())["clips"][0]["clip"] == name.name


def test_rows_of_a_log_without_a_label_are_unsure(tmp_path: Path) -> None:
    log, truth = tmp_path / "log.csv", tmp_path / "truth.txt"
    log.write_text("label,start_s,end_s\nred,0,3\n,3,4\n")
    truth.write_text("0:00 red\n")
    found = scored("--predicted", log, "--truth", truth, "--duration", 4, target=tmp_path / "scores.json")
    assert found["confusion_s"] == {"red": {"red": 3, "unsure": 1}}


def test_a_clip_that_fails_does_not_cost_the_others(clip: Path, model: Path, tmp_path: Path, capsys: Capsys) -> None:
    for name in ("a", "b", "c"):
        shutil.copy(clip, tmp_path / f"{name}.mp4")
        (tmp_path / f"{name}.txt").write_text(TRUTH)
    (tmp_path / "a.mp4").write_bytes(b"no film")
    (tmp_path / "c.txt").write_text("10:00 red\n")
    target = tmp_path / "scores.json"
    assert main([str(tmp_path), "--model", str(model), "--json", str(target)]) == 2
    found = json.loads(target.read_text(encoding="utf-8"))
    assert [one["clip"] for one in found["clips"]] == ["b.mp4"] and len(found["failed"]) == 2
    assert [line.startswith("error: ") for line in capsys.readouterr().err.splitlines()].count(True) == 2
    (tmp_path / "b.mp4").write_bytes(b"no film")
    assert main([str(tmp_path), "--model", str(model), "--json", str(target), "--overwrite"]) == 2
    assert json.loads(target.read_text(encoding="utf-8")) == found
