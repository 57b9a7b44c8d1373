"""A cause in counts: what was, what is, and where in the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from ptxenergy.compare.assembly import OCCUPANCY
from ptxenergy.compare.parts import (
    ATOMICS,
    BARRIERS,
    EXPANDED_MARK,
    LOADS,
    LOCAL,
    SHARED,
    STORES,
    TENSOR,
    Side,
    group_of,
)
from ptxenergy.explain.explanation import Place
from ptxenergy.launch.profile import InstructionProfile, Traffic

_WHOLE_TITLES = frozenset({"textures", "parameters and constants", "fences and waits"})
_EXPANDED_NAMES: Final = {
    "div": "divisions",
    "rem": "remainders",
    "sqrt": "square roots",
    "rcp": "reciprocals",
    "rsqrt": "reciprocal roots",
    "sin": "sines",
    "cos": "cosines",
}
WARPS: Final = "warp instructions"
"""The unit of most counts."""

BYTES: Final = "bytes"
"""The unit of what is moved."""

_SHOWN_PLACES = 3
_GLOBAL = ("global", "generic")
_BYTES_PER_SECTOR = 32


class Counted(Struct, frozen=True):
    """`what` went from `old` to `new`, in `unit`. `places` have most of it: of the new version, or,
    where that has none of it, of the old one (`in_old`). `detail` says more, in words."""

    what: str
    unit: str
    old: float
    new: float
    places: tuple[Place, ...] = ()
    detail: str = ""
    in_old: bool = False


class _Measure(Struct, frozen=True):
    """How one kind of part is counted: of a side, and of one instruction for its place."""

    what: str
    unit: str
    of: Callable[[Side], float]
    weight: Callable[[InstructionProfile], float]


def counted(parts: Sequence[str], old: Side, new: Side) -> Counted:
    """The parts that differ between two versions, in counts."""
    if len(parts) > 1:
        return Counted(
            f"{len(parts)} lesser changes",
            WARPS,
            sum(_warps(part)(old) for part in parts),
            sum(_warps(part)(new) for part in parts),
            detail=", ".join(_title(part) for part in parts),
        )
    (part,) = parts
    if part == OCCUPANCY:
        return _occupancy(old, new)
    choices = _measures(part)
    measure = next((m for m in choices if _differs(m.of(old), m.of(new))), choices[0])
    in_old = not any(measure.weight(item) > 0 for item in _issued(new))
    return Counted(
        measure.what,
        measure.unit,
        measure.of(old),
        measure.of(new),
        _places(old if in_old else new, measure.weight),
        _detail(part, new, old),
        in_old,
    )


def _measures(part: str) -> tuple[_Measure, ...]:
    """The counts that may tell of a change of this part, the most telling first."""
    group = _Measure(_title(part), WARPS, _warps(part), lambda i: _own(part, i))
    if part in ("load", "store"):
        ways = ("load",) if part == "load" else ("store", "atomic")
        name, sectors = f"global {part}s", _sectors(ways)
        return (
            _Measure(f"{name}: sectors", "a request", _quotient(part, "sectors"), sectors),
            _Measure(f"{name}: L2 bytes", "a request", _quotient(part, "l2"), sectors),
            _Measure(f"{name}: DRAM bytes", "a request", _quotient(part, "dram"), sectors),
        )
    if part == "shared":
        return (
            _Measure(
                "shared memory: passes", "a request", _quotient(part, "wavefronts"), _wavefronts
            ),
            _Measure("shared memory: bytes", "a request", _quotient(part, "bytes"), _wavefronts),
        )
    if part == "overlap":
        return (_Measure("instructions in flight", "at once", _parallelism, lambda _: 0.0),)
    if part == ATOMICS:
        turns = _Measure("atomics: lanes on one address", "a request", _same_address, _contention)
        return (group, turns)
    if part == LOCAL:
        bytes_ = _Measure("local memory (arrays, spills)", BYTES, _local_bytes, _local_of)
        return (bytes_, group)
    if part == TENSOR:
        products = _Measure("matrix products", "multiply-accumulates", _macs, group.weight)
        operands = _Measure("matrix operands in shared memory", BYTES, _operands, group.weight)
        return (products, operands, group)
    return (group,)


def _title(part: str) -> str:
    if part.startswith(EXPANDED_MARK):
        root = part.removeprefix(EXPANDED_MARK)
        return _EXPANDED_NAMES.get(root, f"`{root}`")
    whole = {BARRIERS: BARRIERS, ATOMICS: ATOMICS, LOADS: LOADS, STORES: STORES, LOCAL: LOCAL}
    patterns = {
        "load": "how loads reach memory",
        "store": "how stores reach memory",
        "shared": "bank conflicts",
        "overlap": "overlap",
        OCCUPANCY: OCCUPANCY,
        SHARED: "shared memory accesses",
    }
    said = whole.get(part) or patterns.get(part)
    return said or (part if part in _WHOLE_TITLES else f"{part} instructions")


def _occupancy(old: Side, new: Side) -> Counted:
    """Resident warps, and what of registers and shared memory changed them."""
    was, now = old.prediction.inspection, new.prediction.inspection
    said = [f"limited by {now.occupancy.limiter}"]
    if was.registers_per_thread != now.registers_per_thread:
        said.append(f"registers {was.registers_per_thread} → {now.registers_per_thread} a thread")
    before, after = (
        one.occupancy.shared_bytes_per_sm / max(1, one.occupancy.blocks_per_sm)
        for one in (was, now)
    )
    if before != after:
        said.append(f"shared memory {before:,.0f} → {after:,.0f} B a block")
    return Counted(
        "occupancy: warps",
        "an SM",
        was.occupancy.warps_per_sm,
        now.occupancy.warps_per_sm,
        detail=", ".join(said),
    )


def _detail(part: str, new: Side, old: Side) -> str:
    if part.startswith(EXPANDED_MARK):
        items = new.instructions.get(part) or old.instructions.get(part, ())
        shown = dict.fromkeys((i.opcode.text, i.opcode.expansion) for i in items)
        return ", ".join(f"{text}: about {each:g} machine instructions" for text, each in shown)
    if part == "shared":
        return "bank conflicts"
    return ""


def _issued(side: Side) -> list[InstructionProfile]:
    return [item for items in side.instructions.values() for item in items]


def _places(side: Side, weight: Callable[[InstructionProfile], float]) -> tuple[Place, ...]:
    """The lines with most of it, at most three, the most first."""
    found: dict[Place, float] = {}
    for item in _issued(side):
        if (amount := weight(item)) > 0:
            place = place_of(item, side.prediction.inspection.file)
            found[place] = found.get(place, 0.0) + amount
    ordered = sorted(found, key=lambda place: (-found[place], place.file, place.line))
    return tuple(ordered[:_SHOWN_PLACES])


def place_of(item: InstructionProfile, file: str) -> Place:
    """The source line by `.loc`, else that of the PTX file. Code that was inlined from another
    file is placed where the kernel's own file calls it."""
    at = item.instruction.source
    lines = []
    while at is not None:
        lines.append(Place(at.file, at.line))
        at = at.inlined_at
    own = [place for place in lines if place.file == lines[-1].file and place.line > 0]
    return own[0] if own else Place(file, item.instruction.location.line)


