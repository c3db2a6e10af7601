"""Backbones by name, and the model around one."""
