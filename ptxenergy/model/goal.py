"""By what launches are ranked."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ptxenergy.model.prediction import Prediction

Goal: TypeAlias = Literal["energy", "time", "edp"]
"""Joules, seconds, or their product (joule-seconds)."""


def cost(prediction: Prediction, goal: Goal) -> float:
    """What a launch is ranked by: the less, the better."""
    energy, time = prediction.energy_j.value, prediction.time_s.value
    return {"energy": energy, "time": time, "edp": energy * time}[goal]
