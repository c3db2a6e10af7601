"""The camera doctor: which cameras work, how well, and how to fix one that does not."""
