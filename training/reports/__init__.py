"""Scores, histories and runs as text, charts and pages for people."""
