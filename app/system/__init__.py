"""The process and its machine: cores, memory, display, signals, terminal."""
