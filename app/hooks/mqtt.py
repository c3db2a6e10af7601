"""Labels by MQTT, and the messages by which Home Assistant finds them.

Topics: TOPIC/availability, TOPIC/SOURCE/state, TOPIC/event, and DISCOVERY/sensor/ID/config. All but the events are
retained. (Discovery: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery)
"""

import json
import os
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any

from app import __version__
from app.errors import AppError
from app.hooks.event import Event, Kind
from app.hooks.outlet import PATIENCE_S, Outlet
from app.text import slug

LONGEST_WAIT_S = 60  # between two tries to connect; doubled from 1 s on


@dataclass(frozen=True)
class Broker:
    """Where messages go.

    Attributes:
        host: the broker.
        port: its port.
        tls: whether the connection is encrypted.
        username: None: nobody is named.
        password: None: none.
        topic: what every topic begins with.
        discovery: the prefix of Home Assistant's discovery; None: no such messages.
    """

    host: str
    port: int = 1883
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    topic: str = "daily-activity"
    discovery: str | None = "homeassistant"


class Mqtt(Outlet):
    """Keeps the newest label of each source on the broker; says itself, or by its last will, when it is gone."""

    def __init__(self, broker: Broker) -> None:
        """Connects to nothing yet.

        Args:
            broker: where messages go.

        Raises:
            AppError: paho-mqtt is not installed.
        """
        super().__init__()
        try:
            from paho.mqtt import client, enums  # late: an extra, for those who ask for it
        except ImportError:
            raise AppError("hooks.mqtt needs paho-mqtt; install it: pip install 'daily-activity[mqtt]'") from None
        self.name = f"MQTT {broker.host}:{broker.port}"
        self._broker, self._host = broker, slug(socket.gethostname())
        self._states: dict[str, str] = {}  # by source
        self._events: list[str] = []  # rules that were met while nobody could be told
        self._lock = threading.Lock()
        self._was_connected = False
        name = f"daily-activity-{self._host}-{os.getpid()}"  # one each: a second of the same name throws the first out
        self._client = client.Client(enums.CallbackAPIVersion.VERSION2, name)
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            self._client.tls_set_context(ssl.create_default_context())
        self._client.will_set(self._availability, "offline", qos=1, retain=True)
        self._client.reconnect_delay_set(1, LONGEST_WAIT_S)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = lambda *_: self.complain("cannot be reached; trying again")
        self._client.on_disconnect = self._on_disconnect

    def start(self) -> None:
        self._client.connect_async(self._broker.host, self._broker.port)
        self._client.loop_start()
        super().start()

    def handle(self, events: list[Event]) -> float | None:
        with self._lock:
            for event in events:
                self._take(event)
            self._publish_events()
        return None

    def end(self) -> None:
        if self._client.is_connected():
            self._client.publish(self._availability, "offline", qos=1, retain=True).wait_for_publish(PATIENCE_S / 2)
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def _availability(self) -> str:
        return f"{self._broker.topic}/availability"

    def _take(self, event: Event) -> None:
        if event.kind in (Kind.LABEL, Kind.AGAIN):
            is_new = event.source not in self._states
            self._states[event.source] = event.to_json()
            if self._client.is_connected():
                if is_new:
                    self._discover(event.source)
                self._publish_state(event.source)
        elif event.kind is Kind.RULE:
            self._events.append(event.to_json())

    def _publish_events(self) -> None:
        while self._events and self._client.is_connected():
            self._client.publish(f"{self._broker.topic}/event", self._events.pop(0), qos=1)

    def _publish_state(self, source: str) -> None:
        self._retain(self._state_topic(source), self._states[source])

    def _retain(self, topic: str, text: str) -> None:
        """Sends it at most once: whatever is lost with a connection is said anew on the next one.

        At least once would send an old state again after the newest one.
        """
        self._client.publish(topic, text, qos=0, retain=True)

    def _state_topic(self, source: str) -> str:
        return f"{self._broker.topic}/{slug(source)}/state"

    def _discover(self, source: str) -> None:
        if self._broker.discovery is None:
            return
        identity = f"daily_activity_{slug(f'{self._host} {self._broker.topic} {source}').replace('-', '_')}"
        config: dict[str, Any] = {
            "name": f"Activity {source}",
            "unique_id": identity,
            "object_id": identity,
            "state_topic": self._state_topic(source),
            "value_template": "{{ value_json.label }}",
            "json_attributes_topic": self._state_topic(source),
            "availability_topic": self._availability,
            "payload_available": "online",
            "payload_not_available": "offline",
            "icon": "mdi:account-eye",
            "device": {
                "identifiers": [f"daily_activity_{self._host}"],
                "name": f"Daily activity {self._host}",
                "manufacturer": "Daily activity",
                "model": "Camera",
                "sw_version": __version__,
            },
            "origin": {"name": "daily-activity", "sw_version": __version__},
        }
        self._retain(f"{self._broker.discovery}/sensor/{identity}/config", json.dumps(config))

    def _on_connect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        """Says everything anew: the broker may have lost what it retained."""
        if reason.is_failure:
            self.complain(f"refuses the connection ({reason}); trying again")
            return
        self.works()
        self._was_connected = True
        with self._lock:
            self._retain(self._availability, "online")
            for source in self._states:
                self._discover(source)
                self._publish_state(source)
            self._publish_events()

    def _on_disconnect(self, client: Any, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if self._was_connected and not self.closing:
            self._was_connected = False
            self.complain("has closed the connection; trying again")
