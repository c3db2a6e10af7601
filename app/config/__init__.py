"""The settings: every tunable of config.yaml, read from YAML and validated."""
