"""How close the product comes to what the machine must do at least.

Raw costs and the product's own figures are measured in turn, round after round in one process, so that a machine whose
speed drifts changes both alike. The bound of a pipeline that overlaps its stages on c cores is the longest stage or all
stages' processor time over c, whichever is more. Files run the network for several frames at once, so the longest stage
can be beaten; the processor time over c cannot.
"""
