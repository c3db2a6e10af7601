"""What `check` finds wrong with pictures, and what it writes about it."""
