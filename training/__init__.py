"""Fine-tunes an image classifier on image folders and publishes it as one self-contained ONNX file."""

import os

# TensorFlow and Keras read these once, when they are first imported. Without the first, pages of notices; without
# oneDNN, which TensorFlow leaves off on processors without AVX-512, training takes twice as long.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # as app/model/onnx_session.py does, and for the same reason
# OpenCV reads this when it is first imported, which may be before anything of app/, whose value it is.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(2**28))
