"""Ordinary differential equations, one a thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line

_STEP = 0.02


class OdeRungeKutta(Kernel):
    """Prey and hunters after `steps` steps from `count` starts with rates of their own."""

    name = entry = "ode_runge_kutta"
    family = "ode"
    sizes = (
        {"count": 20_000, "steps": 120},
        {"count": 500_000, "steps": 100},
        {"count": 5_000_000, "steps": 10},
        {"count": 70_000, "steps": 1_000},
    )
    blocks = LINES
    check_size: Size = {"count": 301, "steps": 8}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        count = size["count"]
        starts = xp.float32(1) + xp.float32(0.4) * uniform(xp, (count, 2), xp.float32, data)
        rates = xp.float32(1) + xp.float32(0.3) * uniform(xp, (count, 4), xp.float32, data, 1)
        ends = xp.zeros((count, 2), dtype=xp.float32)
        scalars = (np.uint32(count), np.uint32(size["steps"]), np.float32(_STEP))
        return starts, rates, ends, *scalars

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["count"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        now, rates = (np.asarray(argument, np.float64) for argument in arguments[:2])
        for k in range(size["steps"]):
            time = k * _STEP
            a = self._slope(now, rates, time)
            b = self._slope(now + _STEP / 2 * a, rates, time + _STEP / 2)
            c = self._slope(now + _STEP / 2 * b, rates, time + _STEP / 2)
            d = self._slope(now + _STEP * c, rates, time + _STEP)
            now = now + _STEP / 6 * (a + 2 * b + 2 * c + d)
        return {2: now}

    @staticmethod
    def _slope(now: Array, rates: Array, time: float) -> Array:
        prey, hunters = now.T
        growth, eaten, fed, dies = rates.T
        of_prey = growth * (1 + 0.3 * np.sin(time)) * prey - eaten * prey * hunters
        return np.stack([of_prey, fed * prey * hunters - dies * hunters], axis=1)
