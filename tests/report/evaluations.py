"""An evaluation made by hand, with something in every part."""

from __future__ import annotations

from ptxenergy.model.scores import (
    BlockChoice,
    Coverage,
    Data,
    Errors,
    Evaluation,
    LockedUse,
    Picks,
    Ratios,
    RatioScore,
    Score,
)

PICKS = Picks(kernels=3, mean_regret=0.031, median_regret=0.02, within_5=2 / 3)
USE = LockedUse("2026-01-02", "abc123", "NVIDIA H200", "0" * 64, 40, 5, 0.21, 0.2, 0.1, 0.88)


def score(median: float, r2_log: float | None = 0.9, *, covered: bool = True) -> Score:
    errors = Errors(median, 2 * median, 3 * median, r2_log)
    coverage = Coverage(0.91, 0.85, 0.97, 0.125, 3.5)
    quantities = ("energy", "time", "power")
    return Score(
        rows=120,
        kernels=14,
        families=8,
        errors=dict.fromkeys(quantities, errors),
        coverage=dict.fromkeys(quantities, coverage) if covered else {},
    )


def evaluation(*, simulated: bool = False) -> Evaluation:
    gpu = "simulated" if simulated else "NVIDIA H200"
    data = Data(gpu, simulated, "f" * 64, 120, 100, 14, 8, ("c1", "c2"), 1, {"locked family": 30})
    blocks = BlockChoice(3, 1, 2, {"model": PICKS, "random": PICKS}, {"model": PICKS}, 0.75)
    ratio = RatioScore(0.05, Coverage(0.89, 0.8, 0.95, 0.1, 1.56))
    return Evaluation(
        data=data,
        feature_version="1",
        level=0.9,
        model=score(0.1234),
        beside={"constant": score(4.5, None, covered=False)},
        strata={"power-capped": score(0.2)},
        families={"gemm": score(0.1), "<vector>": score(0.3)},
        ratios={"launches": Ratios(400, 8, dict.fromkeys(("energy", "time", "power"), ratio))},
        blocks=blocks,
        transfers={"a campaign left out": score(0.15), "other": "no such rows"},
        locked=score(0.21),
        locked_uses=(USE,),
    )
