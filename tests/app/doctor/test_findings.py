from typing import get_args

import msgspec
import pytest

from app.config.settings import CameraSettings, SourceSettings
from app.doctor.findings import BLACK, BRIGHT, DARK, Finding, Stage, faults, notes, outcome, serves

WISH = CameraSettings(width_px=64, height_px=48, fps=30)
SETTINGS = SourceSettings(camera=WISH, open_timeout_s=5.0)


def found(stage: Stage = "done", **what: float) -> Finding:
    """What is found about a good camera, but for `what`."""
    good = {"open_s": 0.5, "first_s": 1.0, "width_px": 64, "height_px": 48, "fps": 30.0, "brightness": 120.0}
    return msgspec.convert({"stage": stage} | good | what, Finding)


@pytest.mark.parametrize("stage", get_args(Stage))
def test_every_stage_has_one_line_of_its_own(stage: Stage) -> None:
    lines = {outcome(found(other)) for other in get_args(Stage)}
    assert len(lines) == len(get_args(Stage))
    assert "\n" not in outcome(found(stage))


def test_what_was_measured_is_said() -> None:
    line = outcome(found(first_s=1.26, fps=29.97))
    assert "64x48" in line and "30.0 frames" in line and "1.3 s" in line
    assert "0.5 s" in outcome(found("read")) and "0.5 s" in outcome(found("empty"))


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ({}, []),
        ({"fps": 0.0}, ["stopped"]),
        ({"fps": 0.0, "brightness": 0.0, "frozen": True}, ["stopped"]),
        ({"brightness": BLACK - 0.1}, ["black"]),
        ({"brightness": BLACK - 0.1, "frozen": True}, ["black"]),
        ({"brightness": BLACK}, []),
        ({"frozen": True}, ["frozen"]),
        ({"open_s": 3.0, "first_s": 8.0}, []),
        ({"open_s": 3.0, "first_s": 8.1}, ["late"]),
        ({"open_s": 3.0, "first_s": 8.1, "frozen": True}, ["frozen", "late"]),
    ],
)
def test_what_makes_a_camera_useless(what: dict[str, float], fault: list[str]) -> None:
    assert list(faults(found(**what), SETTINGS)) == fault
    assert serves([found(**what)], SETTINGS) == (not fault)


@pytest.mark.parametrize(
    ("stages", "works"),
    [
        ([], False),
        (["done"], True),
        (["closed", "done"], True),
        (["empty", "done"], True),
        (["closed", "empty"], False),
        (["open", "done"], False),
        (["read", "done"], False),
        (["measure", "done"], False),
        (["crash", "done"], False),
        (["start", "done"], False),
        (["done", "crash"], True),
    ],
)
def test_the_first_backend_that_delivers_counts_and_one_that_hangs_is_the_end(stages: list[Stage], works: bool) -> None:
    assert serves([found(stage) for stage in stages], SETTINGS) == works


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ({}, []),
        ({"width_px": 640}, ["64x48"]),
        ({"fps": 23.9}, ["30 frames"]),
        ({"fps": 24.1}, []),
        ({"brightness": DARK - 1}, ["brightness 39 of 255"]),
        ({"brightness": DARK}, []),
        ({"brightness": BRIGHT}, []),
        ({"brightness": BRIGHT + 1}, ["brightness 246 of 255"]),
        ({"brightness": BLACK - 1}, []),
        ({"fps": 0.0, "width_px": 640}, []),
        ({"height_px": 480, "fps": 5.0, "brightness": 20.0}, ["64x48", "30 frames", "brightness 20"]),
    ],
)
def test_notes_say_what_is_not_as_asked(what: dict[str, float], facts: list[str]) -> None:
    lines = list(notes(found(**what), WISH))
    assert len(lines) == len(facts)
    assert all(fact in line for fact, line in zip(facts, lines, strict=True))


@pytest.mark.parametrize("stage", [stage for stage in get_args(Stage) if stage != "done"])
def test_a_camera_that_does_not_work_has_no_notes(stage: Stage) -> None:
    assert list(notes(found(stage, width_px=640, fps=1.0), WISH)) == []
