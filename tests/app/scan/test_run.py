"""The command, on small archives: the same table whatever happens."""

import io
import os
import random
import shutil
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from app import cli
from app.arrays import Image
from app.scan.__main__ import main
from app.scan.manifest import Manifest
from app.scan.run import manifest_of
from tests import toy
from tests.app.process import Running
from tests.app.scan.archive import DENSE, answered, archive, film, rows, start
from tests.conftest import ROOT, SharedClip

Capsys = pytest.CaptureFixture[str]
no_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive(tmp_path_factory.mktemp("archive") / "films")


@pytest.fixture
def scan(model: Path) -> "Scan":
    return Scan(model)


class Scan:
    """Runs the command in this process; `bytes` are those of its tables."""

    def __init__(self, model: Path) -> None:
        self.flags = ["--model", str(model)]

    def __call__(self, *arguments: object) -> int:
        return main([*map(str, arguments), *self.flags])


def test_the_segments_are_those_of_the_app_at_the_same_rhythm(films: Path, scan: Scan, tmp_path: Path) -> None:
    clip = films / "film1.mp4"
    assert scan(clip, "--output", tmp_path / "scan.csv", "--workers", 1) == 0
    log = ["--source", str(clip), "--log", str(tmp_path / "log.csv"), "--no-window", *scan.flags]
    assert cli.main([*log, "--set", "inference.every_s=0.5"]) == 0
    keys = ("label", "start_s", "end_s", "seconds")
    expected = [tuple(row[key] for key in keys) for row in rows(tmp_path / "log.csv")]
    assert [tuple(row[key] for key in keys) for row in rows(tmp_path / "scan.csv")] == expected
    assert len(expected) > 3


def test_neither_workers_nor_pieces_change_a_byte(films: Path, scan: Scan, tmp_path: Path) -> None:
    tables = []
    for number, (workers, piece_s) in enumerate(((1, 600), (2, 2), (1, 3.5))):
        output, looks = tmp_path / f"{number}.csv", tmp_path / f"looks{number}.csv"
        assert scan(films, "--output", output, "--looks", looks, "--workers", workers, "--pieces", piece_s) == 0
        tables.append((output.read_bytes(), looks.read_bytes()))
    assert tables[0] == tables[1] == tables[2]
    assert not list(tmp_path.glob("*.manifest*"))


def test_files_with_a_problem_have_a_row_and_end_nothing(
    films: Path, scan: Scan, tmp_path: Path, capsys: Capsys
) -> None:
    folder = tmp_path / "films"
    shutil.copytree(films, folder)
    (folder / "broken.mp4").write_bytes(b"no film at all")
    (folder / "empty.mkv").touch()
    (folder / "notes.txt").write_text("not taken")
    output = tmp_path / "out.csv"
    assert scan(folder, folder / "missing.mp4", "--output", output, "--workers", 1) == 1
    problems = {Path(row["file"]).name: row["problem"] for row in rows(output) if row["problem"]}
    assert set(problems) == {"broken.mp4", "empty.mkv", "missing.mp4"}
    assert problems["missing.mp4"] == "no such file"
    assert {Path(row["file"]).name for row in rows(output) if row["label"]} == {f"film{n}.mp4" for n in range(3)}
    assert all(name in capsys.readouterr().err for name in ["broken.mp4"])
    shutil.copy(films / "film0.mp4", folder / "broken.mp4")
    assert scan(folder, folder / "missing.mp4", "--output", output, "--workers", 1, "--resume") == 1
    assert "changed while" in next(row["problem"] for row in rows(output) if "broken" in row["file"])


def test_a_scan_that_had_problems_is_not_called_interrupted(
    films: Path, scan: Scan, tmp_path: Path, capsys: Capsys
) -> None:
    broken, output = tmp_path / "broken.mp4", tmp_path / "out.csv"
    broken.write_bytes(b"no film at all")
    given = [films / "film0.mp4", broken, "--output", output, "--workers", 1]
    assert scan(*given) == 1
    done = output.read_bytes()
    capsys.readouterr()
    assert scan(*given) == 2
    told = capsys.readouterr().err
    assert "1 file had a problem" in told and "interrupted" not in told
    assert "--resume" in told and "--overwrite" in told
    assert output.read_bytes() == done
    shutil.copy(films / "film1.mp4", broken)
    assert scan(*given, "--overwrite") == 0
    assert not any(row["problem"] for row in rows(output))


