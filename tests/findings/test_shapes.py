"""What block shape changes: planted effects are found, noise is not, locked families are not."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ptxenergy.findings.finding import find
from ptxenergy.findings.noise import excess
from ptxenergy.findings.values import Exceeding, Shapes
from ptxenergy.measure.rows.row import Row
from tests.findings.planted import BLOCKS, LOCKED, flat, noisy, row, study, written

NOISE = 0.01
# Two measurements that differ by 2 %: their standard deviation is the difference over sqrt(2).
SD = math.log((1 + NOISE) / 1) / math.sqrt(2)


def shapes(tmp_path: Path, rows: list[Row]) -> Shapes:
    return find(written(tmp_path, rows), tmp_path).shapes


def counts(found: tuple[Exceeding, ...]) -> list[tuple[float, int, int | None]]:
    return [(one.limit, one.measured, one.beyond_noise) for one in found]


def steps(by: float) -> dict[str, float]:
    """Energies that differ by so much from the best to every other shape."""
    return {block: 0.3 * (1 + by * (block != BLOCKS[0])) for block in BLOCKS}


def repeated(kernels: int = 3) -> list[Row]:
    """Kernels whose shapes are all equal, measured twice: they say the noise."""
    found: list[Row] = []
    for number in range(kernels):
        first = study(f"flat{number}", flat())
        found += first + noisy(first, 100, NOISE)
    return found


def test_noise_is_what_repeats_say(tmp_path: Path) -> None:
    noise = shapes(tmp_path, repeated()).noise
    assert (noise.points, noise.degrees) == (30, 30)
    assert noise.energy == pytest.approx(SD, rel=0.02)
    assert noise.time == 0
    assert "shape study" in noise.of


def test_a_planted_effect_is_beyond_noise_and_equal_shapes_are_not(tmp_path: Path) -> None:
    rows = [*repeated(), *study("small", steps(0.01)), *study("large", steps(0.5))]
    found = shapes(tmp_path, rows)
    by_name = {one.kernel: one for one in found.kernels}
    assert by_name["large"].worst == pytest.approx(1.5)
    assert by_name["large"].worst_low == pytest.approx(1.5, rel=0.1)
    assert (by_name["large"].worst_low or 0) < 1.5
    assert (by_name["small"].worst_low or 0) < 1
    assert counts(found.worst)[1:] == [(0.02, 1, 1), (0.05, 1, 1), (0.2, 1, 1)]
    assert counts(found.worst)[0][2] == 1


def test_more_measurements_see_smaller_effects() -> None:
    lows = [excess(1.05, 0.01, 30, 10, (n, n)) or 0 for n in (1, 4, 16)]
    assert lows == sorted(lows)
    assert lows[0] < 1.01 < lows[2] < 1.05
    assert excess(1.05, None, 0, 10, (1, 1)) is None


def test_the_fastest_shape_that_is_not_the_cheapest_is_found(tmp_path: Path) -> None:
    energies = {**flat(0.6), "32x8": 0.3, "256": 0.4}
    times = {**dict.fromkeys(BLOCKS, 3e-3), "32x8": 2e-3, "256": 1e-3}
    rows = [*repeated(), *study("trade", energies, times)]
    found = shapes(tmp_path, rows)
    one = next(one for one in found.kernels if one.kernel == "trade")
    assert (one.best_block, one.fastest_block) == ("32x8", "256")
    assert one.fastest == pytest.approx(4 / 3)
    assert one.slower == pytest.approx(2)
    assert found.trade_offs == 1
    assert counts(found.fastest)[3] == (0.2, 1, 1)


def test_a_shape_that_is_as_fast_is_no_trade_off(tmp_path: Path) -> None:
    """It is the fastest by less than noise: nothing is lost by taking the other."""
    energies = {**flat(0.6), "32x8": 0.3, "256": 0.4}
    first = study("tie", energies, {**dict.fromkeys(BLOCKS, 1e-3), "256": 0.9999e-3})
    again = [
        row("tie", b, 1.01e-3, energies[b] / 1.01e-3, 50 + n, point_id=first[n].point_id)
        for n, b in enumerate(BLOCKS)
    ]
    found = shapes(tmp_path, [*first, *again])
    assert found.other_fastest == 1
    assert found.trade_offs == 0


def test_the_heuristics_pick_is_held_against_the_best(tmp_path: Path) -> None:
    """Ten shapes of 64 warps an SM: the largest block is picked, and takes 40 % more."""
    energies = {**flat(0.33), "32x8": 0.3, "1024": 0.42}
    again = row("picked", "32x8", 1e-3, 303.0, 90)
    found = shapes(tmp_path, [*repeated(), *study("picked", energies), again])
    one = next(one for one in found.kernels if one.kernel == "picked")
    assert one.picked_block == "1024"
    assert one.picked == pytest.approx(0.42 / math.sqrt(0.3 * 0.303))
    assert found.regrets["occupancy heuristic"].worst == pytest.approx(0.42 / 0.303 - 1)
    assert found.judged == 4


def test_kernels_whose_best_was_measured_once_are_not_judged(tmp_path: Path) -> None:
    found = shapes(tmp_path, study("once", steps(0.5)))
    assert (found.judged, found.regrets) == (0, {})
    assert found.noise.energy is None
    assert counts(found.worst)[3] == (0.2, 1, None)
    assert found.trade_offs is None


def test_locked_generated_bad_and_anchor_rows_are_left_out(tmp_path: Path) -> None:
    rows = [
        *repeated(),
        *study("secret_kernel", steps(3.0), family=LOCKED),
        *study("made", steps(3.0), family="generated:fma"),
        *study("few", dict.fromkeys(BLOCKS[:4], 0.3)),
        row("flat0", "32x8", 1e-3, 9000.0, ok=False, flags="power-spread"),
        row("flat0", "32x8", 1e-3, 9000.0, is_anchor=True),
    ]
    found = shapes(tmp_path, rows)
    assert {one.kernel for one in found.kernels} == {"flat0", "flat1", "flat2"}
    assert (found.locked, found.generated_left_out, found.few) == (1, 1, 1)
    assert max(one.worst for one in found.kernels) < 1.03


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    sd=st.floats(0.001, 0.05),
    scale=st.floats(1e-6, 1e6),
)
def test_noise_alone_is_seldom_called_an_effect(seed: int, sd: float, scale: float) -> None:
    """Of 200 kernels with ten equal shapes about one in twenty is; units change nothing."""
    random = np.random.default_rng(seed)
    energies = scale * np.exp(random.normal(0, sd, (200, 10)))
    ratios = energies.max(axis=1) / energies.min(axis=1)
    beyond = [(excess(float(ratio), sd, 1000, 10, (1, 1)) or 0) > 1 for ratio in ratios]
    assert sum(beyond) <= 25
