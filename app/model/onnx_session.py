"""How ONNX Runtime is set up: threads, precision, and what runs the network (the execution provider)."""

import warnings
from pathlib import Path

import cv2

from app.errors import ModelError
from app.model.foreign import advice, form_of
from app.system.process import NO_TELEMETRY, environment

with environment(NO_TELEMETRY):
    import onnxruntime as ort

CPU = "CPUExecutionProvider"
PROVIDERS = {  # in the order of preference
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cpu": CPU,
}
_AVX_512VNNI = 23  # CV_CPU_AVX_512VNNI, which OpenCV's Python binding does not name

# ONNX Runtime's exceptions share no base class but Exception.
ORT_ERRORS: tuple[type[BaseException], ...] = (
    RuntimeError,
    ValueError,
    *(
        kind
        for kind in vars(ort.capi.onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)


def providers_to_try(wanted: str) -> list[str]:
    """Lists the providers that may run a model, best first.

    Args:
        wanted: a name of PROVIDERS, or "auto".

    Returns:
        Names of PROVIDERS: those of this ONNX Runtime for "auto", else `wanted` alone.

    Raises:
        ModelError: this ONNX Runtime does not have `wanted`.
    """
    present = ort.get_available_providers()
    names = [name for name, provider in PROVIDERS.items() if provider in present]
    if wanted == "auto":
        return names
    if wanted not in names:
        known = ", ".join(names)
        raise ModelError(f"inference.provider {wanted}: this ONNX Runtime has {known}; install the build that has it")
    return [wanted]


def open_session(path: Path, threads: int, provider: str) -> ort.InferenceSession:
    """Opens a model file.

    Args:
        path: the ONNX file.
        threads: how many work on one run; 0: one a core.
        provider: a name of PROVIDERS.

    Returns:
        The session; `provider` runs it.

    Raises:
        ModelError: there is no such file, ONNX Runtime cannot open it, or the provider does not start. The message does
            not begin with the file's name; of a file of another form it says what it is.
    """
    try:
        found = path.is_file()
    except OSError:  # no name that the system would take
        found = False
    if not found:
        if form := form_of(path):
            raise ModelError(advice(path, form))
        raise ModelError("no such model file; give the path of an .onnx file, such as those in models/")
    wanted = PROVIDERS[provider]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it falls back to the CPU, which the check below finds
            session = ort.InferenceSession(str(path), _options(threads, provider), providers=[wanted])
    except ORT_ERRORS as error:
        if form := form_of(path):
            raise ModelError(advice(path, form)) from None
        raise ModelError(f"not an ONNX model that ONNX Runtime can open: {first_line(error)}") from None
    if session.get_providers()[0] != wanted:
        raise ModelError(f"{wanted} does not start; are its driver and libraries installed?")
    return session


def first_line(error: BaseException) -> str:
    """Returns the first line of an error of ONNX Runtime, 160 characters at most."""
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__


def _options(threads: int, provider: str) -> ort.SessionOptions:
    """Makes the options of a session.

    ONNX Runtime's memory arena stays on: without it the shipped model takes 7 MB more and is 3 % slower.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors arrive as exceptions; ORT would print them a second time
    options.enable_mem_pattern = provider != "directml"  # which does not support it
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads would burn a core
    if not cv2.checkHardwareSupport(_AVX_512VNNI):
        # the sums of int8 products overflow on x86 processors without VNNI; with it, this would be half as fast
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options