def _warps(part: str) -> Callable[[Side], float]:
    return lambda side: sum(item.warp for item in side.instructions.get(part, ()))


def _own(part: str, item: InstructionProfile) -> float:
    return item.warp if group_of(item) == part else 0.0


def _quotient(pattern: str, part: str) -> Callable[[Side], float]:
    return lambda side: side.patterns[pattern][part] or 0.0


def _parallelism(side: Side) -> float:
    return side.prediction.bound.chain.parallelism


def _traffic(item: InstructionProfile, spaces: Sequence[str], ways: Sequence[str]) -> Traffic:
    kept = (t for (space, way), t in item.traffic.items() if space in spaces and way in ways)
    return sum(kept, Traffic())


def _sectors(ways: Sequence[str]) -> Callable[[InstructionProfile], float]:
    return lambda item: _traffic(item, _GLOBAL, ways).sectors


def _wavefronts(item: InstructionProfile) -> float:
    return _traffic(item, ("shared", "cluster"), ("load", "store", "atomic")).wavefronts


def _contention(item: InstructionProfile) -> float:
    return _traffic(item, (*_GLOBAL, "shared", "cluster"), ("atomic",)).same_address_sum


def _same_address(side: Side) -> float:
    items = side.instructions.get(ATOMICS, ())
    requests = sum(
        _traffic(i, (*_GLOBAL, "shared", "cluster"), ("atomic",)).requests for i in items
    )
    return sum(map(_contention, items)) / requests if requests else 0.0


def _local_of(item: InstructionProfile) -> float:
    return _BYTES_PER_SECTOR * _traffic(item, ("local",), ("load", "store")).sectors


def _local_bytes(side: Side) -> float:
    return sum(map(_local_of, side.instructions.get(LOCAL, ())))


def _macs(side: Side) -> float:
    total = 0.0
    for item in side.instructions.get(TENSOR, ()):
        shape = item.opcode.tensor
        total += item.warp * shape.macs / shape.warps if shape is not None else 0.0
    return total


def _operands(side: Side) -> float:
    return side.amounts.get(TENSOR, {}).get(("operand bytes", ""), 0.0)


def _differs(one: float, other: float) -> bool:
    return abs(one - other) > 1e-9 * max(abs(one), abs(other))
