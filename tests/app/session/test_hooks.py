"""Hooks of the real program: who is told what, and that no secret is told to anybody else."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.app import process
from tests.app.hooks.servers import StrictActivityWatch, WebServer, switched_on

KEEP = "import sys; open('kept.jsonl', 'a').write(sys.stdin.read())"


def test_stdout_is_a_line_of_json_an_event_and_all_else_is_on_stderr(tmp_path: Path, model: Path, clip: Path) -> None:
    done = process.run("--source", clip, "--model", model, "--no-window", "--jsonl", folder=tmp_path)
    assert done.returncode == 0
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(event["event"], event["label"]) for event in events] == [
        ("label", "red"),
        ("label", "unsure"),
        ("label", "green"),
        ("label", "unsure"),
        ("end", "unsure"),
    ]
    assert {event["time"] for event in events} == {None}, "a file has no time of day"
    assert "Labelled 60 frames" in done.stderr


def test_a_session_ends_when_nobody_reads_its_events(tmp_path: Path, model: Path) -> None:
    command = [*process.COMMAND, "--source", "synthetic", "--model", str(model), "--no-window", "--jsonl"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None and running.stderr is not None
    assert json.loads(running.stdout.readline())["event"] == "label"
    running.stdout.close()
    assert running.wait(process.PATIENCE_S) == 0
    running.stderr.close()


def test_everybody_is_told(tmp_path: Path, model: Path, clip: Path) -> None:
    web, watch = WebServer(), StrictActivityWatch()
    (tmp_path / "app.yaml").write_text(f"""
hooks:
  rules: [{{label: red, for_s: 1}}]
  command: {json.dumps([sys.executable, "-c", KEEP])}
  webhook: {{url: "{web.url}"}}
  activitywatch: {{url: "http://127.0.0.1:{watch.port}"}}
  prometheus: a.prom
  folder: queues
""")
    with switched_on(web), switched_on(watch):
        done = process.run(
            *("--source", clip, "--realtime", "--model", model, "--no-window", "--config", "app.yaml"),
            *("--log", "l.csv"),
            folder=tmp_path,
        )
    assert (done.returncode, done.stderr) == (0, "")
    kept = [json.loads(line) for line in (tmp_path / "kept.jsonl").read_text().splitlines()]
    assert kept == [json.loads(body) for body in web.bodies]
    assert [event["event"] for event in kept][:2] == ["label", "rule"] and kept[-1]["event"] == "end"
    log = [line.split(",") for line in (tmp_path / "l.csv").read_text().splitlines()[1:]]
    truth: dict[str, float] = {}
    for row in log:
        truth[row[1]] = truth.get(row[1], 0.0) + float(row[4])
    assert watch.refused == []
    assert watch.seconds() == pytest.approx(truth, abs=0.02)
    assert 'label="red"' in (tmp_path / "a.prom").read_text()


def test_a_rule_that_no_label_meets_is_refused_in_one_line(tmp_path: Path, model: Path, clip: Path) -> None:
    flags = ("--source", clip, "--model", model, "--no-window", "--jsonl", "--set")
    for label, told in (("gren", "green"), ("no such thing", "blue")):
        done = process.run(*flags, f"hooks.rules=[{{label: {label}, for_s: 1}}]", folder=tmp_path)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert "hooks.rules" in done.stderr and told in done.stderr
    for label in ("Green", "unsure"):
        done = process.run(*flags, f"hooks.rules=[{{label: {label}, for_s: 0.2}}]", folder=tmp_path)
        assert done.returncode == 0 and '"rule"' in done.stdout, done.stderr


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_secrets_appear_nowhere(tmp_path: Path, model: Path, clip: Path, debug: list[str]) -> None:
    web = WebServer()
    web.status = 500
    address = web.url.replace("http://", "http://anna:s3cret@")
    (tmp_path / "app.yaml").write_text(f"""
hooks:
  webhook: {{url: "{address}/p4th?k=qu3ry", token: t0ken}}
  activitywatch: {{url: "http://bert:wr0ng@127.0.0.1:1", token: env:TOKEN}}
  mqtt: {{host: 127.0.0.1, port: 1, username: carl, password: hunt3r}}
  folder: queues
""")
    with switched_on(web):
        done = process.run(
            *("--source", clip, "--realtime", "--model", model, "--no-window", "--config", "app.yaml"),
            *("--stats", "s.json", "--log", "l.csv", "--diary", "d", "--jsonl", *debug),
            folder=tmp_path,
            TOKEN="v4riable",
        )
    assert done.returncode == 0, done.stderr
    assert web.headers and "status 500" in done.stderr
    files = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "app.yaml"}
    for where, what in {**files, "stdout": done.stdout.encode(), "stderr": done.stderr.encode()}.items():
        for secret in ("s3cret", "p4th", "qu3ry", "t0ken", "wr0ng", "hunt3r", "v4riable"):
            assert secret.encode() not in what, f"{secret} in {where}"


def test_servers_that_hang_hold_up_neither_frames_nor_the_end(tmp_path: Path, model: Path, clip: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hooks = (f"webhook.url={url}", f"activitywatch.url={url}", "folder=q")
        flags = [part for hook in hooks for part in ("--set", f"hooks.{hook}")]
        start_s = time.monotonic()
        done = process.run(
            *("--source", clip, "--realtime", "--model", model, "--no-window", "--stats", "s.json", *flags),
            folder=tmp_path,
        )
    assert done.returncode == 0 and time.monotonic() - start_s < process.PATIENCE_S
    stages = json.loads((tmp_path / "s.json").read_text())["stages"]
    assert stages["hooks"]["p95"] < 1000 / 10, "ms; a frame is due every 100"
