"""The networks of keras.applications, each with the input scaling its ImageNet weights were trained with."""

from typing import Any

import keras

from training.networks.backbones.backbone import Backbone, Number

Scaling = tuple[Number, Number]

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, RGB in 0..1
_SIGNED: Scaling = (1 / 127.5, -1.0)
_NORMALISED: Scaling = (
    tuple(1 / (255 * deviation) for deviation in _DEVIATION),
    tuple(-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)),
)
_CENTRED: Scaling = (1.0, (-123.68, -116.779, -103.939))  # Caffe's: the mean of ImageNet off, nothing scaled


def _application(function: str, scaling: Scaling = _SIGNED, /, **settings: Any) -> Backbone:
    has_alpha = settings.get("has_alpha", False)
    extra = settings.pop("extra", {})

    def build(size: int | None, channels: int, alpha: float, weights: str | None) -> Any:
        width = {"alpha": alpha} if has_alpha else {}
        make = getattr(keras.applications, function)
        return make(weights=weights, include_top=False, input_shape=(size, size, channels), **width, **extra)

    return Backbone(build=build, scale=scaling[0], offset=scaling[1], **settings)


def _efficientnet(version: str) -> Backbone:
    # Keras scales inside this network, and differently with and without ImageNet weights; it is cut off at the core.
    return _application(f"EfficientNet{version}", _NORMALISED, core="stem_conv_pad")


def _efficientnet_v2(version: str) -> Backbone:
    scaling = _NORMALISED if version.startswith("B") else (1 / 128, -1.0)
    return _application(f"EfficientNetV2{version}", scaling, extra={"include_preprocessing": False})


def _mobilenet_v3(version: str) -> Backbone:
    extra = {"include_preprocessing": False}
    return _application(f"MobileNetV3{version}", has_alpha=True, imagenet_alphas=(0.75, 1.0), extra=extra)


APPLICATIONS: dict[str, Backbone] = {
    "mobilenet": _application("MobileNet", has_alpha=True, imagenet_alphas=(0.25, 0.5, 0.75, 1.0)),
    "mobilenet_v2": _application("MobileNetV2", has_alpha=True, imagenet_alphas=(0.35, 0.5, 0.75, 1.0, 1.3, 1.4)),
    "mobilenet_v3_small": _mobilenet_v3("Small"),
    "mobilenet_v3_large": _mobilenet_v3("Large"),
    "resnet50": _application("ResNet50", _CENTRED, bgr=True),
    "vgg16": _application("VGG16", _CENTRED, bgr=True),
    "vgg19": _application("VGG19", _CENTRED, bgr=True),
    "inception_v3": _application("InceptionV3", min_size=75),
    "xception": _application("Xception", min_size=71),
    "densenet121": _application("DenseNet121", _NORMALISED),
    "nasnet_mobile": _application("NASNetMobile"),
    **{f"efficientnet_{version.lower()}": _efficientnet(version) for version in map("B{}".format, range(8))},
    **{f"efficientnetv2-{version.lower()}": _efficientnet_v2(version) for version in ("B0", "B1", "B2", "B3", *"SML")},
}