def test_a_scan_that_did_not_come_to_its_end_is_called_interrupted(
    films: Path, scan: Scan, tmp_path: Path, capsys: Capsys
) -> None:
    output, film0 = tmp_path / "out.csv", films / "film0.mp4"
    with Manifest(manifest_of(output), in_turn=False) as begun:
        begun.begin(b"another job", [str(film0)])
    assert scan(film0, "--output", output, "--workers", 1) == 2
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize("piece_s", [600, 2])
def test_a_film_without_its_end_has_a_row_that_says_so(piece_s: int, scan: Scan, tmp_path: Path) -> None:
    whole = toy.write_clip(tmp_path / "whole.mkv", _noise(12), options=DENSE)
    path, output = tmp_path / "clip.mkv", tmp_path / "out.csv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    assert scan(path, "--output", output, "--workers", 1, "--pieces", piece_s) == 1
    assert next(row["label"] for row in rows(output))
    assert "of 11.9 s" in " ".join(row["problem"] for row in rows(output))
    assert scan(whole, "--output", tmp_path / "whole.csv", "--workers", 1) == 0


def _noise(seconds: int) -> list[tuple[Image, float]]:
    """Pictures whose bytes are spread over the file, so that cutting the file cuts pictures."""
    chance = np.random.default_rng(0)
    return [(chance.integers(0, 256, (48, 64, 3), np.uint8), index / 10) for index in range(10 * seconds)]


def test_what_exists_is_not_replaced_by_chance(films: Path, scan: Scan, tmp_path: Path, capsys: Capsys) -> None:
    output = tmp_path / "out.csv"
    output.write_text("mine")
    assert scan(films, "--output", output) == 2
    assert output.read_text() == "mine"
    assert "--overwrite" in capsys.readouterr().err
    assert scan(films / "film0.mp4", "--output", output, "--overwrite", "--workers", 1) == 0
    done = output.read_bytes()
    assert scan(films / "film0.mp4", "--output", output, "--resume") == 0
    assert output.read_bytes() == done


@no_signals
def test_killed_at_any_moment_and_resumed_it_is_the_same_table(films: Path, model: Path, tmp_path: Path) -> None:
    """Ten times: at once, in the list of files, between pieces, while the table is written."""
    flags = ["--model", model, "--workers", 2, "--pieces", 1, "--output"]
    with start(films, *flags, "whole.csv", folder=tmp_path) as whole:
        assert whole.ends().returncode == 0
    expected = (tmp_path / "whole.csv").read_bytes()
    output = tmp_path / "killed.csv"
    chance = random.Random(19)
    kills = 0
    while kills < 10:
        with start(films, *flags, output.name, "--resume", folder=tmp_path) as scan:
            scan.waits_until(partial(has_come_to, output, chance.randrange(0, 24)))
            scan.gets(signal.SIGKILL)
            kills += 1
            scan.ends()
        if output.exists():  # it was complete: begin again
            assert output.read_bytes() == expected
            output.unlink()
    with start(films, *flags, output.name, "--resume", folder=tmp_path) as scan:
        assert scan.ends().returncode == 0
    assert output.read_bytes() == expected
    assert not list(tmp_path.glob("*.manifest*"))


def has_come_to(output: Path, pieces: int) -> bool:
    """Whether so many pieces have their answer, or all is done."""
    return output.exists() or answered(output) >= pieces


@no_signals
def test_a_crashed_decoder_takes_nothing_along(films: Path, model: Path, tmp_path: Path) -> None:
    """The worker that reads a certain file dies each time, as a decoder's fault would end it."""
    folder = tmp_path / "films"
    shutil.copytree(films, folder)
    shutil.copy(films / "film0.mp4", folder / "poison.mp4")
    (tmp_path / "sitecustomize.py").write_text(CRASHES)
    environment = dict(os.environ) | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "app.scan", folder, "--model", model, "--workers", 2, "--output", "out.csv"]
    with Running(command, folder=tmp_path, env=environment) as scan:
        ended = scan.ends()
    assert ended.returncode == 1, ended
    (problem,) = [row for row in rows(tmp_path / "out.csv") if row["problem"]]
    assert problem["file"].endswith("poison.mp4")
    assert "-11" in problem["problem"]
    assert {Path(row["file"]).name for row in rows(tmp_path / "out.csv") if row["label"]} == {
        f"film{n}.mp4" for n in range(3)
    }


CRASHES = """
import os, signal
import av

plainly = av.open

def crash(address, *more, **options):
    if "poison" in str(address):
        os.kill(os.getpid(), signal.SIGSEGV)
    return plainly(address, *more, **options)

av.open = crash
"""


