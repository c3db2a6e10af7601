"""Live activity recognition: source -> prepare -> classify -> smooth -> overlay -> sinks. No TensorFlow."""
