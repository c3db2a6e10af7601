"""The commands of `python -m training`, one a file: its flags, its options, and what it does."""