def test_lists_on_stdin_patterns_and_doubles(
    films: Path, scan: Scan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{films / 'film2.mp4'}\n\n{films / 'film0.mp4'}\n"))
    output = tmp_path / "out.csv"
    assert scan("-", films / "film[01].mp4", films, "--output", output, "--workers", 1) == 0
    assert list(dict.fromkeys(Path(row["file"]).name for row in rows(output))) == [
        "film2.mp4",
        "film0.mp4",
        "film1.mp4",
    ]


@pytest.mark.parametrize(
    "given", [["nothing*.mp4"], ["."], ["missing.mp4"], ["--every", "0", "x.mp4"], ["--workers", "0", "x.mp4"]]
)
def test_mistakes_are_one_line(
    given: list[str], scan: Scan, tmp_path: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status = scan(*given, "--output", "out.csv")
    except SystemExit as ended:
        status = int(ended.code or 0)
    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_gifs_of_a_folder_are_films_too(scan: Scan, shared_clip: SharedClip, tmp_path: Path) -> None:
    folder, output = tmp_path / "films", tmp_path / "out.csv"
    folder.mkdir()
    shutil.copy(shared_clip("classroom.gif"), folder / "lesson.gif")
    film(folder / "film.mp4", 2.0)
    assert scan(folder, "--output", output, "--workers", 1) == 0
    assert {Path(row["file"]).name for row in rows(output) if row["label"]} == {"lesson.gif", "film.mp4"}


def test_short_films_count_too(scan: Scan, tmp_path: Path, capsys: Capsys) -> None:
    clip, page = film(tmp_path / "film.mp4", 7.0), tmp_path / "page.html"
    assert scan(clip, "--output", tmp_path / "out.csv", "--report", page, "--workers", 1) == 0
    assert "1 file, 7 s" in capsys.readouterr().out
    assert "7 s of video" in page.read_text(encoding="utf-8")


def test_keyframes_alone(films: Path, scan: Scan, tmp_path: Path) -> None:
    looks = tmp_path / "looks.csv"
    clip = films / "film0.mp4"
    assert scan(clip, "--output", tmp_path / "o.csv", "--looks", looks, "--keyframes", "--workers", 1) == 0
    assert [row["time_s"] for row in rows(looks)] == [f"{second}.000" for second in range(9)]


def test_a_page_for_people(films: Path, scan: Scan, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert scan(films, "--output", tmp_path / "o.csv", "--report", page, "--workers", 1) == 0
    text = page.read_text(encoding="utf-8")
    assert text.count("<title>") > 9
    assert all(name in text for name in ("film0.mp4", "film2.mp4", "Green"))


@pytest.mark.parametrize("name", ["generated_walking_reading.mp4", "book.mkv"])
def test_cues_are_those_of_the_app_and_pieces_go_on_where_others_ended(
    name: str, shared_clip: SharedClip, tmp_path: Path
) -> None:
    clip = shared_clip(name)
    tables = []
    for piece_s in (2, 600):
        output = tmp_path / f"{piece_s}.csv"
        looks = tmp_path / f"looks{piece_s}.csv"
        flags = ["--looks", str(looks), "--pieces", str(piece_s), "--workers", "2", "--every", "1"]
        assert main([str(clip), "--output", str(output), *flags]) == 0
        tables.append((output.read_bytes(), looks.read_bytes()))
    assert tables[0] == tables[1]
    table = tmp_path / "predictions.csv"
    flags = ["--predictions", str(table), "--no-window", "--set", "inference.every_s=1"]
    assert cli.main(["--source", str(clip), *flags]) == 0
    theirs = [[row["time_s"], row["label"], row["confidence"]] for row in rows(table)]
    assert [[row["time_s"], row["label"], row["confidence"]] for row in rows(tmp_path / "looks2.csv")] == theirs


def test_a_film_goes_by_its_name(tmp_path: Path, scan: Scan) -> None:
    name = os.fsdecode(b"caf\xe9 \xf0\x9f\x8e\xac.mp4") if sys.platform == "linux" else "film.mp4"
    film(tmp_path / "film.mp4", 2.0).rename(tmp_path / name)
    assert scan(tmp_path / name, "--output", tmp_path / "o.csv", "--workers", 1) == 0
    assert "mp4" in rows(tmp_path / "o.csv")[0]["file"]


@pytest.mark.parametrize("name", ["generated_walking_reading.mp4", "walk.mkv"])
def test_half_a_second_between_looks_costs_half_a_second(name: str, shared_clip: SharedClip, tmp_path: Path) -> None:
    """Where every frame is looked at, the same label is shown at most half a second away, but for a twentieth."""
    clip = str(shared_clip(name))
    off = ["--set", "cues.use=off"]
    assert main([clip, "--output", str(tmp_path / "scan.csv"), "--workers", "1", *off]) == 0
    assert cli.main(["--source", clip, "--log", str(tmp_path / "log.csv"), "--no-window", *off]) == 0
    few, all_ = rows(tmp_path / "scan.csv"), rows(tmp_path / "log.csv")
    end = round(float(all_[-1]["end_s"]) * 10)
    near = [any(label_at(few, tenth) == label_at(all_, tenth + away) for away in range(-5, 6)) for tenth in range(end)]
    assert sum(near) >= 0.95 * end


def label_at(table: list[dict[str, str]], tenth: int) -> str:
    began = [row["label"] for row in table if float(row["start_s"]) <= tenth / 10]
    return began[-1] if began else table[0]["label"]
