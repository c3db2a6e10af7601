"""The camera doctor: which cameras work, how well, and the fix for one that does not."""
