"""Fitting a network: stages, losses, optimizers, schedules, early stopping, calibration."""
