"""Starts a session at login, without a window, with a log that does not grow for ever."""
