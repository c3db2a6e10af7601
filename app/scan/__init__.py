"""Archives: the timeline of many hours of video, at the cost of a few looks a second.

A file is cut at keyframes into pieces. A worker decodes of a piece only what is looked at, and returns the network's
answers: times and probabilities, no images. They are kept in a manifest. At the end each file's answers, in order, go
through the app's own smoothing. So the table is the same however many workers and pieces there were, and no overlap
between pieces is needed.
"""
