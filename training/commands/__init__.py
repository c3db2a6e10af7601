"""One file a command of `python -m training`: its flags, its options and its run."""
