"""Hostile input by the hundred thousand: `python -m tests.fuzz.campaign`. docs/fuzzing.md has what it found."""
