"""A few dozen inputs for each target of the campaign, so that it is never found broken when somebody needs it."""

import sys
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ConfigError
from tests.fuzz import campaign
from tests.fuzz.targets import TARGETS, BrokenPromiseError, refused, try_one

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="limits of memory of another kind")


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_input_is_taken_or_refused(name, tmp_path_factory):
    @settings(derandomize=True, deadline=None, max_examples=6 if name == "labels" else 25, database=None)
    @given(st.integers(0, 2**32))
    def none_is_a_finding(seed):
        try_one(TARGETS[name], TARGETS[name].make(Random(seed)), folder)

    folder = tmp_path_factory.mktemp("fuzz")
    none_is_a_finding()


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.guided])
def test_any_bytes_are_taken_or_refused(name, tmp_path_factory):
    @settings(derandomize=True, deadline=None, max_examples=25, database=None)
    @given(st.binary(max_size=200))
    def none_is_a_finding(data):
        try_one(TARGETS[name], data, folder)

    folder = tmp_path_factory.mktemp("fuzz")
    none_is_a_finding()


@pytest.mark.parametrize("message", ["", "two\nlines", "x" * 3000])
def test_an_error_that_is_no_short_line_is_a_finding(message):
    class CarelessError(ConfigError):
        __str__ = Exception.__str__

    with pytest.raises(BrokenPromiseError, match="no short line"):
        refused(CarelessError(message))
    refused(ConfigError("expected this; do that"))


@linux_only
def test_a_campaign_counts_every_input():
    tally = campaign.Tally("override")
    assert campaign.batch(tally, 1, 10, 30) == 30
    assert (tally.inputs, tally.findings) == (20, {})


@linux_only
def test_a_child_that_dies_is_a_finding_and_the_next_input_follows(monkeypatch):
    def follow(*_):
        yield from ({"at": 10}, {"at": 11}, {"finding": "crash with status -11: "})

    monkeypatch.setattr(campaign, "follow", follow)
    tally = campaign.Tally("onnx")
    assert campaign.batch(tally, 1, 10, 30) == 12
    assert (tally.inputs, tally.findings) == (2, {"crash with status -11": 1})
    assert "number 11" in campaign.summary(tally)


@linux_only
def test_what_a_child_says_last_is_kept():
    (message,) = campaign.follow("tests.fuzz.worker", "no such target")
    assert message["finding"].startswith("crash with status 2: ")
