"""The page in a real browser: clicked, typed at and read."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.score.__main__ import main
from app.score.page import render
from app.score.result import Result, scored_clip
from app.score.timeline import Segment, Timeline
from app.score.truth.truth import Truth
from tests import toy
from tests.browser import Browser, open_browser

EVIL = "</script><img src=x onerror=document.title='taken'>&amp;\"'"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def run(clip: Path, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of a clip, report.html, and its figures, scores.json."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "truth.txt").write_text("0:00 red\n0:02 green\n0:04 blue\n")
    files = ["--report", str(folder / "report.html"), "--json", str(folder / "scores.json")]
    flags = ["--model", str(model), "--set", "smoothing.tau_s=0.5"]
    assert main([str(clip), "--truth", str(folder / "truth.txt"), *flags, *files]) == 0
    return folder


def made(*clips: tuple[str, Timeline, Timeline], notes: tuple[str, ...] = ()) -> Result:
    scored = [scored_clip(name, shown, Truth(Path("truth.csv"), truth), (0.5,)) for name, shown, truth in clips]
    return Result(clips=scored, notes=notes, about={"Model": EVIL}, settings={"smoothing": {"tau_s": 0.6}})


def line(*rows: tuple[str, float, float, float | None]) -> Timeline:
    return Timeline(tuple(Segment(*row) for row in rows))


def playhead_s(browser: Browser) -> float:
    return float(browser.run("document.getElementById('track').getAttribute('aria-valuenow')"))


def written(tmp_path: Path, result: Result) -> Path:
    path = tmp_path / "page.html"
    path.write_text(render(result), encoding="utf-8")
    return path


def test_the_player_says_what_was_true_and_what_was_shown(browser: Browser, run: Path) -> None:
    browser.open(run / "report.html")
    scores = json.loads((run / "scores.json").read_text())
    assert browser.text("#figures [data-key=frame_accuracy] td") == f"{100 * scores['frame_accuracy']:.1f} %"
    assert browser.text(".card.wrong .value") == f"{scores['sure_wrong_min_per_h']:.2f} min/h"
    browser.click("#track", 1 / 6, 0.2)
    told = browser.text("#readout")
    assert told.startswith("0:01.0 truth Red shown Red ") and told.endswith("% right")
    browser.click("#track", 5.5 / 6, 0.2)
    told = browser.text("#readout")
    assert told.startswith("0:05.5 truth Blue shown Unsure ") and told.endswith("% unsure")
    browser.hover("#track", 3.5 / 6, 0.5)
    assert browser.text("#tip").startswith("0:03.5, right truth: Green shown: Green ")
    assert browser.text("#readout") == told, "hovering does not move the playhead"
    browser.hover("#title")
    assert browser.run("document.getElementById('tip').hidden")
    assert browser.errors == []


def test_the_keyboard_moves_the_playhead(browser: Browser, run: Path) -> None:
    browser.open(run / "report.html")
    browser.run("document.getElementById('track').focus()")
    times = []
    for key, shift in (
        ("ArrowRight", False),
        ("ArrowRight", True),
        ("ArrowLeft", False),
        ("End", False),
        ("Home", False),
    ):
        browser.press(key, shift=shift)
        times.append(playhead_s(browser))
    assert times == [1.0, 1.1, 0.1, 6.0, 0.0]
    assert browser.run("document.getElementById('track').getAttribute('aria-valuetext')").startswith(
        "0:00.0, truth Red, shown Red"
    )


def test_mistakes_have_their_stills_and_lead_to_their_moment(browser: Browser, run: Path) -> None:
    browser.open(run / "report.html")
    assert browser.texts("#mistakes .said") == ["Green", "Red"] or browser.texts("#mistakes .said") == ["Red", "Green"]
    links = browser.run("[...document.querySelectorAll('#mistakes img')].map(one => one.src)")
    for said, link in zip(browser.texts("#mistakes .said"), links, strict=True):
        image = cv2.imdecode(np.frombuffer(base64.b64decode(link.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None and image.shape == (240, 320, 3)
        seen = {"Red": toy.GREEN, "Green": toy.GREY}[said]  # the label is late: the image is of what is true
        assert np.abs(image.reshape(-1, 3).mean(axis=0) - seen).max() < 12
    browser.click("#mistakes li:nth-child(1) button")
    start_s = float(browser.run("document.querySelector('#mistakes button').dataset.start"))
    assert playhead_s(browser) == pytest.approx(start_s, abs=1e-3)
    assert browser.text("#readout").endswith("sure and wrong")
    assert browser.run("document.querySelector('#mistakes button').getAttribute('aria-current')") == "true"


def test_buttons_go_from_mistake_to_mistake_and_zoom(browser: Browser, run: Path) -> None:
    browser.open(run / "report.html")
    starts = sorted(
        float(one)
        for one in browser.run("[...document.querySelectorAll('#mistakes button')].map(b => b.dataset.start)")
    )
    seen = []
    for _ in starts:
        browser.click("#next")
        seen.append(playhead_s(browser))
    assert seen == pytest.approx(starts, abs=1e-3)
    assert browser.run("document.getElementById('next').disabled")
    browser.click("#previous")
    assert playhead_s(browser) == pytest.approx(starts[-2], abs=1e-3)
    width = browser.box("#track")["width"]
    browser.click("#closer")
    assert browser.box("#track")["width"] == pytest.approx(2 * width, abs=2)
    assert browser.run("document.querySelectorAll('.axis span').length") > 6
    browser.click("#wider")
    assert browser.box("#track")["width"] == pytest.approx(width, abs=1)


def test_a_screen_reader_finds_every_part(browser: Browser, run: Path) -> None:
    browser.open(run / "report.html")
    found = browser.accessible()
    for part in [
        ("slider", "Moment of the clip"),
        ("button", "Next mistake"),
        ("button", "Zoom in"),
        ("list", "Sure and wrong"),
        ("table", "All measures"),
        ("table", "Confusion in seconds"),
        ("region", "The most important figures"),
    ]:
        assert part in found
    assert any(role == "image" and name.startswith("Of an hour: right ") for role, name in found)
    assert all(name for role, name in found if role in {"button", "slider", "combobox", "table", "link"})


def test_tables_and_settings_are_those_of_the_run(browser: Browser, run: Path) -> None:
    browser.open(run / "report.html")
    scores = json.loads((run / "scores.json").read_text())
    rows = browser.texts("#confusion tbody tr")
    assert [row.split()[0] for row in rows] == ["Blue", "Green", "Red"]
    assert f"{scores['confusion_s']['blue']['unsure']:.1f}" in rows[0]
    red = browser.texts("#labels tbody tr")[2].split()
    assert red[:2] == ["Red", "2.0"]
    settings = dict(zip(browser.texts("#settings dt"), browser.texts("#settings dd"), strict=True))
    assert settings["smoothing.tau_s"] == "0.5" and settings["smoothing.threshold"] == "null"
    assert browser.texts("#about dd")[0].endswith("colours.onnx")


def test_the_page_needs_nothing_from_outside(run: Path) -> None:
    html = (run / "report.html").read_text(encoding="utf-8")
    assert "://" not in html and "url(" not in html and "@import" not in html and "default-src 'none'" in html


def test_clips_are_chosen(browser: Browser, tmp_path: Path) -> None:
    one = line(("eating", 0, 4, 0.9))
    late = line(("other", 0, 1, 0.8), ("eating", 1, 4000, None))
    path = written(tmp_path, made(("a.mp4", one, one), ("b.mp4", late, line(("eating", 0, 4000, None)))))
    browser.open(path)
    assert browser.text("#title") == "Score of 2 clips"
    assert browser.text("#mistakes-told").startswith("None")
    browser.click("#clips tbody tr:nth-child(2) button")
    assert browser.run("document.getElementById('clip').selectedOptions[0].textContent") == "b.mp4"
    assert browser.texts("#mistakes small") == ["0:00.0 to 0:01.0, 1.0 s"]
    browser.click("#track", 0.9, 0.2)
    assert browser.text("#readout") == "1:00:00.0 truth Eating shown Eating right"
    assert browser.texts(".axis span")[-1].startswith("1:0")


def test_names_are_never_html(browser: Browser, tmp_path: Path) -> None:
    shown, truth = line((EVIL, 0, 2, 0.5), ("電話", 2, 4, 0.5)), line((EVIL, 0, 3, None), ("__proto__", 3, 4, None))
    path = written(tmp_path, made((EVIL, shown, truth), notes=(EVIL, "caf\udce9")))
    browser.open(path)
    assert browser.text("#title") == f"Score of {EVIL}" == browser.run("document.title")
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert EVIL in browser.texts("#about dd")[0] and browser.texts("#notes p")[0] == EVIL
    assert any("電話" in label for label in browser.texts("#legend li"))
    assert browser.errors == []


def test_gaps_are_neither_right_nor_wrong(browser: Browser, tmp_path: Path) -> None:
    path = written(
        tmp_path, made(("a.mp4", line(("eating", 0, 4, 0.9)), line(("eating", 0, 1, None), ("eating", 3, 4, None))))
    )
    browser.open(path)
    browser.click("#track", 0.5, 0.2)
    assert browser.text("#readout") == "0:02.0 truth not known shown Eating 90 % not scored"


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True), (1920, False)])
def test_it_fits_its_window_in_light_and_dark(width: int, dark: bool, browser: Browser, run: Path) -> None:
    browser.open(run / "report.html", width=width, dark=dark)
    assert browser.run("document.documentElement.scrollWidth") <= width
    paper, ink = (
        browser.run(f"getComputedStyle(document.body).{name}.match(/\\d+/g).slice(0, 3).map(Number)")
        for name in ("backgroundColor", "color")
    )
    lighter, darker = sorted((toy.luminance(paper[::-1]), toy.luminance(ink[::-1])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) > 7
    assert (sum(paper) < sum(ink)) == dark


def test_names_in_strips_can_be_read(browser: Browser, tmp_path: Path) -> None:
    labels = ["other", "nobody", "unsure", *(f"activity {number}" for number in range(14))]
    shown = line(*((label, number, number + 1, 0.5) for number, label in enumerate(labels)))
    path = written(tmp_path, made(("a.mp4", shown, line(("other", 0, 17, None)))))
    for dark in (False, True):
        browser.open(path, dark=dark)
        colours = browser.run(
            "[...document.querySelectorAll('.row.shown i')].map(one => { const s = getComputedStyle(one);"
            "return [s.color, s.backgroundColor].map(c => c.match(/[\\d.]+/g).slice(0, 3).map(Number)); })"
        )
        for ink, paper in colours:
            lighter, darker = sorted((toy.luminance(ink[::-1]), toy.luminance(paper[::-1])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) > 4.5, (ink, paper, dark)
