"""The settings of hooks; docs/hooks.md explains them."""

from typing import Annotated, ClassVar

from msgspec import Meta

from app.config.group import Group, Seconds, SecondsOrZero


class RuleSettings(Group, frozen=True):
    """A label that lasts: "texting for ten minutes"."""

    label: Annotated[str, Meta(min_length=1)]
    for_s: Seconds
    lapse_s: SecondsOrZero = 10.0


class SecretGroup(Group, frozen=True):
    """A group some of whose values must be shown nowhere: those of SECRETS."""

    SECRETS: ClassVar[frozenset[str]] = frozenset()

    def __repr__(self) -> str:
        shown = {name: "..." if name in self.SECRETS else getattr(self, name) for name in self.__struct_fields__}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class WebhookSettings(SecretGroup, frozen=True):
    """Where events are posted."""

    SECRETS: ClassVar = frozenset(("url", "token"))

    url: str | None = None
    token: str | None = None
    most: Annotated[int, Meta(ge=1, le=1_000_000)] = 10_000


class MqttSettings(SecretGroup, frozen=True):
    """The broker that is told of labels."""

    SECRETS: ClassVar = frozenset(("password",))

    host: str | None = None
    port: Annotated[int, Meta(ge=1, le=65_535)] = 1883
    tls: bool = False
    username: str | None = None
    password: str | None = None
    topic: Annotated[str, Meta(pattern=r"^[^#+\s]+$")] = "daily-activity"
    discovery: Annotated[str, Meta(pattern=r"^[^#+\s]+$")] | None = "homeassistant"


class ActivityWatchSettings(SecretGroup, frozen=True):
    """The ActivityWatch server that gets heartbeats."""

    SECRETS: ClassVar = frozenset(("url", "token"))

    url: str | None = None
    token: str | None = None
    most: Annotated[int, Meta(ge=1, le=1_000_000)] = 50_000


class HookSettings(Group, frozen=True):
    """Which other programs are told what is seen."""

    rules: tuple[RuleSettings, ...] = ()
    command: tuple[str, ...] | None = None
    webhook: WebhookSettings = WebhookSettings()
    mqtt: MqttSettings = MqttSettings()
    activitywatch: ActivityWatchSettings = ActivityWatchSettings()
    prometheus: str | None = None
    folder: str | None = None
