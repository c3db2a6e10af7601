"""Losses, optimizers, rates over time, and when to stop."""
