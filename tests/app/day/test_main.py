"""`python -m app.day` on the diary of a simulated week, whose truth is known; its page in a browser."""

import csv
import html
import io
import json
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.day.__main__ import main
from app.diary.store import FILE, Diary
from tests.app.days import Day, time_zone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the time zone of a process is set on Unix only")
LABELS = ("using_computer", "reading", "texting", "drinking", "other")
FIRST = datetime(2026, 3, 23, 8, 30)  # a week in which summer time begins


class Week:
    """A simulated week and its truth: seconds by label, for each day and for all."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.truth = folder, {}
        dice = random.Random(7)
        for number in range(7):
            start = FIRST + timedelta(days=number)
            if number == 6:
                start = datetime(2026, 3, 29, 0, 30)  # across the change at 2 o'clock
            self.truth[start.date()] = self._day(Day(folder, start, fps=2), dice, 8 * 3600)

    def _day(self, day: Day, dice: random.Random, seconds: float) -> Counter[str]:
        truth: Counter[str] = Counter()
        while sum(truth.values()) < seconds:
            label = dice.choice(LABELS)
            for name, length in ((label, dice.randint(10, 1800) / 2), (None, 0.5)):
                day.sees(name, length)
                truth[name or "unsure"] += length
            kind = dice.random()
            if kind < 0.1:
                day.sees(None, 200, nobody=True)
                truth["nobody"] += 200
            elif kind < 0.15:
                day.sees_nothing(600)
            elif kind < 0.2:
                day.sleeps(900)
        day.sink.close()
        return truth


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    with time_zone("Europe/Berlin"):
        return Week(tmp_path_factory.mktemp("week"))


def figures(week: Week, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--diary", str(week.folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_the_sums_are_those_of_the_truth(week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    for day, truth in week.truth.items():
        assert figures(week, capsys, day.isoformat())["seconds"] == pytest.approx(dict(truth), abs=0.001), day
    whole: Counter[str] = sum(week.truth.values(), Counter())
    found = figures(week, capsys, "2026-03-23..2026-03-29")
    assert found["seconds"] == pytest.approx(dict(whole), abs=0.001)
    assert figures(week, capsys, "all")["seconds"] == found["seconds"]
    assert found["away_s"] == whole["nobody"]
    assert [day["date"] for day in found["days"]] == [day.isoformat() for day in week.truth]  # type: ignore[attr-defined]


def test_the_entries_add_up_too(week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["2026-03-24", "--diary", str(week.folder), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["label"]] += float(row["seconds"])  # type: ignore[assignment]
    assert dict(sums) == pytest.approx(dict(week.truth[datetime(2026, 3, 24).date()]), abs=0.001)


def test_the_terminal_names_each_activity_and_the_usual_day(week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["2026-03-28", "--diary", str(week.folder)]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("Using computer", "Reading", "Texting", "Drinking", "Saturday 28 March 2026"))
    assert "median of 5 days" in out
    (line,) = [line for line in out.splitlines() if line.startswith("  Reading")]
    assert re.search(r"\d (more|less) than usual|as usual|min (more|less) than usual", line.split("longest")[0]), line
    assert main(["2026-03-20", "--diary", str(week.folder)]) == 0
    assert "nothing was seen" in capsys.readouterr().out


def test_one_source_alone(week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    assert figures(week, capsys, "all", "--source", "camera 0")["seconds"]
    assert figures(week, capsys, "2026-01-01", "--source", "camera 0")["seconds"] == {}, "it was not on that day"
    assert main(["all", "--diary", str(week.folder), "--source", "elsewhere"]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and "elsewhere" in err and "camera 0" in err


def test_the_file_of_a_diary_names_it_too(week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    whole = figures(week, capsys, "all")
    assert main(["all", "--json", "--diary", str(week.folder / FILE)]) == 0
    assert json.loads(capsys.readouterr().out) == whole


def test_short_times_are_told_in_seconds(tmp_path: Path) -> None:
    with time_zone("Europe/Berlin"):
        day = Day(tmp_path, FIRST, fps=2)
        day.sees("reading", 42)
        day.sink.close()
        assert main(["2026-03-23", "--diary", str(tmp_path), "--html", str(tmp_path / "r.html")]) == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "of 42 s before the camera" in page
    assert re.findall(r"<dd>(42 s|0 min)<", page) == ["42 s", "42 s"]


def test_files_are_written_and_replaced_only_when_asked(week: Week, tmp_path: Path) -> None:
    targets = [tmp_path / name for name in ("r.html", "r.json", "r.csv")]
    flags = [part for path in targets for part in (f"--{path.suffix[1:]}", str(path))]
    assert main(["all", "--diary", str(week.folder), *flags]) == 0
    assert all(path.stat().st_size > 1000 for path in targets)
    assert main(["all", "--diary", str(week.folder), *flags]) == 2
    assert main(["all", "--diary", str(week.folder), *flags, "--overwrite"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["tomorrow"],
        ["--json", "x.txt"],
        ["--json", "--csv"],
        ["--json", "a.json", "--csv", "no/a.csv"],
        ["--diary", "no"],
    ],
)
def test_a_mistake_is_one_line_and_status_2(
    week: Week,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--diary", str(week.folder), *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_report_leaves_the_diary_as_it_was(week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    before = (week.folder / FILE).read_bytes()
    figures(week, capsys, "all")
    assert (week.folder / FILE).read_bytes() == before
    assert [path.name for path in week.folder.iterdir()] == [FILE]


def test_an_empty_diary_has_a_page_too(tmp_path: Path) -> None:
    Diary(tmp_path).close()
    assert main(["--diary", str(tmp_path), "--html", str(tmp_path / "r.html")]) == 0
    assert "Nothing was seen" in (tmp_path / "r.html").read_text(encoding="utf-8")


PROBE = """<script>
addEventListener("load", () => {
  const strips = document.querySelector("#strips"), buttons = [...document.querySelectorAll(".totals button")];
  const found = {wide: document.documentElement.scrollWidth > innerWidth, buttons: buttons.length,
    rects: strips.querySelectorAll("rect").length, heat: document.querySelectorAll("#heat tbody tr").length};
  buttons[1].focus();
  found.focus = document.activeElement === buttons[1] && buttons[1].tabIndex === 0;
  buttons[1].click();
  found.on = strips.querySelectorAll("rect.on").length;
  found.pressed = buttons.filter(one => one.getAttribute("aria-pressed") === "true").length;
  found.one = [...document.querySelectorAll("#heat td")].reduce((sum, one) => sum + Number(one.textContent), 0);
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "Escape"}));
  found.off = buttons.filter(one => one.getAttribute("aria-pressed") === "true").length;
  found.all = [...document.querySelectorAll("#heat td")].reduce((sum, one) => sum + Number(one.textContent), 0);
  document.body.textContent = "FOUND" + JSON.stringify(found) + "END";
});
</script></body>"""


@pytest.mark.parametrize("width", [360, 700, 1200])
def test_the_page_works_in_a_browser(week: Week, tmp_path: Path, width: int) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium here")
    page = tmp_path / "r.html"
    assert main(["2026-03-23..2026-03-29", "--diary", str(week.folder), "--html", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", ""), "it loads nothing from elsewhere"
    page.write_text(text.replace("</body>", PROBE), encoding="utf-8")
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", f"--window-size={width},900", "--dump-dom")
    command = [browser, *flags, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    match = re.search("FOUND(.*)END", done.stdout)
    assert match is not None, (done.stdout[-2000:], done.stderr[-2000:])
    found = json.loads(html.unescape(match[1]))
    assert not found["wide"], "nothing is cut off at the side"
    assert (found["buttons"], found["heat"], found["pressed"], found["off"]) == (4, 7, 1, 0)
    assert found["focus"] and 0 < found["on"] < found["rects"]
    assert 0 < found["one"] < found["all"]
