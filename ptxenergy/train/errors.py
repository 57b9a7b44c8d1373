"""What training and evaluating refuse."""

from __future__ import annotations

from ptxenergy.errors import PtxEnergyError


class TrainingError(PtxEnergyError):
    """Rows that no honest model can be made of, or a model that they do not fit."""

    code = "training"
