"""The settings of a process that trains. They belong to the command line, as those of the app do."""

import os

from app.system.process import prepare_process as prepare_app_process

# The log level keeps pages of notices away. TensorFlow leaves oneDNN off on processors without AVX-512, where training
# takes twice as long without it.
_TENSORFLOW = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1", "KERAS_BACKEND": "tensorflow"}


def prepare_process() -> None:
    """Sets what the app's command lines set, and the variables that TensorFlow and Keras read when they are imported.

    A variable that the user has set stays.
    """
    prepare_app_process()
    for name, value in _TENSORFLOW.items():
        os.environ.setdefault(name, value)
