"""What is assumed where data decides: branches, loop trips, addresses; and what is noted.

With real memory contents nothing is assumed: values decide, and it is only noted that they did.
Random choices are hashes of where and when they are made, so that a run repeats itself exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, TypeVar

import numpy as np

from ptxenergy.launch.reference.lanes import WARP, Array, Bools
from ptxenergy.launch.request import Assumption, Pins, Trips
from ptxenergy.ptx.syntax import Instruction

T = TypeVar("T")
DEFAULT_TRIPS: Final = 8.0
DEFAULT_PROBABILITY: Final = 0.5
_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))
_SHIFTS: Final = (np.uint64(30), np.uint64(27), np.uint64(31))
_UNIT: Final = 2.0**-53


def hashed(keys: Array, salt: int) -> Array:
    """A 64-bit number for each key, well mixed (the finaliser of SplitMix64, Steele 2014)."""
    mixed = (keys.astype(np.uint64) + np.uint64(salt & 0xFFFF_FFFF_FFFF)) * _MIX[0]
    mixed = (mixed ^ (mixed >> _SHIFTS[0])) * _MIX[1]
    mixed = (mixed ^ (mixed >> _SHIFTS[1])) * _MIX[0]
    return mixed ^ (mixed >> _SHIFTS[2])


def uniform(keys: Array, salt: int) -> Array:
    """A number in [0, 1) for each key."""
    return (hashed(keys, salt) >> np.uint64(11)).astype(np.float64) * _UNIT


def iterations(trips: Trips, lanes: Array, warps: Array) -> Array:
    """Iterations of each lane from random numbers in [0, 1): its own, and its warp's.

    Where only the mean is known, all lanes make that many, rounded up in some. Else lane i makes
    c · uᵢᵏ, rounded by its warp's number: the mean is c / (k + 1), and of n lanes the largest is
    c · n / (n + k) in the mean, which gives c and k.
    """
    mean = trips.lane
    if trips.warp <= mean:
        whole = np.floor(mean)
        found: Array = (whole + (lanes < mean - whole)).astype(np.int64)
        return found
    ratio = min(trips.warp / mean, WARP - 1)
    power = WARP * (ratio - 1) / (WARP - ratio)
    found = np.floor(mean * (power + 1) * lanes**power + warps)
    return found.astype(np.int64)


class Policy:
    """Answers for what cannot be known, and the list of what was answered."""

    def __init__(self, pins: Pins, *, assumes: bool) -> None:
        self.pins = pins
        self.assumes = assumes
        self.control_exact = True
        self.addresses_exact = True
        self.flags: dict[str, None] = {}
        self._assumptions: dict[tuple[str, int | None], Assumption] = {}
        self._consulted: set[tuple[str, int]] = set()

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Everything assumed so far, each place once, in order of first need."""
        return tuple(self._assumptions.values())

    def flag(self, name: str) -> None:
        """Note that something happened which a reader of the counts should know."""
        self.flags[name] = None

    def assume(self, code: str, instruction: Instruction | None, said: str, option: str) -> None:
        """Record an assumption made at an instruction, once for each place and code."""
        line = None if instruction is None else instruction.location.line
        if self.assumes and (code, line) not in self._assumptions:
            place = "" if instruction is None else f"{described(instruction)}: "
            self._assumptions[code, line] = Assumption(code, line, place + said, option)

    def add(self, assumption: Assumption) -> None:
        """Record an assumption that belongs to no one instruction."""
        self._assumptions[assumption.message, assumption.line] = assumption

    def pinned_access(self, line: int) -> str | float | None:
        """What the user says of the access on a line."""
        return self._consult("access", self.pins.accesses, line)

    def has_idle_pins(self, lines: Collection[int]) -> bool:
        """Whether a pin on one of these lines was never asked for: the launch decides there."""
        pinned = {("branch", line) for line in self.pins.branches}
        pinned |= {("trip", line) for line in self.pins.trips}
        pinned |= {("access", line) for line in self.pins.accesses}
        return any(line in lines for _, line in pinned - self._consulted)

    def _consult(self, option: str, pins: Mapping[int, T], line: int) -> T | None:
        self._consulted.add((option, line))
        return pins.get(line)

    def takes_branch(self, instruction: Instruction, keys: Array, unknown: Bools) -> Array:
        """For each lane, whether it takes a branch (or passes a guard) that data decides.

        `keys` must differ between lanes and between visits of one lane.
        """
        salt = instruction.location.line * 1_000_003
        chances: Array = uniform(keys, salt) < self.chance(instruction)
        return chances & unknown

    def chance(self, instruction: Instruction) -> float:
        """The probability that a lane takes a branch (or passes a guard) that data decides."""
        line = instruction.location.line
        probability = self._consult("branch", self.pins.branches, line)
        self.control_exact = False
        if probability is None:
            probability = DEFAULT_PROBABILITY
            what = "branch" if instruction.opcode.startswith("bra") else "guard"
            said = f"{what} depends on data; each lane takes it with probability {probability:g}"
            self.assume("branch", instruction, said, f"--branch {line}={probability:g}")
        return probability

    def takes_target(self, instruction: Instruction, keys: Array, targets: int) -> Array:
        """For each lane, which target of an indirect branch it takes where data decides.

        A pin is the probability of the first target; the others share the rest.
        """
        line = instruction.location.line
        self.control_exact = False
        any_target = (hashed(keys, line) % np.uint64(targets)).astype(np.int64)
        pinned = self._consult("branch", self.pins.branches, line)
        if pinned is None:
            said = "indirect branch depends on data; all targets equally likely"
            self.assume("branch", instruction, said, f"--branch {line}={1 / targets:.6g}")
            return any_target
        other = 1 + (hashed(keys, line) % np.uint64(max(1, targets - 1))).astype(np.int64)
        return np.where(uniform(keys, line * 1_000_003) < pinned, 0, np.minimum(other, targets - 1))

    def takes_call(self, instruction: Instruction, keys: Array, callee: str) -> Array:
        """For each lane, whether it makes a call whose target data decides (unpinned: all do).

        Where no callee is known its body cannot be counted, and nothing pins that.
        """
        line = instruction.location.line
        self.control_exact = False
        pinned = self._consult("branch", self.pins.branches, line)
        if not callee:
            self.assume("call", instruction, "callee depends on data; its body is not counted", "")
        elif pinned is None:
            said = f"callee depends on data; {callee} in all lanes"
            self.assume("call", instruction, said, f"--branch {line}=1")
        if pinned is None:
            return np.ones(len(keys), np.bool_)
        chosen: Array = uniform(keys, line * 1_000_003) < pinned
        return chosen

    def trips(self, instruction: Instruction) -> Trips:
        """Iterations of a loop whose exit data decides at this instruction."""
        line = instruction.location.line
        self.control_exact = False
        pinned = self._consult("trip", self.pins.trips, line)
        if pinned is not None:
            return pinned if isinstance(pinned, Trips) else Trips(pinned, 0.0)
        said = f"loop ends when data says so; {DEFAULT_TRIPS:g} iterations"
        self.assume("trip", instruction, said, f"--trip {line}={DEFAULT_TRIPS:g}")
        return Trips(DEFAULT_TRIPS, 0.0)

    def access(self, instruction: Instruction, space: str) -> str | float:
        """How to count lanes whose address is unknown: a pin, or `random`."""
        line = instruction.location.line
        self.addresses_exact = False
        pinned = self.pinned_access(line)
        if pinned is not None:
            return pinned
        piece = {"shared": "a random bank", "constant": "one word"}.get(space, "one sector")
        why = "layout is the driver's" if space == "texture" else "address depends on data"
        said = f"{space} {why}; {piece} a lane"
        self.assume("access", instruction, said, f"--access {line}=random")
        return "random"


def described(instruction: Instruction) -> str:
    """The opcode, and the source line that it was compiled from where the file says."""
    source = instruction.source
    name = instruction.opcode
    if source is None:
        return name
    return f"{name} ({source.file.rsplit('/', 1)[-1]}:{source.line})"
