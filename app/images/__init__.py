"""Images in memory: read from files, kept as YUV planes, fitted into a size."""
