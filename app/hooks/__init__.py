"""Tells other programs what is seen, outside the loop: each way out has a thread of its own. Off unless asked for."""
