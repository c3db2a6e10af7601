"""Where frames come from: cameras, video files, folders of images, network streams, the test image.

Live sources deliver on their own clock and the newest frame wins; files wait to be read and every frame counts.
`Source.is_live` says which; nothing else does. `open_source` in open.py is the way in, `Batcher` in batcher.py the way
out: rounds of frames for the loop.
"""
