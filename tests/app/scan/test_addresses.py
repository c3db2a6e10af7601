from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from app.scan.__main__ import main
from app.scan.addresses import expand, identity, on_this_computer, size_of
from tests.app.scan.archive import film, rows


def test_what_a_file_is_changes_when_it_does(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert identity(str(path)) is None
    path.write_bytes(b"12")
    before = identity(str(path))
    assert size_of(before) == 2
    path.write_bytes(b"123")
    assert identity(str(path)) not in (before, None)
    assert identity("a\0b") is None


def test_addresses_without_fsspec_are_named_in_one_line(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    output = str(tmp_path / "o.csv")
    assert main(["s3://anna:secret@bucket/a*.mp4", "--model", str(model), "--output", output]) == 2
    said = capsys.readouterr().err
    assert "daily-activity[remote]" in said
    assert "secret" not in said


def test_files_in_any_storage_of_fsspec(tmp_path: Path) -> None:
    memory = pytest.importorskip("fsspec", reason="fsspec is not installed").filesystem("memory")
    for name in ("two.mp4", "one.mp4"):
        memory.pipe(f"/films/{name}", name.encode())
    found = expand("memory://films/*.mp4")
    assert [Path(one).name for one in found] == ["one.mp4", "two.mp4"]
    with on_this_computer(found[1]) as path:
        assert path.read_bytes() == b"two.mp4"
    assert not path.exists()
    assert size_of(identity(found[0])) == 7
    assert identity("memory://films/none.mp4") is None


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


def test_files_on_a_web_server(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    pytest.importorskip("fsspec", reason="fsspec is not installed")
    film(tmp_path / "film.mp4", 6.0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    flags = ["--model", str(model), "--workers", "1", "--output"]
    try:
        assert main([f"{address}/film.mp4", *flags, str(tmp_path / "far.csv")]) == 0
        assert main([f"{address}/none.mp4", *flags, str(tmp_path / "none.csv")]) == 1
    finally:
        server.shutdown()
        server.server_close()
    assert main([str(tmp_path / "film.mp4"), *flags, str(tmp_path / "near.csv")]) == 0
    near, far = rows(tmp_path / "near.csv"), rows(tmp_path / "far.csv")
    assert [{**row, "file": ""} for row in near] == [{**row, "file": ""} for row in far]
    assert rows(tmp_path / "none.csv")[0]["problem"].startswith("no such file")
