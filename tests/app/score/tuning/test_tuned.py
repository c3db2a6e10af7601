"""What tuning tells, as a table, as a picture, and as a file."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

from app.config.settings import CueSettings, Settings, SmoothingSettings, load
from app.score.align import SECOND
from app.score.measures.felt import Felt
from app.score.tuning.picture import picture
from app.score.tuning.search import Search
from app.score.tuning.settings_file import settings_text
from app.score.tuning.tuned import Tuned
from app.score.tuning.wish import Wish

MINUTE = 60 * SECOND
SVG = "{http://www.w3.org/2000/svg}"


def outcome(delay_s: float, wrong_min: float, switches: int = 30) -> Felt:
    return Felt(
        scored=60 * MINUTE,
        right=40 * MINUTE,
        sure_wrong=round(wrong_min * MINUTE),
        settled=60 * MINUTE,
        settled_switches=switches,
        delays=(round(delay_s * SECOND),),
    )


OUTCOMES = (  # delay in s, wrong minutes an hour
    outcome(0.5, 6),  # the present settings
    outcome(1.0, 4),
    outcome(1.1, 5),  # slower and worse than the one before
    outcome(2.0, 3),
    outcome(0.9, 1, switches=600),  # restless
)
WISH = Wish(max_switches_per_min=1.0, max_delay_s=1.5, min_right_min_per_h=30.0)


@pytest.fixture
def tuned() -> Tuned:
    settings = tuple(SmoothingSettings(tau_s=number / 10, hold=0.0, strictness=0.0) for number in range(len(OUTCOMES)))
    return Tuned(Search(settings, tuple((one,) for one in OUTCOMES)), WISH, OUTCOMES[2])


def test_the_least_wrong_that_keeps_the_limits_is_chosen(tuned: Tuned) -> None:
    assert (tuned.chosen, tuned.settings.tau_s, tuned.is_met) == (1, 0.1, True)


def test_the_trade_off_is_what_nothing_beats_in_both(tuned: Tuned) -> None:
    assert tuned.trade_off == [0, 1, 3]


def test_the_table_shows_now_the_choice_its_check_and_the_trade_off(tuned: Tuned) -> None:
    rows = [line.split() for line in tuned.lines()]
    assert ["present", "0", "0.1", "0.8", "0", "0", "0.50", "0.50", "6.00", "0.00", "40.00"] in rows
    assert ["chosen", "0.1", "0.1", "0.8", "0", "0", "0.50", "1.00", "4.00", "0.00", "40.00"] in rows
    assert ["cross-validated", "0.50", "1.10", "5.00", "0.00", "40.00"] in rows
    assert [row[-4] for row in rows[-3:]] == ["0.50", "1.00", "2.00"]


def test_a_wish_that_nothing_meets_is_told(tuned: Tuned) -> None:
    hard = replace(tuned, wish=replace(WISH, max_delay_s=0.1))
    assert not hard.is_met and "no settings meet the wish" in list(hard.lines())[-1]
    assert hard.chosen == 0, "the nearest"


def test_the_picture_has_every_candidate_where_it_belongs(tuned: Tuned) -> None:
    drawn = ElementTree.fromstring(picture(tuned))
    circles = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in drawn.iter(f"{SVG}circle")]
    assert len(circles) == len(OUTCOMES) + 2, "the present and the chosen ones twice"
    chosen, present = circles[-1], circles[-2]
    assert present[0] < chosen[0] and present[1] < chosen[1], "later, and further down"
    assert {text.text for text in drawn.iter(f"{SVG}text")} >= {"present", "chosen"}
    (line,) = drawn.iter(f"{SVG}polyline")
    assert len(line.attrib["points"].split()) == 3


def test_a_picture_can_be_drawn_where_nothing_ever_changes() -> None:
    still = replace(OUTCOMES[0], delays=())
    tuned = Tuned(Search((SmoothingSettings(),), ((still,),)), WISH, still)
    assert list(ElementTree.fromstring(picture(tuned)).iter(f"{SVG}circle")) == []
    assert list(tuned.lines())


def test_the_file_gives_the_app_the_tuned_settings_and_keeps_the_others(tmp_path: Path) -> None:
    present = Settings(model="mine.onnx", cues=CueSettings(use="off", rate_hz=4.0))
    smoothing = SmoothingSettings(tau_s=1.2, margin=0.05, min_dwell_s=1.5, hold=0.2, strictness=-0.25)
    path = tmp_path / "tuned.yaml"
    text = settings_text(present, smoothing, tmp_path / "models" / "mine.onnx", ["One reason.", "", "Two."])
    path.write_text(text, encoding="utf-8")
    read = load(path, [])
    assert (read.smoothing, read.cues) == (smoothing, present.cues)
    assert Path(read.model) == tmp_path / "models" / "mine.onnx"
    assert text.startswith("# One reason.\n")
