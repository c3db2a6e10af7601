"""Real servers for the hooks: HTTP that can go away and come back, ActivityWatch's rules, and an MQTT broker."""

import json
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

PATIENCE_S = 60.0


def waits_for(ready: object, what: str = "") -> None:
    """Until `ready()`."""
    assert callable(ready)
    deadline_s = time.monotonic() + PATIENCE_S
    while not ready():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.02)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class WebServer:
    """Keeps what is posted; answers with `status`."""

    def __init__(self) -> None:
        self.port, self.status = free_port(), 200
        self.bodies: list[str] = []
        self.headers: list[dict[str, str]] = []
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def answer(self, path: str, body: str) -> tuple[int, str]:
        """The status and the text for a request."""
        if self.status == 200:
            self.bodies.append(body)
        return self.status, ""

    def on(self) -> None:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                server.headers.append(dict(self.headers))
                status, text = server.answer(self.path, body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def off(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class StrictActivityWatch(WebServer):
    """Buckets and heartbeats as aw-server-rust takes them: unknown keys, times without zone and such are refused."""

    def __init__(self) -> None:
        super().__init__()
        self.buckets: dict[str, list[dict[str, object]]] = {}
        self.refused: list[str] = []

    def answer(self, path: str, body: str) -> tuple[int, str]:
        try:
            return self._answer(path, json.loads(body)), "{}"
        except (AssertionError, ValueError, KeyError, TypeError) as error:
            self.refused.append(f"{path} {body} {error!r}")
            return 400, ""

    def _answer(self, path: str, value: dict[str, object]) -> int:
        parts = urlsplit(path)
        match = re.fullmatch(r"/api/0/buckets/([^/]+)(/heartbeat)?", parts.path)
        assert match is not None, "no such path"
        bucket = unquote(match[1])
        if not match[2]:
            assert set(value) == {"client", "type", "hostname"} and all(isinstance(one, str) for one in value.values())
            known = bucket in self.buckets
            self.buckets.setdefault(bucket, [])
            return 304 if known else 200
        pulse = float(parse_qs(parts.query, strict_parsing=True)["pulsetime"][0])
        if bucket not in self.buckets:
            return 404
        assert set(value) == {"timestamp", "duration", "data"}, "unknown keys"
        assert isinstance(value["data"], dict) and isinstance(value["duration"], int | float) and value["duration"] >= 0
        start = datetime.fromisoformat(str(value["timestamp"]))
        assert start.tzinfo is not None, "no zone"
        self._merge(self.buckets[bucket], start, float(value["duration"]), value["data"], pulse)
        return 200

    @staticmethod
    def _merge(events: list[dict[str, object]], start: datetime, seconds: float, data: object, pulse: float) -> None:
        """As `heartbeat` of aw-transform does."""
        end = start + timedelta(seconds=seconds)
        if events and events[-1]["data"] == data:
            first, last = events[-1]["start"], events[-1]["end"]
            assert isinstance(first, datetime) and isinstance(last, datetime)
            if first <= start <= last + timedelta(seconds=pulse):
                events[-1]["end"] = max(last, end)
                return
        events.append({"start": start, "end": end, "data": data})

    def seconds(self) -> dict[str, float]:
        """By label, over all buckets."""
        found: dict[str, float] = {}
        for events in self.buckets.values():
            for event in events:
                assert isinstance(event["data"], dict) and set(event["data"]) == {"label"}
                length = (event["end"] - event["start"]).total_seconds()  # type: ignore[operator]
                found[event["data"]["label"]] = found.get(event["data"]["label"], 0.0) + length
        return found


class Broker:
    """mosquitto on a port of its own; `off` ends it as a power cut would."""

    def __init__(self, folder: Path, password: tuple[str, str] | None = None) -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed")
        self.port, self._program, self._config = free_port(), program, folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "persistence false"]
        if password is None:
            lines.append("allow_anonymous true")
        else:
            maker = shutil.which("mosquitto_passwd")
            if maker is None:
                pytest.skip("mosquitto_passwd is not installed")
            subprocess.run([maker, "-c", "-b", str(folder / "users"), *password], check=True, capture_output=True)
            (folder / "users").chmod(0o644)
            lines += ["allow_anonymous false", f"password_file {folder / 'users'}", "user root"]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def on(self) -> None:
        command = [self._program, "-c", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        waits_for(self._answers, "mosquitto")

    def off(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freezes(self) -> None:
        """Keeps its connections, and answers nothing any more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class Listener:
    """Subscribes to everything on a broker: the newest message of each topic, and all in order."""

    def __init__(self, port: int, password: tuple[str, str] | None = None) -> None:
        from paho.mqtt import client, enums

        self.retained: dict[str, str] = {}
        self.all: list[tuple[str, str]] = []
        self._client = client.Client(enums.CallbackAPIVersion.VERSION2)
        if password:
            self._client.username_pw_set(*password)
        self._client.on_connect = lambda one, *_: one.subscribe("#", 1)
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _take(self, client: object, data: object, message: object) -> None:
        topic, text = message.topic, message.payload.decode()  # type: ignore[attr-defined]
        self.retained[topic] = text
        self.all.append((topic, text))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def switched_on(server: WebServer | Broker) -> Iterator[None]:
    server.on()
    try:
        yield
    finally:
        server.off()
