"""The settings of the app, read from YAML and validated."""
