"""The live window and its keys."""
