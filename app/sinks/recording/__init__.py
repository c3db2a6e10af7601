"""Recordings: H.264 video files, written by a thread of their own."""
