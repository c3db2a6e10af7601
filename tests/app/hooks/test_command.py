import json
import sys
import time
from pathlib import Path

import pytest

from app.hooks.command import CommandHook
from app.hooks.event import Kind
from tests.app.hooks.events import closed, event
from tests.app.hooks.servers import waits_for

KEEP = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


def test_each_event_is_json_on_stdin_in_order_and_no_shell_sees_it(tmp_path: Path) -> None:
    target = tmp_path / "$(touch evil); kept.jsonl"
    hook = CommandHook([sys.executable, "-c", KEEP, str(target)])
    hook.start()
    hook.put(event(label=f"l{number}", number=number) for number in range(3))
    hook.put([event(Kind.PROGRESS), event(Kind.AGAIN)])
    waits_for(lambda: target.exists() and len(target.read_text().splitlines()) == 3)
    closed(hook)
    assert [json.loads(line)["label"] for line in target.read_text().splitlines()] == ["l0", "l1", "l2"]
    assert [path.name for path in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize("argv", [["/no/such/program"], [sys.executable, "-c", "raise SystemExit(3)"]])
def test_one_that_fails_is_told_once_and_ends_nothing(argv: list[str], caplog: pytest.LogCaptureFixture) -> None:
    hook = CommandHook(argv)
    hook.start()
    for number in range(3):
        hook.put([event(number=number)])
    waits_for(lambda: caplog.records)
    closed(hook)
    assert len(caplog.records) == 1


def test_one_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    hook = CommandHook([sys.executable, "-c", "import time; time.sleep(1000)"])
    hook.start()
    start_s = time.monotonic()
    for number in range(100_000):
        hook.put([event(number=number)])
    assert time.monotonic() - start_s < 30
    assert closed(hook) < 30
