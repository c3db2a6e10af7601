"""What `check` finds wrong with the images of a dataset, and what it writes about it."""
