"""Prices of options by a closed formula, and the volatility that explains a price."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ptxenergy.measure.kernels.data import uniform
from ptxenergy.measure.kernels.kernel import Argument, Array, Data, Extent, Kernel, Size
from ptxenergy.measure.kernels.shapes import LINES, line, pieces


def _normal_below(d: Array) -> Array:
    return np.asarray(0.5 * np.vectorize(math.erfc)(-d / math.sqrt(2)))


class BlackScholesPrices(Kernel):
    """Prices of calls and puts; `each` options a thread."""

    name = entry = "black_scholes_prices"
    family = "black_scholes"
    sizes = (
        {"n": 1_000_000, "each": 1},
        {"n": 10_000_000, "each": 8},
        {"n": 40_000_000, "each": 1},
        {"n": 40_000_000, "each": 32},
    )
    blocks = LINES
    check_size: Size = {"n": 1301, "each": 2}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n = size["n"]
        spots, strikes, years = (uniform(xp, (n,), xp.float32, data, s) for s in range(3))
        inputs = 50 + 20 * spots, 50 + 25 * strikes, xp.float32(2.1) + 2 * years
        results = (xp.zeros(n, dtype=xp.float32) for _ in range(2))
        return *inputs, *results, np.uint32(n), np.float32(0.02), np.float32(0.3)

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(pieces(size["n"], size["each"]), block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        spot, strike, time = (np.asarray(argument, np.float64) for argument in arguments[:3])
        rate, volatility = (float(value) for value in arguments[6:])
        spread = volatility * np.sqrt(time)
        d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * time) / spread
        paid = strike * np.exp(-rate * time)
        call = spot * _normal_below(d1) - paid * _normal_below(d1 - spread)
        return {3: call, 4: call - spot + paid}


class ImpliedVolatility(Kernel):
    """The volatility of calls with a price, after `steps` Newton steps, in doubles."""

    name = entry = "implied_volatility"
    family = "black_scholes"
    sizes = (
        {"n": 200_000, "steps": 4},
        {"n": 2_000_000, "steps": 8},
        {"n": 5_000_000, "steps": 3},
        {"n": 500_000, "steps": 20},
    )
    blocks = LINES
    check_size: Size = {"n": 301, "steps": 3}

    def arguments(self, xp: Any, size: Size, data: Data) -> tuple[Argument, ...]:
        n = size["n"]
        moneyness = 1 + 0.2 * uniform(xp, (n,), xp.float64, data)
        # Between what exercise at once would bring and the spot: prices that some volatility has.
        above = 0.1 + 0.05 * uniform(xp, (n,), xp.float64, data, 1)
        prices = xp.maximum(moneyness - 1, 0) + above
        inputs = moneyness, xp.log(moneyness), prices
        return *inputs, xp.zeros_like(prices), np.uint32(n), np.uint32(size["steps"])

    def grid(self, size: Size, block: Extent) -> Extent:
        return line(size["n"], block)

    def expected(self, size: Size, arguments: tuple[Argument, ...]) -> Mapping[int, Array]:
        m, log_m, price = (np.asarray(argument, np.float64) for argument in arguments[:3])
        v = np.full(len(m), 0.4)
        for _ in range(size["steps"]):
            d1 = log_m / v + 0.5 * v
            value = m * _normal_below(d1) - _normal_below(d1 - v)
            slope = m * np.exp(-0.5 * d1 * d1) / math.sqrt(2 * math.pi)
            v = np.clip(v - (value - price) / slope, 0.05, 2.0)
        return {3: v}
