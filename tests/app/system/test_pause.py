import threading
import time

from app.system.pause import PauseSwitch


def test_it_is_paused_while_any_reason_holds() -> None:
    switch = PauseSwitch()
    assert (switch.paused, switch.reason) == (False, "")
    for reason in ("schedule", "asked for"):
        switch.set(reason, True)
    switch.set("schedule", True)
    assert switch.reason == "asked for, schedule"
    switch.set("asked for", False)
    assert switch.paused
    switch.set("schedule", False)
    assert not switch.paused


def test_whoever_waits_goes_on_at_once() -> None:
    switch = PauseSwitch()
    switch.set("asked for", True)
    threading.Timer(0.05, switch.set, ("asked for", False)).start()
    start_s = time.monotonic()
    switch.wait(600)
    assert time.monotonic() - start_s < 300 and not switch.paused


def test_it_knows_which_cameras_are_on() -> None:
    switch = PauseSwitch()
    switch.is_on("a", True)
    switch.is_on("b", True)
    switch.is_on("a", False)
    switch.is_on("a", False)
    assert switch.cameras_on == 1
