"""Teaching: new classes from a few images each, in seconds, without TensorFlow.

A linear head is fitted on the frozen embedding of a model, and another model is written; see app.teach.teach. The app
imports `onnx` only when somebody teaches: it would slow the start down.
"""
