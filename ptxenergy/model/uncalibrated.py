"""The prediction without measurements: the physical bound, with an interval that says how little
is known."""

from __future__ import annotations

from ptxenergy.gpu.spec import Gpu
from ptxenergy.launch.inspection import Inspection
from ptxenergy.model.bound import physical_bound, placement_of
from ptxenergy.model.prediction import Conditions, Prediction, Quantity
from ptxenergy.model.work import work_of

# How far off the bound may be, as factors below and above. Time is a bound from below, so nearly
# all of its doubt lies above; power is bounded by the card. No rows were measured: these are
# judgement, the level is nominal, and `calibrated` is false.
LEVEL = 0.9
TIME_FACTORS = (0.7, 6.0)
POWER_FACTORS = (0.6, 1.7)


def predict_uncalibrated(inspection: Inspection, gpu: Gpu) -> Prediction:
    """The physical bound of an inspected launch as a prediction with `calibrated` false."""
    profile = inspection.profile
    placement = placement_of(profile.launch, inspection.occupancy, gpu)
    work = work_of(profile)
    bound = physical_bound(work, placement, gpu)
    kinds = (kind for kind, macs in work.tensor_macs.items() if macs)
    lacks_unit = any(kind not in gpu.tensor_macs_per_clock for kind in kinds)
    power_low_w = max(gpu.constant_power_w, bound.power_w * POWER_FACTORS[0])
    power_high_w = max(bound.power_w, min(gpu.power_limit_w, bound.power_w * POWER_FACTORS[1]))
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
        conditions=Conditions(bound.clock_mhz, gpu.power_limit_w, cache="warm", data="random"),
        contributions=bound.contributions,
        flags=(*inspection.flags, *(("no-tensor-unit",) if lacks_unit else ())),
    )
