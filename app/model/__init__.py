"""The model file: its contract, the ONNX session that runs it, and its reject thresholds."""
