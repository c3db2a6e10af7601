"""A headless Chromium that a test drives as a person would: it clicks, types, and reads what the page shows.

It speaks the browser's own protocol (Chrome DevTools Protocol) through a pair of pipes, so that no package is needed.
"""

import base64
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 120.0  # a guard against what hangs: the machine may be busy
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_START = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for number, end in zip((3, 4), ends):  # Chromium reads from 3 and writes to 4
    os.dup2(end, number)
os.execvp(sys.argv[3], sys.argv[3:])
"""
_KEYS = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "PageUp": 33, "PageDown": 34, "Enter": 13, "Tab": 9}


class Browser:
    """A page in a browser.

    Attributes:
        errors: what its script raised or complained of.
    """

    def __init__(self, to: int, from_: int) -> None:
        self.errors: list[str] = []
        self._to, self._numbers = to, itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._loaded = False
        self._heard = threading.Condition()
        self._ended = False
        self._session = ""
        self._reader = threading.Thread(target=self._listen, args=(from_,), daemon=True)
        self._reader.start()
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Accessibility"):
            self._ask(f"{domain}.enable")

    def open(self, page: Path, width: int = 1280, height: int = 900, *, dark: bool = False) -> None:
        """Opens a file, and waits until it is loaded."""
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        self._loaded = False
        self._ask("Page.navigate", url=page.resolve().as_uri())
        self._wait(lambda: self._loaded, f"{page} to load")

    def run(self, script: str) -> Any:
        """What an expression is."""
        found = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def text(self, selector: str) -> str:
        """What a person reads of an element."""
        return " ".join(str(self.run(f"document.querySelector({json.dumps(selector)}).innerText")).split())

    def texts(self, selector: str) -> list[str]:
        """What a person reads of each of the elements."""
        every = self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(one => one.innerText)")
        return [" ".join(text.split()) for text in every]

    def box(self, selector: str) -> dict[str, float]:
        """Where an element is on the screen, scrolled to: x, y, width, height."""
        found: dict[str, float] = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            "one.scrollIntoView({ block: 'nearest' }); const { x, y, width, height } = one.getBoundingClientRect();"
            "return { x, y, width, height }; })()"
        )
        return found

    def click(self, selector: str, across: float = 0.5, down: float = 0.5) -> None:
        """Clicks into an element, at a share of its width and height."""
        x, y = self.hover(selector, across, down)
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def hover(self, selector: str, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
        """Moves the mouse into an element, and returns where it is."""
        box = self.box(selector)
        x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
        self._ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        return x, y

    def press(self, key: str, *, shift: bool = False) -> None:
        """Presses a key."""
        for kind in ("rawKeyDown", "keyUp"):
            code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS[key], "modifiers": 8 if shift else 0}
            self._ask("Input.dispatchKeyEvent", type=kind, **code)

    def accessible(self) -> list[tuple[str, str]]:
        """Role and name of everything that a screen reader finds."""
        nodes = self._ask("Accessibility.getFullAXTree")["nodes"]
        return [
            (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node.get("ignored")
        ]

    def screenshot(self, path: Path) -> None:
        """Writes a PNG of the whole page."""
        size = self._ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        found = self._ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))

    def forget(self) -> None:
        """Waits until nothing comes from the browser any more, which has ended."""
        self._reader.join(PATIENCE_S)

    def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        self._wait(lambda: number in self._answers, method)
        answer = self._answers.pop(number)
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def _wait(self, ready: Callable[[], bool], what: str) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        with self._heard:
            while not ready():
                assert not self._ended, f"the browser ended; waited for {what}"
                assert self._heard.wait(deadline_s - time.monotonic()), f"waited in vain for {what}"

    def _listen(self, pipe: int) -> None:
        rest = b""
        while data := os.read(pipe, 1 << 20):
            *messages, rest = (rest + data).split(b"\0")
            with self._heard:
                for message in map(json.loads, messages):
                    self._hear(message)
                self._heard.notify_all()
        with self._heard:
            self._ended = True
            self._heard.notify_all()

    def _hear(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        method, parameters = message.get("method"), message.get("params", {})
        self._loaded |= method == "Page.loadEventFired"
        if method == "Runtime.exceptionThrown":
            self.errors.append(str(parameters["exceptionDetails"]))
        if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.errors.append(str(parameters["entry"]["text"]))


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Starts a browser, and ends it; skips the test, by name, where there is none."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None or os.name != "posix":
        pytest.skip("Chromium is not installed")
    their_input, to = os.pipe()
    from_, their_output = os.pipe()
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as profile:
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        command += ["--disable-dev-shm-usage", f"--user-data-dir={profile}", "--remote-debugging-pipe"]
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(their_input), str(their_output), *command],
            pass_fds=(their_input, their_output),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": profile},
        )
        os.close(their_input)
        os.close(their_output)
        browser: Browser | None = None
        try:
            browser = Browser(to, from_)
            yield browser
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()
            os.close(to)
            if browser is not None:
                browser.forget()
            os.close(from_)
