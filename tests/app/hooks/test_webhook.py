import base64
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.hooks import sender
from app.hooks.event import Kind
from app.hooks.http import Server
from app.hooks.webhook import Webhook
from tests.app.hooks.events import closed, event
from tests.app.hooks.servers import WebServer, switched_on, waits_for


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(sender, "LONGEST_WAIT_S", 0.2)


@pytest.fixture
def server() -> Iterator[WebServer]:
    one = WebServer()
    yield one
    one.off()


def hook(folder: Path, url: str, token: str | None = None, most: int = 1000) -> Webhook:
    one = Webhook(Server(url, token), folder, most)
    one.start()
    return one


def labels(server: WebServer) -> list[str]:
    return [json.loads(body)["label"] for body in server.bodies]


def test_events_are_posted_in_order_with_the_token(tmp_path: Path, server: WebServer) -> None:
    with switched_on(server):
        one = hook(tmp_path, server.url, "t0ken")
        one.put(event(label=str(number)) for number in range(20))
        one.put([event(Kind.PROGRESS)])
        waits_for(lambda: len(server.bodies) == 20)
        closed(one)
    assert labels(server) == [str(number) for number in range(20)]
    assert {headers["Authorization"] for headers in server.headers} == {"Bearer t0ken"}
    assert {headers["Content-Type"] for headers in server.headers} == {"application/json"}


def test_an_outage_loses_nothing_and_keeps_the_order(
    tmp_path: Path, server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = hook(tmp_path, server.url)
    for number in range(200):
        one.put([event(label=str(number))])
    waits_for(lambda: caplog.records)
    with switched_on(server):
        waits_for(lambda: len(server.bodies) == 200)
        closed(one)
    assert labels(server) == [str(number) for number in range(200)]
    assert len(caplog.records) == 2, "that it cannot be reached, and that it works again"


def test_what_a_session_could_not_send_the_next_one_does(tmp_path: Path, server: WebServer) -> None:
    one = hook(tmp_path, server.url)
    one.put([event(label="before")])
    closed(one)
    with switched_on(server):
        other = hook(tmp_path, server.url)
        other.put([event(label="after")])
        waits_for(lambda: len(server.bodies) == 2)
        closed(other)
    assert labels(server) == ["before", "after"]


@pytest.mark.parametrize("status", [500, 503, 429, 401])
def test_a_server_in_trouble_is_asked_again(tmp_path: Path, server: WebServer, status: int) -> None:
    server.status = status
    with switched_on(server):
        one = hook(tmp_path, server.url)
        one.put([event(label="a")])
        waits_for(lambda: len(server.headers) > 2)
        server.status = 200
        waits_for(lambda: server.bodies)
        closed(one)
    assert labels(server) == ["a"]


@pytest.mark.parametrize("status", [400, 404, 302])
def test_what_a_server_will_never_take_holds_up_nothing(
    tmp_path: Path, server: WebServer, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """A redirect neither: the token must not follow it."""
    server.status = status
    with switched_on(server):
        one = hook(tmp_path, server.url)
        one.put([event(label="a")])
        waits_for(lambda: caplog.records)
        server.status = 200
        one.put([event(label="b")])
        waits_for(lambda: server.bodies)
        closed(one)
    assert labels(server) == ["b"]
    assert str(status) in caplog.text


def test_a_server_that_never_answers_holds_nobody_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one = hook(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        one.put([event()])
        assert closed(one) < 30


def test_a_user_and_a_password_in_the_address_are_sent_and_shown_nowhere(
    tmp_path: Path, server: WebServer, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.url.replace("http://", "http://anna:s3cret@") + "/p4th?key=qu3ry"
    with caplog.at_level(logging.DEBUG):
        one = hook(tmp_path, url, None)
        one.put([event()])
        waits_for(lambda: caplog.records)
        with switched_on(server):
            waits_for(lambda: server.bodies)
            closed(one)
    assert server.headers[0]["Authorization"] == "Basic " + base64.b64encode(b"anna:s3cret").decode()
    shown = caplog.text + repr(Server(url, "t0ken")) + one.name + server.bodies[0]
    shown += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir())
    for secret in ("anna", "s3cret", "p4th", "qu3ry", "t0ken"):
        assert secret not in shown
