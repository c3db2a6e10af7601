"""Images on disk into labelled, split and decoded samples."""
