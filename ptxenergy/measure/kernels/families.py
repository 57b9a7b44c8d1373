"""Families of kernels, fixed before measuring: by algorithm, not by variant; and which are locked.

`datasets/families.toml` names every real family with its algorithm. A quarter of them, at least
ten, is locked: measured, but never trained on, plotted or looked into. Which ones is nobody's
choice: they come first in the order of the SHA-256 of their names. Families of the plan's anchors
are not drawn from: anchors are looked at all the time.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ptxenergy.measure.kernels.catalog import Entry

GENERATED = "generated"
_LEAST_LOCKED, _LOCKED_SHARE = 10, 4


class FamilyError(ValueError):
    """The list of families is damaged."""


@dataclass(frozen=True, slots=True)
class Family:
    """A real family: what all its kernels compute, whatever their form."""

    name: str
    algorithm: str
    is_locked: bool


def group_of(family: str) -> str:
    """What is held out together: a real family by its name, everything generated as one."""
    return GENERATED if family.split(":")[0] == GENERATED else family


def locked_by_hash(names: Iterable[str], of_anchors: Iterable[str] = ()) -> frozenset[str]:
    """The families to lock: the first quarter (rounded up, at least ten) by SHA-256 of the name.

    Names in `of_anchors` are left out before the quarter is taken.
    """
    drawn = set(names) - set(of_anchors)
    order = sorted(drawn, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    count = max(_LEAST_LOCKED, -(-len(order) // _LOCKED_SHARE))
    return frozenset(order[:count])


def read_families(datasets: Path) -> dict[str, Family]:
    """The real families by name. Raises FamilyError where the file says something else."""
    path = datasets / "families.toml"
    described = tomllib.loads(path.read_text(encoding="utf-8"))
    algorithms, locked = described.get("algorithm"), described.get("locked")
    if not isinstance(algorithms, dict) or not isinstance(locked, list):
        raise FamilyError(f"{path.name} has no table `algorithm` or no list `locked`")
    unknown = set(locked) - set(algorithms)
    if unknown:
        raise FamilyError(f"{path.name} locks families that it does not know: {sorted(unknown)}")
    return {name: Family(name, str(text), name in locked) for name, text in algorithms.items()}


def locked_families(datasets: Path) -> frozenset[str]:
    """The names of the locked families. Raises FamilyError, and OSError without the file."""
    return frozenset(n for n, family in read_families(datasets).items() if family.is_locked)


def real_families(entries: Iterable[Entry]) -> frozenset[str]:
    """The families of the kernels that were not generated."""
    return frozenset(e.kernel.family for e in entries if not e.kernel.is_generated)
