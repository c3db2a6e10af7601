"""Scores, histories and runs as text, pictures and pages for people."""
