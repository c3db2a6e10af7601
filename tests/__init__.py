"""The tests run in one process, prepared as every command line prepares its own: before OpenCV is imported."""

from training.process import prepare_process

prepare_process()
