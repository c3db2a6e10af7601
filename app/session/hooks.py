"""The hooks of a session: whether anybody is told, and who. Nothing of it is loaded for those who ask for none."""

from collections.abc import Sequence

from app.config.hook_settings import HookSettings
from app.errors import ConfigError
from app.labels import NOBODY, UNSURE
from app.session.diary import live_sources
from app.session.options import SessionOptions
from app.sinks.base import Sink
from app.sources.base import Source
from app.text import same_name, suggestion


def wants_hooks(options: SessionOptions, settings: HookSettings) -> bool:
    """Tells whether anybody is to be told."""
    given = (
        settings.command,
        settings.prometheus,
        settings.webhook.url,
        settings.activitywatch.url,
        settings.mqtt.host,
    )
    return options.jsonl is not None or any(one is not None for one in given)


def check_rules(settings: HookSettings, labels: Sequence[str]) -> None:
    """Checks that every rule can be met.

    Args:
        settings: what is asked for.
        labels: those of the model with which the session starts.

    Raises:
        ConfigError: a rule's label is none of them.
    """
    known = (*labels, UNSURE, NOBODY)
    for rule in settings.rules:
        if same_name(rule.label, known) is None:
            raise ConfigError(f"hooks.rules: the model has no label {rule.label!r}; {suggestion(rule.label, known)}")


def open_hooks(options: SessionOptions, settings: HookSettings, sources: Sequence[Source]) -> Sink:
    """Opens all ways out.

    Args:
        options: what the user asks.
        settings: likewise.
        sources: of the session.

    Returns:
        The sink that tells them.

    Raises:
        AppError: a setting that cannot work.
    """
    from app.hooks.jsonl import JsonLines
    from app.hooks.open_hooks import open_hooks as open_all
    from app.sinks.hooks import HookSink

    outlets = open_all(settings)
    if options.jsonl is not None:
        outlets.append(JsonLines(options.jsonl))
    return HookSink(outlets, settings.rules, live_sources(sources, options))
