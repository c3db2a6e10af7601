"""Minimises a smooth convex function of many variables from its gradients: L-BFGS.

Written here because the app does without scipy; a test compares it with scipy's. Algorithms 7.4 and 7.5 of Nocedal and
Wright, Numerical Optimization, 2nd edition, with a line search that only halves its steps.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from app.arrays import Float64s

Function = Callable[[Float64s], tuple[float, Float64s]]  # a point (D,) -> the value and the gradient (D,) there

_MEMORY = 10  # the last steps, from which the curvature is estimated
_MAX_STEPS = 60
_MAX_HALVINGS = 20
_ARMIJO = 1e-4  # share of the gain that the slope promises with which a step is good enough
_LEAST_GAIN = 1e-5  # relative, of a step; smaller ones are not worth going on


class _Point(NamedTuple):
    """A point, and the function's value and gradient there."""

    at: Float64s
    value: float
    gradient: Float64s


class _Step(NamedTuple):
    """From one point to the next: how far, by how much the gradient changed, and the product of both."""

    moved: Float64s
    turned: Float64s
    curvature: float


def minimise(function: Function, start: Float64s) -> Float64s:
    """Finds the point with the smallest value.

    Args:
        function: convex; gives the value and the gradient at a point.
        start: (D,), the first point.

    Returns:
        (D,), a point from which a step gains less than 1e-5 of the value, or the one after 60 steps.
    """
    point = _Point(start, *function(start))
    steps: list[_Step] = []
    for _ in range(_MAX_STEPS):
        found = _search_line(function, point, steps)
        if found is None:
            break
        step = _step(point, found)
        if step.curvature > 1e-12:
            steps = [*steps[-_MEMORY + 1 :], step]
        gain, point = point.value - found.value, found
        if gain < _LEAST_GAIN * max(1e-3, abs(point.value)):
            break
    return point.at


def _search_line(function: Function, point: _Point, steps: Sequence[_Step]) -> _Point | None:
    """A point in the direction of the minimum with a value that is enough smaller; None when there is none."""
    direction = -_times_inverse_hessian(point.gradient, steps)
    slope = float(direction @ point.gradient)
    length = 1.0 if steps else min(1.0, 1.0 / max(1e-12, float(np.abs(point.gradient).sum())))
    for _ in range(_MAX_HALVINGS):
        at = point.at + length * direction
        found = _Point(at, *function(at))
        if found.value <= point.value + _ARMIJO * length * slope:
            return found
        length /= 2
    return None


def _step(before: _Point, after: _Point) -> _Step:
    moved, turned = after.at - before.at, after.gradient - before.gradient
    return _Step(moved, turned, float(moved @ turned))


def _times_inverse_hessian(gradient: Float64s, steps: Sequence[_Step]) -> Float64s:
    """Multiplies by the inverse Hessian in two loops over the last steps, without ever building the matrix."""
    result = gradient.copy()
    shares = []
    for moved, turned, curvature in reversed(steps):
        shares.append(float(moved @ result) / curvature)
        result -= shares[-1] * turned
    if steps:
        _, turned, curvature = steps[-1]
        result *= curvature / float(turned @ turned)
    for (moved, turned, curvature), share in zip(steps, reversed(shares), strict=True):
        result += moved * (share - float(turned @ result) / curvature)
    return result
