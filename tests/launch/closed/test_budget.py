"""What an evaluation may cost, and what is left of a footprint that costs too much."""

from __future__ import annotations

import pytest

from ptxenergy.launch.closed import footprint
from ptxenergy.launch.closed.budget import Budget
from ptxenergy.launch.closed.code import UnsupportedError
from ptxenergy.launch.closed.evaluate import evaluate_closed
from ptxenergy.launch.request import Pins
from tests.launch.closed.test_large import PARAMETERS, TRANSPOSE
from tests.launch.reference_launches import launch_of, module_of


def test_work_ends_by_rule() -> None:
    budget = Budget(1000.0)
    budget.spend(10, 1000)
    with pytest.raises(UnsupportedError, match="long"):
        budget.spend(100, 1000)


def test_a_launch_may_be_given_less_work() -> None:
    module = module_of(TRANSPOSE, PARAMETERS)
    launch = launch_of(module.kernels[0], (32, 98), (32, 8), {2: 1000, 3: 777})
    evaluate_closed(module, module.kernels[0], launch, Pins())
    with pytest.raises(UnsupportedError, match="long"):
        evaluate_closed(module, module.kernels[0], launch, Pins(), work=100.0)


@pytest.mark.parametrize("block", [(32, 8), (8, 32)])
def test_a_footprint_that_costs_too_much_is_bounded(
    block: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of(TRANSPOSE, PARAMETERS)
    kernel = module.kernels[0]
    grid = (-(-1000 // block[0]), -(-777 // block[1]))
    launch = launch_of(kernel, grid, block, {2: 1000, 3: 777})
    exact = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=264)
    monkeypatch.setattr(footprint, "_STEPS_OF_PIECE", 1 << 40)
    bounded = evaluate_closed(module, kernel, launch, Pins(), wave_blocks=264)
    assert bounded.instructions == exact.instructions
    assert "footprint-estimated" in bounded.flags
    assert not bounded.exact.addresses
    assert exact.exact.all
    for way in ("any", "read", "write"):
        one, other = getattr(bounded.footprint, way), getattr(exact.footprint, way)
        # Both arrays are dense: between their first byte and their last nothing is left out.
        assert one.launch == other.launch
        assert 0.95 * other.wave <= one.wave <= one.launch
        assert one.block >= other.block
