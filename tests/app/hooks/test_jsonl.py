import json
import os
import sys

import pytest

from app.hooks.event import Kind
from app.hooks.jsonl import JsonLines
from tests.app.hooks.events import closed, event, progress
from tests.app.hooks.servers import waits_for


def test_events_are_lines_and_news_only() -> None:
    reader, writer = os.pipe()
    one = JsonLines(writer)
    one.start()
    one.put([event(label="a"), progress("a", 0, 5), event(Kind.AGAIN), event(Kind.END, "a", 1)])
    closed(one)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as lines:
        assert [json.loads(line)["event"] for line in lines] == ["label", "end"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells only who writes")
def test_a_reader_that_goes_is_noticed_without_an_event() -> None:
    reader, writer = os.pipe()
    one = JsonLines(writer)
    one.start()
    one.put([event()])
    os.close(reader)
    waits_for(lambda: one.failed)
    closed(one)
    os.close(writer)
