"""Recordings: H.264 video files, each encoded in a thread of its own."""
