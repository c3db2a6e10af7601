"""New classes from a few pictures each: a linear head on a model's frozen embedding, in seconds, without TensorFlow.

`teach` takes captured pictures and a model, and writes another model; see app.teach.teach. Nothing of it is imported
before somebody teaches: `onnx` would slow the start of the app down.
"""
