"""Which classes of opcodes carry a launch: what a model must have met to be believed."""

from __future__ import annotations

from collections import defaultdict

from ptxenergy.features.terms import BoundTerms
from ptxenergy.launch.inspection import Inspection

# Not of any class of instructions.
_OF_NO_CLASS = frozenset({"launch gap", "static"})


def class_shares(inspection: Inspection, bound: BoundTerms) -> dict[str, float]:
    """What each class carries of the bound: the larger of its shares of time and energy (0 to 1).

    A class is a resource or event of the bound; tensor work counts by the kind of its numbers.
    """
    longest_s = max(bound.times_s.values(), default=bound.time_s)
    found: dict[str, float] = {}
    for name, time_s in bound.times_s.items():
        if name not in _OF_NO_CLASS and time_s > 0:
            found[name] = time_s / longest_s
    for part in bound.contributions:
        if part.name not in _OF_NO_CLASS and part.energy_j > 0:
            found[part.name] = max(found.get(part.name, 0.0), part.energy_j / bound.energy_j)
    tensor = found.pop("tensor", 0.0)
    return found | {f"tensor {kind}": tensor * part for kind, part in _kinds(inspection).items()}


def _kinds(inspection: Inspection) -> dict[str, float]:
    """The share of all multiply-accumulates that each kind of number has."""
    macs: dict[str, float] = defaultdict(float)
    for item in inspection.profile.instructions:
        shape = item.opcode.tensor
        if shape is not None and item.warp:
            macs[shape.kind] += item.warp * shape.macs / shape.warps
    whole = sum(macs.values())
    return {kind: count / whole for kind, count in macs.items()} if whole else {}
