"""The ways out that the settings ask for."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from app.config.hook_settings import HookSettings
from app.errors import ConfigError
from app.hooks.outlet import PATIENCE_S, Outlet
from app.outputs import check_target

_VARIABLE = "env:"


def open_hooks(settings: HookSettings) -> list[Outlet]:
    """Opens the ways out that the settings ask for; none of their threads runs yet.

    Args:
        settings: what is asked for.

    Raises:
        AppError: a value that cannot work.
    """
    opened: list[Outlet] = []
    with ExitStack() as undone:
        undone.callback(_end_unused, opened)
        for outlet in _outlets(settings):
            opened.append(outlet)
        undone.pop_all()
    return opened


def _end_unused(outlets: Sequence[Outlet]) -> None:
    """Lets outlets that never ran set free what they hold, in their own threads."""
    for outlet in outlets:
        outlet.start()
    close_hooks(outlets)


def close_hooks(outlets: Sequence[Outlet]) -> None:
    """Lets all of them finish at once, for PATIENCE_S at most."""
    until_s = time.monotonic() + PATIENCE_S
    for outlet in outlets:
        outlet.close()
    for outlet in outlets:
        outlet.wait(until_s)


def _outlets(settings: HookSettings) -> Iterator[Outlet]:
    from app.hooks.http import Server

    if settings.command is not None:
        from app.hooks.command import CommandHook

        if not settings.command:
            raise ConfigError(
                "hooks.command is empty; give a program and its arguments, such as [notify-send, Activity]"
            )
        yield CommandHook(settings.command)
    if settings.prometheus is not None:
        from app.hooks.prometheus import PrometheusFile

        path = Path(settings.prometheus)
        check_target(path, ".prom", overwrite=True)
        yield PrometheusFile(path)
    webhook, watch, mqtt = settings.webhook, settings.activitywatch, settings.mqtt
    if webhook.url is not None:
        from app.hooks.webhook import Webhook

        server = Server(_url("webhook.url", webhook.url), _secret("webhook.token", webhook.token))
        yield Webhook(server, _folder(settings), webhook.most)
    if watch.url is not None:
        from app.hooks.activitywatch import ActivityWatch

        server = Server(_url("activitywatch.url", watch.url), _secret("activitywatch.token", watch.token))
        yield ActivityWatch(server, _folder(settings), watch.most)
    if mqtt.host is not None:
        from app.hooks.mqtt import Broker, Mqtt

        password = _secret("mqtt.password", mqtt.password)
        yield Mqtt(Broker(mqtt.host, mqtt.port, mqtt.tls, mqtt.username, password, mqtt.topic, mqtt.discovery))


def _secret(key: str, value: str | None) -> str | None:
    """Reads a value, or the environment variable that it names."""
    if value is None or not value.startswith(_VARIABLE):
        return value
    name = value.removeprefix(_VARIABLE)
    if name not in os.environ:
        raise ConfigError(f"hooks.{key}: no environment variable {name}; set it, or give the value itself")
    return os.environ[name]


def _url(key: str, value: str) -> str:
    url = _secret(key, value) or ""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or not url.isascii() or any(letter.isspace() for letter in url):
        raise ConfigError(f"hooks.{key}: expected an address that begins with http:// or https:// and names a host")
    return url


def _folder(settings: HookSettings) -> Path:
    if settings.folder:
        return Path(settings.folder)
    import platformdirs  # late: whoever gives a folder does not need it

    return platformdirs.user_state_path("daily-activity", appauthor=False) / "hooks"
