"""From frames to calm activities: which frames are due, one network run, smoothing over time."""
