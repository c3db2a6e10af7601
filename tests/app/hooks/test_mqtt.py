import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.hooks.event import Kind
from app.hooks.mqtt import Broker as Settings
from app.hooks.mqtt import Mqtt
from tests.app.hooks.events import closed, event, gone
from tests.app.hooks.servers import Broker, Listener, switched_on, waits_for

pytest.importorskip("paho.mqtt", reason="paho-mqtt is an extra")
STATE, AVAILABILITY = "daily-activity/camera-0/state", "daily-activity/availability"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    one = Broker(tmp_path)
    yield one
    one.off()


def connected(broker: Broker, **more: object) -> Mqtt:
    one = Mqtt(Settings("127.0.0.1", broker.port, **more))  # type: ignore[arg-type]
    one.start()
    return one


def test_home_assistant_finds_the_sensor_and_its_state(broker: Broker) -> None:
    with switched_on(broker):
        one = connected(broker)
        one.put([event(label="reading"), event(Kind.RULE, "reading")])
        waits_for(lambda: one._client.is_connected())
        late = Listener(broker.port)
        waits_for(lambda: {STATE, AVAILABILITY} <= set(late.retained), "retained, for those who come later")
        waits_for(lambda: any(topic.startswith("homeassistant/sensor/") for topic in late.retained))
        (topic,) = [topic for topic in late.retained if topic.startswith("homeassistant/sensor/")]
        config = json.loads(late.retained[topic])
        assert topic == f"homeassistant/sensor/{config['unique_id']}/config"
        assert config["state_topic"] == config["json_attributes_topic"] == STATE
        assert config["availability_topic"] == AVAILABILITY and config["device"]["identifiers"]
        assert json.loads(late.retained[STATE])["label"] == "reading"
        assert config["value_template"] == "{{ value_json.label }}"
        assert late.retained[AVAILABILITY] == config["payload_available"]
        one.put([event(label="texting"), event(Kind.RULE, "texting"), event(Kind.PROGRESS, "no")])
        waits_for(lambda: json.loads(late.retained[STATE])["label"] == "texting")
        waits_for(lambda: "daily-activity/event" in late.retained)
        one.put([gone("texting")])
        waits_for(lambda: json.loads(late.retained[STATE])["label"] is None, "None is Home Assistant's unknown")
        closed(one)
        waits_for(lambda: late.retained[AVAILABILITY] == config["payload_not_available"])
        late.close()


def test_its_last_will_says_that_it_is_gone(broker: Broker) -> None:
    with switched_on(broker):
        one = connected(broker)
        listener = Listener(broker.port)
        waits_for(lambda: listener.retained.get(AVAILABILITY) == "online")
        socket = one._client.socket()
        assert socket is not None
        one._client._sock_close()  # type: ignore[no-untyped-call]
        waits_for(lambda: (AVAILABILITY, "offline") in listener.all)
        waits_for(lambda: listener.retained[AVAILABILITY] == "online", "and comes back by itself")
        closed(one)
        listener.close()


def test_a_broker_that_lost_everything_is_told_again(broker: Broker) -> None:
    broker.on()
    one = connected(broker)
    one.put([event(label="reading")])
    waits_for(lambda: one._client.is_connected())
    broker.off()
    one.put([event(label="texting"), event(Kind.RULE, "texting")])
    with switched_on(broker):
        waits_for(lambda: one._client.is_connected())
        listener = Listener(broker.port)
        waits_for(lambda: json.loads(listener.retained.get(STATE, "{}")).get("label") == "texting")
        waits_for(lambda: any(topic.startswith("homeassistant/") for topic in listener.retained))
        one.put([event(Kind.AGAIN, "texting", 1)])  # as after a swap of models
        waits_for(lambda: len([topic for topic, _ in listener.all if topic == STATE]) >= 2)
        closed(one)
        listener.close()


def test_a_state_that_the_broker_had_not_taken_never_follows_a_newer_one(broker: Broker) -> None:
    broker.on()
    one = connected(broker)
    waits_for(lambda: one._client.is_connected())
    broker.freezes()
    one.put([event(label="reading")])
    waits_for(lambda: one._states)
    broker.off()
    waits_for(lambda: not one._client.is_connected())
    one.put([event(label="texting")])
    with switched_on(broker):
        waits_for(lambda: one._client.is_connected())
        listener = Listener(broker.port)

        def a_rule_is_heard() -> bool:
            one.put([event(Kind.RULE, "texting")])
            return "daily-activity/event" in listener.retained

        waits_for(a_rule_is_heard, "all that was said before it has then arrived")
        assert json.loads(listener.retained[STATE])["label"] == "texting"
        closed(one)
        listener.close()


def test_a_broker_that_is_away_holds_nobody_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = Mqtt(Settings("127.0.0.1", 1))
    one.start()
    one.put(event(number=number) for number in range(1000))
    waits_for(lambda: caplog.records)
    assert closed(one) < 30


def test_a_password_is_used_and_shown_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broker = Broker(tmp_path, ("anna", "s3cret"))
    with caplog.at_level(logging.DEBUG), switched_on(broker):
        wrong = connected(broker, username="anna", password="wr0ng")
        waits_for(lambda: "refuses" in caplog.text)
        closed(wrong)
        right = connected(broker, username="anna", password="s3cret")
        right.put([event()])
        listener = Listener(broker.port, ("anna", "s3cret"))
        waits_for(lambda: STATE in listener.retained)
        closed(right)
        listener.close()
    shown = caplog.text + repr(right._broker) + "".join(text for _, text in listener.all)
    assert "s3cret" not in shown and "wr0ng" not in shown
