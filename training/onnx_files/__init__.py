"""ONNX graphs: converted, compared, quantised, split."""
