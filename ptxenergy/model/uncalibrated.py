"""The prediction without measurements: the physical bound, with an interval that says how little
is known."""

from __future__ import annotations

from collections.abc import Iterator

from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection
from ptxenergy.model.board import Board
from ptxenergy.model.bound import bound_of
from ptxenergy.model.prediction import Bound, Conditions, Prediction, Quantity
from ptxenergy.model.work import rate_name

# How far off the bound may be, as factors below and above. Time is a bound from below, so nearly
# all of its doubt lies above; power is bounded by the card. No rows were measured: these are
# judgement, the level is nominal, and `calibrated` is false.
LEVEL = 0.9
TIME_FACTORS = (0.7, 6.0)
POWER_FACTORS = (0.6, 1.7)


def predict_uncalibrated(inspection: Inspection, gpu: Gpu, board: Board) -> Prediction:
    """The physical bound of an inspected launch as a prediction with `calibrated` false."""
    bound = bound_of(inspection, gpu, board)
    limit_w = board.limit_on(gpu)
    matrices = (i.opcode for i in inspection.profile.instructions if i.warp and i.opcode.tensor)
    lacks_unit = any(rate_name(o) not in gpu.tensor_macs_per_clock for o in matrices)
    power_low_w = max(gpu.constant_power_w, bound.power_w * POWER_FACTORS[0])
    power_high_w = max(bound.power_w, min(limit_w, bound.power_w * POWER_FACTORS[1]))
    time = Quantity(
        bound.time_s, bound.time_s * TIME_FACTORS[0], bound.time_s * TIME_FACTORS[1], LEVEL
    )
    power = Quantity(bound.power_w, min(power_low_w, bound.power_w), power_high_w, LEVEL)
    energy = Quantity(bound.energy_j, time.low * power.low, time.high * power.high, LEVEL)
    return Prediction(
        inspection=inspection,
        energy_j=energy,
        time_s=time,
        power_w=power,
        bound=bound,
        calibrated=False,
        conditions=Conditions(bound.clock_mhz, limit_w, board.cache, "random", board.clock_mhz),
        contributions=bound.contributions,
        flags=(*inspection.flags, *_flags(bound, lacks_unit=lacks_unit)),
    )


def _flags(bound: Bound, *, lacks_unit: bool) -> Iterator[str]:
    if lacks_unit:
        yield "no-tensor-unit"
    if bound.is_power_limited:
        yield "power-limited"
