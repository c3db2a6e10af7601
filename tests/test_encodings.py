"""Names in any letters, on terminals of any encoding: every line comes out, through the real command lines."""

import contextlib
import io
import sys
import tempfile
from pathlib import Path

import cv2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app import cli
from tests import toy
from training.__main__ import main as train

ENCODINGS = ("ascii", "cp437", "cp1252", "latin-1", "cp932", "koi8-r", "utf-8", "utf-16")
LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\:")
NAMES = st.text(LETTERS, min_size=1, max_size=12).filter(lambda name: name.strip(". \0") and len(name.encode()) < 60)


def said(encoding: str, command: list[object], run: object) -> tuple[int, str]:
    """The exit status, and what a terminal of this encoding was sent."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run([str(part) for part in command])  # type: ignore[operator]
    return status, "".join(stream.buffer.getvalue().decode(encoding) for stream in (out, err))


@pytest.mark.skipif(sys.platform == "win32", reason="names that Windows forbids")
@settings(max_examples=15, deadline=None)
@given(st.sampled_from(ENCODINGS), NAMES, NAMES)
@example("utf-16", "먹기", "ünsure")
@example("cp437", "\u202eabc", "\U0001f468\u200d\U0001f373")
def test_every_name_comes_out_on_every_terminal(encoding: str, name: str, label: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "data" / f"a{label}"
        folder.mkdir(parents=True)
        file = folder / f"a{name}.png"
        file.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
        (folder / f"b{name}.gif").write_bytes(b"GIF89a")
        labels = [f"b{label.strip()}".replace("\u2028", "").replace("\u2029", ""), "green", "blue"]
        model = toy.write_model(
            Path(home) / f"a{name}.onnx", [each if each.isprintable() else "red" for each in labels]
        )
        for source in (file, folder):
            command = ["--source", source, "--model", model, "--no-window"]
            status, lines = said(encoding, command, cli.main)
            assert status == 0 and "Labelled 1 frame" in lines
        status, lines = said(encoding, ["--source", folder / "none", "--model", model, "--no-window"], cli.main)
        assert status == 2 and lines.count("\n") == 1
        status, lines = said(encoding, ["check", folder.parent], train)
        assert status in (0, 1) and ".gif" in lines
