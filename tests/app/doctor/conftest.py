import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import msgspec
import pytest

from app.doctor import child, fixes, probe
from app.doctor.ask import Answer, Ask
from app.sources import camera
from tests.app.doctor.drivers import CLOSED, LIMIT_S, MEASURE_S, START_S, Blocks

Plug = Callable[..., Ask]


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Plug:
    """plug("linux", {0: Driver(...)}): the system and its cameras; Blocks or a mapping by backend in their place.

    Returns what asks them within this process. /dev and /proc are folders below `tmp_path`.
    """
    monkeypatch.setattr(probe, "MEASURE_S", MEASURE_S)
    monkeypatch.setattr(probe, "START_S", START_S)
    nothing = SimpleNamespace(dump_traceback_later=lambda *_, **__: None, cancel_dump_traceback_later=lambda: None)
    monkeypatch.setattr(child, "faulthandler", nothing)  # it would end the tests
    for name in ("dev", "proc"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(fixes, name.upper(), tmp_path / name)

    def use(system: str, drivers: dict[int, Any], listed: list[Any] | None = None) -> Ask:
        def capture(index: int, backend: int) -> Any:
            driver = drivers.get(index, CLOSED)
            driver = driver[backend] if isinstance(driver, dict) else driver
            if driver is Blocks:
                raise Blocks
            return driver

        for index in drivers:
            (tmp_path / "dev" / f"video{index}").touch()
        found = [SimpleNamespace(index=index, name=f"Camera {index}") for index in drivers]
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr(cv2, "VideoCapture", capture)
        monkeypatch.setattr(camera, "enumerate_cameras", lambda backend: found if listed is None else listed)
        return ask

    def ask(arguments: Sequence[str], limit_s: float) -> Answer:
        lines: list[bytes] = []
        monkeypatch.setattr(child, "_tell", lambda what: lines.append(msgspec.json.encode(what)))
        try:
            child.main([*arguments, "--limit", str(LIMIT_S)])
        except Blocks:
            return Answer(lines, in_time=False, ended_well=False)
        return Answer(lines, in_time=True, ended_well=True)

    return use
