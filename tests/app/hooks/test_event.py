import dataclasses
import json
from datetime import datetime

from app.hooks.event import Kind
from tests.app.hooks.events import START, event, gone


def test_an_event_is_one_line_of_json_with_the_local_time() -> None:
    one = event(label="washing_dishes", source="a\nb 카메라")
    text = one.to_json()
    assert "\n" not in text and text.isascii()
    found = json.loads(text)
    assert (found["event"], found["label"], found["name"]) == ("label", "washing_dishes", "Washing dishes")
    assert (found["source"], found["previous"], found["confidence"]) == ("a\nb 카메라", "texting", 0.9)
    assert datetime.fromisoformat(found["time"]).timestamp() == START
    assert "rule" not in found


def test_a_file_has_no_time_of_day_and_a_rule_has_words() -> None:
    one = dataclasses.replace(event(Kind.RULE), end=None, rule="Texting for 10 min")
    found = json.loads(one.to_json())
    assert (found["time"], found["rule"]) == (None, "Texting for 10 min")


def test_nothing_that_is_seen_has_no_name() -> None:
    found = json.loads(gone("reading").to_json())
    assert (found["label"], found["name"], found["previous"]) == (None, None, "reading")
