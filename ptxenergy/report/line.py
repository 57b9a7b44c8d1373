"""One prediction on one line, for places where kernels are made rather than studied."""

from __future__ import annotations

import sys

from ptxenergy.model.prediction import Prediction, Quantity
from ptxenergy.ptx.names import short_name
from ptxenergy.report.json import all_assumptions
from ptxenergy.report.units import si
from ptxenergy.report.words import printable, problem


def prediction_line(prediction: Prediction) -> str:
    """Energy, time and power with their interval, the GPU, and the launch with what was assumed."""
    profile = prediction.inspection.profile
    quantities = ", ".join(
        _quantity(quantity, unit)
        for quantity, unit in (
            (prediction.energy_j, "J"),
            (prediction.time_s, "s"),
            (prediction.power_w, "W"),
        )
    )
    standing = "" if prediction.calibrated else ", not calibrated"
    launch = problem(profile.launch, all_assumptions(profile))
    name = short_name(profile.kernel)
    return printable(f"{name}: {quantities} on {prediction.inspection.gpu}{standing}; {launch}")


def tell(prediction: Prediction) -> None:
    """Write the line to standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"ptxenergy: {prediction_line(prediction)}\n")


def _quantity(quantity: Quantity, unit: str) -> str:
    return f"{si(quantity.value, unit)} ({si(quantity.low, unit)} to {si(quantity.high, unit)})"
