"""Launches, flags and occupancy put into words that fit a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.request import Argument, Assumption, Launch
from ptxenergy.model.prediction import Bound
from ptxenergy.ptx.names import demangle, short_name
from ptxenergy.report.units import percent, ratio

_LONGEST_SIGNATURE = 150

_FLAGS = {
    "sampled": "sampled: only some blocks were evaluated, the totals are scaled up from them",
    "truncated": "truncated: the evaluation was stopped at its limit, what came after is estimated",
    "shared-out-of-bounds": "shared-out-of-bounds: an access lay outside the block's shared memory",
    "local-out-of-bounds": "local-out-of-bounds: an access lay outside the lane's local memory",
    "barrier-mismatch": "barrier-mismatch: not every warp of a block reached a barrier",
    "deep-recursion": "deep-recursion: calls were followed only to a bounded depth",
    "pin-without-effect": "pin-without-effect: the launch itself decides what a pin was given for",
    "tensor-work-unknown": "tensor-work-unknown: the size of matrix products is in a descriptor, "
    "not in the PTX; their time and energy are missing",
    "no-tensor-unit": "no-tensor-unit: this GPU has no matrix unit for a product of the kernel; it "
    "is charged to the ordinary lanes",
    "power-limited": "power-limited: the clock stays below the boost clock, or the one that it was "
    "locked at, for power to stay within the limit",
    "tensor-map": "tensor-map: where a tensor lies and how large its boxes are is in its tensor "
    "map, not in the PTX; boxes are told apart by their coordinates",
    "unseen-class": "unseen-class: a class of instructions that carries over a tenth of the bound "
    "was met in fewer than three kernel families when the model was trained",
    "outside-time-range": "outside-time-range: no launch so short or so long was measured; the "
    "interval is wider by how far outside it lies",
    "far-from-training": "far-from-training: the launch is unlike all that were measured; the "
    "interval is wider",
    "foreign-model": "foreign-model: the model was trained on another GPU or for other features",
    "simulated-model": "simulated-model: the model was trained on made-up rows and says nothing of "
    "any GPU",
    "board-settings": "board-settings: boards were measured as they come, with no clock locked and "
    "no other power limit",
    "bulk-misaligned": "bulk-misaligned: a bulk copy's place or size is no multiple of 16 bytes",
    "wait-unmet": "wait-unmet: a wait passed before what it waits for had come; values are wrong",
    "spin-wait": "spin-wait: a wait for another thread counts as one successful try",
}


def problem(launch: Launch, assumptions: Sequence[Assumption]) -> str:
    """The launch that the numbers are about: what was given, then what had to be assumed."""
    codes = {assumption.code for assumption in assumptions}
    parts = [
        (f"grid {launch.grid.short}", "grid" in codes),
        (f"block {launch.block.short}", "block" in codes),
    ]
    if launch.shared_bytes:
        parts.append((f"{launch.shared_bytes} B of dynamic shared memory", False))
    for index, argument in enumerate(launch.arguments):
        if isinstance(argument.shown, int | float):
            text = f"argument {index}={argument.shown:.10g}"
            parts.append((text, _is_assumed(index, argument, assumptions)))
    given = _listed(text for text, assumed in parts if not assumed)
    guessed = _listed(text for text, assumed in parts if assumed)
    return "; ".join(filter(None, (given, guessed and f"assumed {guessed}")))


def signature(kernel: str) -> str | None:
    """The demangled name with its parameters, cut where very long; None where it adds nothing."""
    full = demangle(kernel)
    if full == short_name(kernel):
        return None
    return full if len(full) <= _LONGEST_SIGNATURE else full[: _LONGEST_SIGNATURE - 1] + "…"


def flag(code: str) -> str:
    """A flag in words; one without an entry is shown as it is."""
    return _FLAGS.get(code, code)


def residency(inspection: Inspection) -> str:
    """Occupancy, what limits it, and the waves in which the grid runs."""
    occupancy = inspection.occupancy
    blocks = "block" if occupancy.blocks_per_sm == 1 else "blocks"
    return (
        f"{percent(occupancy.fraction)} ({occupancy.blocks_per_sm} {blocks}, "
        f"{occupancy.warps_per_sm} warps per SM), limited by {occupancy.limiter}"
    )


def registers(inspection: Inspection) -> str:
    """Registers per thread and where the number comes from."""
    source = {
        "liveness": "estimated from the PTX",
        "ptxas": "by ptxas",
        "user": "as given",
    }.get(inspection.registers_source, inspection.registers_source)
    return f"{inspection.registers_per_thread} per thread, {source}"


def chain(bound: Bound) -> str:
    """What one warp waits for."""
    found = bound.chain
    trips = ratio(found.memory_trips, 1)
    return (
        f"a warp alone: {found.cycles:,.0f} cycles, {ratio(found.parallelism, 1)} instructions at "
        f"once, {trips} {'trip' if trips == '1' else 'trips'} to memory"
    )


def placement(bound: Bound) -> str:
    """How the launch lies on the SMs, and what of them stands idle for it."""
    lies = bound.placement
    turns = "turn" if lies.turns == 1 else "turns"
    idle = f"SMs idle {percent(lies.tail_share)} of the time" if lies.tail_share else "no SM idle"
    return f"busiest SM: {lies.turns:,.0f} {turns} of {lies.resident_warps:,.0f} warps, {idle}"


def exactness(inspection: Inspection) -> str:
    """Whether the counts are exact, and if not, what was not decided."""
    exact = inspection.profile.exact
    decided = {"control": exact.control, "addresses": exact.addresses}
    lacking = [name for name, held in decided.items() if not held]
    if lacking:
        return f"no: {' and '.join(lacking)} partly assumed or sampled"
    if inspection.unknown_opcodes:
        return "no: opcodes are unknown"
    return "yes: every branch and address of this launch was decided"


def _listed(parts: Iterable[str]) -> str:
    """The parts joined by commas, the word `argument` said once."""
    first, *rest = (*parts, "")
    arguments = first.startswith("argument ")
    shown = [first]
    for part in rest[:-1] if first else ():
        shown.append(part.removeprefix("argument ") if arguments else part)
        arguments = arguments or part.startswith("argument ")
    return ", ".join(shown)


def _is_assumed(index: int, argument: Argument, assumptions: Sequence[Assumption]) -> bool:
    targets = (str(index), argument.parameter.name)
    return any(
        assumption.option.startswith(f"--arg {target}{mark}")
        for assumption in assumptions
        if assumption.code == "argument"
        for target in targets
        for mark in "=+:"
    )


def printable(text: str) -> str:
    """The text without control characters, which could steer a terminal; line breaks stay."""
    return "".join(
        character
        if character in "\n\t" or not _is_control(character)
        else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def _is_control(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
