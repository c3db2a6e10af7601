"""The process and its machine: cores, display, signals, terminal."""
