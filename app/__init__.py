"""Live activity recognition: source -> prepare -> classify -> smooth -> overlay -> sinks. No TensorFlow."""

import os

# What FFmpeg takes at most as well, and more than any camera makes; a file of a few kilobytes may claim the 1,000
# million that OpenCV would take (3 GB). It reads this once, when it is first imported.
MAX_PIXELS = 2**28
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))

__version__ = "0.1.0"
