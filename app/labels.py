"""What stands in the place of an activity: labels that name none."""

from typing import TypeGuard

from app.text import comparable

UNSURE = "unsure"  # in tables, logs and diaries: no class is likely enough
NOBODY = "nobody"  # in tables, logs and diaries: no sign of a person
OTHER = "other"  # the class of what is no activity


def is_activity(label: str | None) -> TypeGuard[str]:
    """Tells whether a label names an activity: "other" in any capitals, "unsure", "nobody" and no label do not."""
    return label is not None and label not in (UNSURE, NOBODY) and not is_other(label)


def is_other(label: str) -> bool:
    """Tells whether a label is the class of what is no activity."""
    return comparable(label) == OTHER
