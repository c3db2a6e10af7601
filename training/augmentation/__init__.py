"""Decoded pictures into shuffled, changed and mixed training batches."""
