"""The measures, one family a file. Each counts a clip; counts of several clips add up."""
