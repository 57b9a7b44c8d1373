"""Picks by hand: six shapes, measured once or twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from msgspec.structs import replace

from ptxenergy.model.scores import BlockChoice
from ptxenergy.train.blocks import block_choice
from ptxenergy.train.rows import Launched, Measured, MeasuredRow, Tags
from ptxenergy.train.table import Table
from tests.train.synthetic import FEATURES, World, table

BLOCKS = ((32, 1, 1), (64, 1, 1), (128, 1, 1), (256, 1, 1), (512, 1, 1), (32, 8, 1))


def row(block: tuple[int, int, int], energy_j: float, minute: int, kernel: str) -> MeasuredRow:
    tags = Tags(
        point_id=f"{kernel}-{block}",
        campaign_id="c",
        gpu="simulated",
        kernel=kernel,
        family="family",
        study="shape",
        size="{}",
        cache_mode="warm",
        data_kind="random",
        started_utc=f"2026-01-01T00:{minute:02d}:00+00:00",
        is_anchor=False,
    )
    launched = Launched("k.ptx", "0", "k", (1, 1, 1), block, 0, ())
    measured = Measured(energy_j, energy_j / 100, 100.0, 32, 0, frozenset(), True)
    return MeasuredRow(launched, tags, measured)


def chosen(
    rows: list[MeasuredRow], predicted_j: Mapping[tuple[int, int, int], float]
) -> BlockChoice:
    one = table(World(families=1, kernels=1, points=1)).counted[0]
    known = Table(
        FEATURES, (one,) * len(rows), tuple(r.tags for r in rows), tuple(r.measured for r in rows)
    )
    energies = np.array([predicted_j[r.launched.block] for r in rows])
    found = block_choice(known, rows, energies)
    assert found is not None
    return found


def study(kernel: str = "k", again: float | None = 1.02) -> list[MeasuredRow]:
    """Energies rise from 1.0 J by 0.2 J; the first shape is measured again, a little dearer."""
    rows = [row(block, 1.0 + 0.2 * n, n, kernel) for n, block in enumerate(BLOCKS)]
    return rows if again is None else [*rows, row(BLOCKS[0], again, 50, kernel)]


RIGHT = {block: 1.0 + n for n, block in enumerate(BLOCKS)}
WRONG = {block: -n for n, block in enumerate(BLOCKS)}


def test_the_right_pick_has_no_regret_and_the_order_is_right() -> None:
    found = chosen(study(), RIGHT)
    assert found.all["model"].mean_regret == 0.0
    assert found.all["model"].within_5 == 1.0
    assert found.spearman_median == pytest.approx(1.0)


def test_a_wrong_pick_is_judged_against_the_best_measured_again() -> None:
    found = chosen(study(), WRONG)
    assert found.all["model"].mean_regret == pytest.approx(2.0 / 1.02 - 1)
    assert found.all["model"].within_5 == 0.0
    assert found.spearman_median == pytest.approx(-1.0)


def test_the_other_rules() -> None:
    found = chosen(study(), RIGHT)
    assert found.all["256 threads"].mean_regret == pytest.approx(1.6 / 1.02 - 1)
    assert found.all["measured fastest"].mean_regret == 0.0
    # All shapes of 64 warps an SM fill it; the largest block wins.
    assert found.all["occupancy heuristic"].mean_regret == pytest.approx(1.8 / 1.02 - 1)
    by_chance = [0.0, *((1.0 + 0.2 * n) / 1.02 - 1 for n in range(1, 6))]
    assert found.all["random"].mean_regret == pytest.approx(np.mean(by_chance))
    assert found.all["random"].within_5 == pytest.approx(1 / 6)


def test_the_noise_floor_is_what_another_measurement_would_have_picked() -> None:
    rows = [*study(), row(BLOCKS[1], 0.99, 51, "k")]
    # The second time the second shape looks better; its first measurement judges it.
    assert chosen(rows, RIGHT).all["noise floor"].mean_regret == pytest.approx(1.2 / 1.02 - 1)
    assert "noise floor" not in chosen(study(), RIGHT).all


def test_a_kernel_whose_best_was_measured_once_is_not_judged() -> None:
    found = chosen([*study("a"), *study("b", again=None)], RIGHT)
    assert (found.kernels, found.unjudged) == (1, 1)


def test_kernels_where_shape_matters_stand_apart() -> None:
    flat = [
        replace(r, measured=replace(r.measured, energy_j=1.0 + r.measured.energy_j / 100))
        for r in study("flat")
    ]
    found = chosen([*study("steep"), *flat], WRONG)
    assert (found.kernels, found.spread_kernels) == (2, 1)
    assert found.spread["model"].mean_regret > found.all["model"].mean_regret


def test_too_few_shapes_are_no_study() -> None:
    one = table(World(families=1, kernels=1, points=1)).counted[0]
    rows = study(again=None)[:4]
    known = Table(
        FEATURES, (one,) * 4, tuple(r.tags for r in rows), tuple(r.measured for r in rows)
    )
    assert block_choice(known, rows, np.ones(4)) is None
