"""A model of made-up rows that passes for a measured one, to see what such a one would do."""

from __future__ import annotations

from msgspec.structs import replace

from ptxenergy.model.artifact import Model, identified
from ptxenergy.model.energies import ENERGY_NAMES
from ptxenergy.model.prediction import TIME_NAMES
from tests.explain import trained

LEVEL, ENERGY, TIME = 0.9, 0.05, 0.03


def as_if_measured(kind: str) -> Model:
    """Trees over made-up rows, passed off as measured ones of h200, for this test alone."""
    made = trained.simulated_model()
    calibration = replace(
        made.header.calibration,
        level=LEVEL,
        slope=1e-9,
        ratio_quantiles={kind: {"energy": ENERGY, "time": TIME, "power": 0.01}},
        class_families=dict.fromkeys((*TIME_NAMES, *ENERGY_NAMES), 99),
    )
    return identified(
        replace(made, header=replace(made.header, gpu="h200", calibration=calibration))
    )
