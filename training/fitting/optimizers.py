"""The optimizers, with rates that fall with depth and averaged weights."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from training.networks.model import base_layers
from training.recipe import Recipe

_NOT_DECAYED = frozenset({"bias", "gamma", "beta"})


def make_optimizer(recipe: Recipe, model: Any) -> Any:
    """Makes the optimizer of a recipe, built for the variables of `model` that are trainable now.

    Being built, its state loads with `model.load_weights` once the model is compiled with it, for an exact resume.
    `optimizer.learning_rate = x` sets the rate of the head and of the base's last layer before any batch without a
    retrace; the state holds it too. Layers may be frozen and unfrozen after this as long as none is trained that was
    frozen now.

    adamw decays the weights apart from the gradient (Loshchilov and Hutter 2019) and so does sgd, whose momentum is the
    plain one; adam has no weight decay, as Keras's Adam with it is AdamW. Biases, gammas and betas never decay. With
    `optimizer.ema` the averages (Polyak and Juditsky 1992) stay beside the raw weights; see `averaged`.

    Args:
        recipe: names the optimizer and its settings.
        model: of training.networks.model.

    Returns:
        A keras.Optimizer.
    """
    settings = recipe.optimizer
    variables = model.trainable_variables
    common: dict[str, Any] = {"name": settings.name, "use_ema": settings.ema > 0}
    if settings.ema > 0:
        common["ema_momentum"] = settings.ema
    decay = settings.weight_decay
    optimizer: Any
    if settings.name == "adamw":
        optimizer = _AdamW(settings.learning_rate, weight_decay=decay, **common)
    elif settings.name == "adam":
        optimizer = _Adam(settings.learning_rate, **common)
    else:
        optimizer = _SGD(settings.learning_rate, settings.momentum, weight_decay=decay, **common)
    optimizer.exclude_from_weight_decay([variable for variable in variables if variable.name in _NOT_DECAYED])
    optimizer.build(variables)
    factors = _depth_factors(model, settings.layer_decay)
    optimizer.depth_factors = [factors.get(id(variable), 1.0) for variable in variables]
    return optimizer


@contextlib.contextmanager
def averaged(optimizer: Any) -> Iterator[None]:
    """Gives the variables that `optimizer` trains their averages; after the block they have their raw values again.

    Without `use_ema`, or before the first step, nothing changes. A second model of the same form takes the averages
    with `optimizer.finalize_variable_values(other.trainable_variables)`, if its layers are as trainable as those of the
    first were when the optimizer was made.

    Args:
        optimizer: of `make_optimizer`.
    """
    if not optimizer.use_ema or int(optimizer.iterations) == 0:
        yield
        return
    variables = optimizer.trained_variables
    raw = [variable.numpy() for variable in variables]
    optimizer.overwrite_with_averages(variables)
    try:
        yield
    finally:
        for variable, value in zip(variables, raw, strict=True):
            variable.assign(value)


def _depth_factors(model: Any, layer_decay: float) -> dict[int, float]:
    """Discriminative fine-tuning (Howard and Ruder 2018): id of a base variable -> its share of the rate, which falls
    geometrically from 1 at the base's top to `layer_decay` at its bottom. Layers without weights do not count as depth.
    """
    if layer_decay == 1:
        return {}
    layers = [layer for layer in base_layers(model) if layer.variables]
    below_top = max(len(layers) - 1, 1)
    return {
        id(variable): layer_decay ** (depth / below_top)
        for depth, layer in enumerate(reversed(layers))
        for variable in layer.variables
    }


class _Layerwise:
    """Mixed into a Keras optimizer: a rate for each variable, weight decay included, and averages kept apart."""

    depth_factors: list[float]  # of the built variables, in their order

    def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Updates one variable at its share of the rate.

        Keras has every gradient at this point, so to decay a variable right before its own step gives the same as to
        decay all of them first.
        """
        factor = self.depth_factors[self._get_variable_index(variable)]
        rate = learning_rate if factor == 1 else keras.ops.multiply(learning_rate, factor)
        if self.weight_decay and self._use_weight_decay(variable):
            self.assign_sub(variable, variable * keras.ops.multiply(rate, self.weight_decay))
        super().update_step(gradient, variable, rate)  # type: ignore[misc]

    def _apply_weight_decay(self, variables: Any) -> None:
        """Does nothing: Keras would decay every variable at the full rate; `update_step` does it."""

    def finalize_variable_values(self: Any, var_list: Any) -> None:
        """Assigns the averages to the variables of a copy.

        The trained variables themselves stay: Keras's `fit` calls this at its end, and a further `fit` would then go on
        from the averages instead of the raw weights.
        """
        if self.use_ema and not all(one is other for one, other in zip(var_list, self.trained_variables, strict=False)):
            self.overwrite_with_averages(var_list)

    @property
    def trained_variables(self: Any) -> Any:
        """The variables that the optimizer was built for."""
        return self._trainable_variables

    def overwrite_with_averages(self: Any, variables: Any) -> None:
        """Assigns the averages to `variables`, which are as many as the optimizer was built for."""
        self._overwrite_model_variables_with_average_value(variables)


class _AdamW(_Layerwise, keras.optimizers.AdamW):  # type: ignore[misc]
    pass


class _Adam(_Layerwise, keras.optimizers.Adam):  # type: ignore[misc]
    pass


class _SGD(_Layerwise, keras.optimizers.SGD):  # type: ignore[misc]
    pass
