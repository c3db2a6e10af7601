"""Live activity recognition: source -> prepare -> classify -> smooth -> overlay -> sinks. No TensorFlow."""

__version__ = "0.1.0"
