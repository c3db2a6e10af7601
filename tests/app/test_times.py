"""Recording, log and predictions of clips with odd times, by the command line: nothing is lost, all end together."""

import random
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import av
import cv2
import pytest

from tests import toy
from tests.app import process
from tests.fakes import rows

CLIPS = 8  # a run: they share a process
CLAIM_S = 1 / 30  # how long the writer says that an image is shown; TS does not, which may cost a frame
STEPS = {  # seconds between two images
    "steady": lambda _: 0.1,
    "variable": lambda chance: chance.choice([0.033, 0.04, 0.1, 0.5]),
    "time lapse": lambda _: 10.0,
    "minutes": lambda chance: chance.uniform(60, 600),
    "pauses": lambda chance: chance.choice([0.05, 0.05, 0.05, 30.0]),
}


def length_s(path: Path) -> float:
    with av.open(str(path)) as container:
        assert container.duration is not None
        return container.duration / 1e6


def clip(path: Path, times: Sequence[float], chance: random.Random) -> Path:
    colours = [chance.choice([toy.RED, toy.GREEN, toy.BLUE, toy.GREY]) for _ in times]
    pictures = [(toy.plain(colour), time_s) for colour, time_s in zip(colours, times, strict=True)]
    return toy.write_clip(path, pictures, options={"tune": "zerolatency"})  # the stamps as they are


def odd_clip(folder: Path, chance: random.Random) -> tuple[Path, list[float]]:
    """A file made of one to three joined ones, and when each of its images is shown."""
    suffix, start_s = chance.choice(["mkv", "ts", "mp4"]), chance.choice([0.0, 0.0, 7.5])
    shown: list[float] = []
    joined = b""
    for _ in range(chance.choice([1, 1, 2, 3])):
        step = STEPS[chance.choice(list(STEPS))]
        times = list(accumulate((step(chance) for _ in range(chance.randint(6, 12))), initial=0.0))
        joined += clip(folder / f"part.{suffix}", [start_s + time_s for time_s in times], chance).read_bytes()
        begin_s = shown[-1] + CLAIM_S if shown else 0.0
        shown += [begin_s + time_s for time_s in times]
    (path := folder / f"joined.{suffix}").write_bytes(joined)
    return path, shown


def check_log(found: list[dict[str, str]], end_s: float, frame_s: float) -> None:
    """Ends meet beginnings, and the seconds add up to the clip's."""
    assert float(found[0]["start_s"]) == 0
    assert [row["start_s"] for row in found[1:]] == [row["end_s"] for row in found[:-1]]
    assert float(found[-1]["end_s"]) == pytest.approx(end_s, abs=frame_s)
    assert sum(float(row["seconds"]) for row in found) == pytest.approx(float(found[-1]["end_s"]), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_times_all_outputs_are_as_long_as_the_clip(tmp_path: Path, model: Path, seed: int) -> None:
    chance = random.Random(seed)
    clips = []
    for number in range(CLIPS):
        (folder := tmp_path / str(number)).mkdir()
        clips.append(odd_clip(folder, chance))
    done = process.run(
        *(part for path, _ in clips for part in ("--source", path)),
        *("--model", model, "--no-window", "--record", "r.mp4", "--log", "log.csv", "--predictions", "p.csv"),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    log, predictions = rows(tmp_path / "log.csv"), rows(tmp_path / "p.csv")
    for number, (path, shown) in enumerate(clips, 1):
        of_clip = [row for row in log if row["source"] == str(path)]
        found = [float(row["time_s"]) for row in predictions if row["source"] == str(path)]
        assert found == pytest.approx(shown, abs=0.01), "a row for each image, at its time"
        check_log(of_clip, shown[-1] + CLAIM_S, 0.01)
        recorded = [tmp_path / f"r-{number}.mp4", *tmp_path.glob(f"r-{number}-part*.mp4")]  # after an hour another one
        assert sum(map(length_s, recorded)) == pytest.approx(float(of_clip[-1]["end_s"]), abs=0.01)
        said_s = [float(line.split("(")[1].split()[0]) for line in done.stdout.splitlines() if f"r-{number}" in line]
        assert sum(said_s) == pytest.approx(float(of_clip[-1]["end_s"]), abs=0.06 * len(recorded))


def test_a_time_lapse_at_its_own_pace_has_no_gaps(tmp_path: Path, model: Path) -> None:
    path = clip(tmp_path / "lapse.mkv", [0.0, 2.5, 5.0], random.Random(0))
    options = ("--source", path, "--model", model, "--no-window", "--realtime", "--record", "r.mp4", "--log", "log.csv")
    assert process.run(*options, folder=tmp_path).returncode == 0
    check_log(rows(tmp_path / "log.csv"), 5.0 + CLAIM_S, 0.01)
    assert length_s(tmp_path / "r.mp4") == pytest.approx(5.0 + CLAIM_S, abs=0.01)


@pytest.mark.parametrize(("folder_fps", "limit_s"), [(0.1, 100), (1, 100), (25, 100), (0.1, 25), (2, 1)])
def test_photographs_are_named_and_last_as_long_as_they_are_shown(
    tmp_path: Path, model: Path, folder_fps: float, limit_s: float
) -> None:
    (folder := tmp_path / "photos").mkdir()
    names = [f"IMG {number}.png" for number in range(4)]
    for name, colour in zip(names, (toy.RED, toy.RED, toy.GREEN, toy.BLUE), strict=True):
        (folder / name).write_bytes(cv2.imencode(".png", toy.plain(colour))[1].tobytes())
    done = process.run(
        *("--source", "photos", "--model", model, "--no-window", "--set", f"source.folder_fps={folder_fps}"),
        *("--record", "r.mp4", "--log", "log.csv", "--predictions", "p.csv", "--max-seconds", limit_s),
        folder=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    end_s = min(limit_s, len(names) / folder_fps)
    log, seen = rows(tmp_path / "log.csv"), [row["source"] for row in rows(tmp_path / "p.csv")]
    assert seen == [str(Path("photos", name)) for name in names[: len(seen)]]
    check_log(log, end_s, 0.001)
    assert length_s(tmp_path / "r.mp4") == pytest.approx(end_s, abs=0.01)
    assert log[0]["source"].startswith(seen[0]) and log[-1]["source"].endswith(Path(seen[-1]).name)
    if folder_fps == 0.1:
        assert [row["source"] for row in log] == seen, "each is judged alone"
        assert all(float(before["seconds"]) == 10 for before, _ in pairwise(log))
