"""ONNX graphs: converted, compared, quantised, cut."""
