"""What a campaign should reach by its rows alone: asked, found, reached."""

from __future__ import annotations

from ptxenergy.findings.data_set import DataSet
from ptxenergy.findings.values import Goal
from ptxenergy.report.evaluation import share

GOOD_ROWS, KERNELS, FAMILIES, PROFILED = 1200, 100, 40, 60
REPEAT_SPREAD = 0.02


def row_goals(known: DataSet) -> tuple[Goal, ...]:
    """The goals of the rows. Anchors are not counted; locked families are, and only that."""
    summary, plain = known.summary, known.plain
    spread = summary.repeat_spread_median
    command = f"ptxenergy dataset findings {known.typed}"
    return (
        _least("good rows", GOOD_ROWS, len(plain), command),
        _least("kernels", KERNELS, summary.kernels, command),
        _least("real families", FAMILIES, summary.families, command),
        _study(known, command),
        Goal(
            "repeats",
            f"median spread of energy ≤ {share(REPEAT_SPREAD)}",
            "no point was measured twice"
            if spread is None
            else f"{share(spread)} over {summary.repeats} points (half the range over the mean)",
            None if spread is None else spread <= REPEAT_SPREAD,
            command,
        ),
        _profiled(known, command),
    )


def _least(name: str, asked: int, found: int, command: str) -> Goal:
    return Goal(name, f"≥ {asked:,}", f"{found:,}", found >= asked, command)


def _study(known: DataSet, command: str) -> Goal:
    planned = {point.point_id: point.kernel for point in known.planned_shapes}
    done = set(known.plain["point_id"]) & set(planned)
    lacking = {planned[point_id] for point_id in set(planned) - done}
    kernels = set(planned.values())
    return Goal(
        "the shape study",
        f"whole: {len(planned)} launches of {len(kernels)} kernels",
        f"{len(done)} launches; {len(kernels - lacking)} kernels whole",
        bool(planned) and len(done) == len(planned),
        command,
    )


def _profiled(known: DataSet, command: str) -> Goal:
    asked = f"≥ {PROFILED} kernels"
    if known.profiled is None:
        lacking = f"none: run `ptxenergy measure counters --out {known.typed}`"
        return Goal("counters by ncu", asked, lacking, None, command)
    found = len(known.profiled)
    return Goal("counters by ncu", asked, f"{found} kernels", found >= PROFILED, command)
