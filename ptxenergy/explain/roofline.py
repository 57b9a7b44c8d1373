"""Where a launch lies under the roofs of a GPU: instructions issued against sectors moved."""

from __future__ import annotations

from ptxenergy.explain.explanation import Roofline, RoofPoint
from ptxenergy.gpu.spec import Gpu
from ptxenergy.model.prediction import Prediction
from ptxenergy.model.traffic import SECTOR_BYTES
from ptxenergy.model.work import work_of

_WARP = 32


def roofline_of(prediction: Prediction, gpu: Gpu) -> Roofline:
    """The roofline of a prediction at its clock; levels that move nothing have no point."""
    inspection = prediction.inspection
    work = work_of(inspection.profile, inspection.memory)
    clock_hz = prediction.bound.clock_mhz * 1e6
    capable_bytes_per_s = {
        "L1": gpu.l1_bytes_per_clock * gpu.sm_count * clock_hz,
        "L2": gpu.l2_bytes_per_clock * clock_hz,
        "DRAM": gpu.dram_bytes_per_s * gpu.dram_efficiency,
    }
    moved_bytes = {"L1": work.l1_bytes, "L2": work.l2_bytes, "DRAM": work.dram_bytes}
    return Roofline(
        issued_per_s=work.warp_instructions / prediction.time_s.value,
        peak_per_s=gpu.lanes_per_clock["issue"] / _WARP * gpu.sm_count * clock_hz,
        points=tuple(
            RoofPoint(
                level,
                work.warp_instructions / (moved / SECTOR_BYTES),
                capable_bytes_per_s[level] / SECTOR_BYTES,
            )
            for level, moved in moved_bytes.items()
            if moved > 0
        ),
    )
