"""Roots by iteration until nothing moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Pin, Size
from ptxenergy.measure.kernels.shapes import LINES, line
from ptxenergy.measure.kernels.trips import trip_pin


def _newton(anomaly: Array, eccentricity: Array, tolerance: float) -> Iterator[tuple[Array, Array]]:
    """After each step: the positions, and who goes on."""
    position = anomaly + 0.85 * eccentricity
    goes_on = np.ones(len(anomaly), bool)
    for _ in range(50):
        error = position - eccentricity * np.sin(position) - anomaly
        change = np.where(goes_on, error / (1 - eccentricity * np.cos(position)), 0)
        position = position - change
        goes_on &= np.abs(change) > tolerance
        yield position, goes_on
        if not goes_on.any():
            return


class KeplerNewton(Kernel):
    """Eccentric anomalies of `count` orbits, to 10^-`digits`, with eccentricities to `percent`."""

    name = entry = "kepler_newton"
    family = "root_finding"
    sizes = (
        {"count": 200_000, "digits": 10, "percent": 30},
        {"count": 2_000_000, "digits": 12, "percent": 90},
        {"count": 5_000_000, "digits": 4, "percent": 10},
        {"count": 500_000, "digits": 12, "percent": 97},
    )
    blocks = LINES
    check_size: Size = {"count": 301, "digits": 9, "percent": 80}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        count = size["count"]
        anomalies = 1.6 + 1.5 * uniform(xp, (count,), xp.float64, data)
        shares = 0.5 + 0.5 * uniform(xp, (count,), xp.float64, data, 1)
        positions = xp.zeros(count, dtype=xp.float64)
        tolerance = np.float64(10.0 ** -size["digits"])
        return anomalies, shares * (size["percent"] / 100), positions, np.uint32(count), tolerance

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["count"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        anomaly, eccentricity = (np.asarray(argument) for argument in arguments[:2])
        *_, (position, _) = _newton(anomaly, eccentricity, 1e-14)
        return {2: position}

    def pins(self, size: Size, arguments: tuple[Argument, ...]) -> tuple[Pin, ...]:
        anomaly, eccentricity = (np.asarray(argument)[:65536] for argument in arguments[:2])
        steps = _newton(anomaly, eccentricity, 10.0 ** -size["digits"])
        return (trip_pin("tries", 1 + sum(goes_on.astype(np.int64) for _, goes_on in steps)),)
