"""What settings are made of."""

from typing import Annotated

import msgspec
from msgspec import Meta

Fraction = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]  # a day: what never ends, or never changes, is a mistake
SecondsOrZero = Annotated[float, Meta(ge=0, le=86_400)]
PerSecond = Annotated[float, Meta(gt=0, le=240)]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of the groups below."""
