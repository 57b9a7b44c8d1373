"""What a launch executes: counts per instruction, and everything derived from them by adding.

All counts are totals over the whole launch, in NVIDIA's terms (docs/counts.md has the rules).
They are whole numbers where the launch was evaluated whole and estimates where it was sampled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from ptxenergy.launch.request import Assumption, Launch
from ptxenergy.program.opcode import Opcode
from ptxenergy.ptx.syntax import Instruction


class Traffic(Struct, frozen=True):
    """Memory traffic of one space and direction.

    `requests` are warp-level instructions with an active lane; `sectors` distinct 32-byte pieces
    per request, summed; `wavefronts` shared-memory passes (constant: distinct words); `bytes`
    lanes × width. `same_address_max` and `same_address_sum` hold, for atomics, the largest number
    of lanes of one request on one address, and its sum over requests.
    """

    requests: float = 0
    sectors: float = 0
    wavefronts: float = 0
    bytes: float = 0
    same_address_max: float = 0
    same_address_sum: float = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.requests + other.requests,
            self.sectors + other.sectors,
            self.wavefronts + other.wavefronts,
            self.bytes + other.bytes,
            max(self.same_address_max, other.same_address_max),
            self.same_address_sum + other.same_address_sum,
        )

    def scaled(self, factor: float) -> Traffic:
        """The same traffic `factor` times; the per-request maximum does not scale."""
        return Traffic(
            *(
                getattr(self, name) * (1 if name == "same_address_max" else factor)
                for name in self.__struct_fields__
            )
        )


class InstructionProfile(Struct, frozen=True):
    """What one static instruction did over the launch.

    `warp`: times issued (`inst_executed`). `thread`: active lanes whose guard is true
    (`thread_inst_executed_pred_on`); a branch counts all its active lanes. `active`: active
    lanes before the guard. `traffic` is keyed by (space, direction).
    """

    instruction: Instruction
    opcode: Opcode
    warp: float = 0
    thread: float = 0
    active: float = 0
    traffic: Mapping[tuple[str, str], Traffic] = field(default_factory=dict)


class Exactness(Struct, frozen=True):
    """What was decided without assuming or sampling anything."""

    control: bool
    addresses: bool

    @property
    def all(self) -> bool:
        """Both."""
        return self.control and self.addresses


class Reach(Struct, frozen=True):
    """Distinct 32-byte global sectors at three scopes.

    `block`: distinct within each block, summed over all blocks (what misses a perfect L1). `wave`:
    distinct within one wave of co-resident blocks. `launch`: distinct over the launch (what DRAM
    must move at least once). Blocks go in linear order, x fastest, cut into groups of as many as
    the GPU holds at once; the wave is the middle full one, number (full waves - 1) // 2, or the
    whole launch where that is less than a wave or where it was not said how many a wave has.
    """

    block: float = 0
    wave: float = 0
    launch: float = 0


class Footprint(Struct, frozen=True):
    """What a launch touches of global memory; estimates where `blocks_evaluated` is a sample.

    `any`: sectors read or written. `read`, `write`: by direction; an atomic does both.
    `partial_write_sectors`: launch-scope sectors that are written to, but not in all 32 bytes.
    `by_argument`: name of a parameter, or of a module variable -> (read, write). A sector of
    unknown address is taken for one that nothing else touches, and belongs to no argument.
    """

    any: Reach = Reach()
    read: Reach = Reach()
    write: Reach = Reach()
    partial_write_sectors: float = 0
    by_argument: Mapping[str, tuple[Reach, Reach]] = field(default_factory=dict)


class LaunchProfile(Struct, frozen=True):
    """A launch, counted. `flags` are short codes such as `sampled`, `truncated`, `spin-wait`."""

    kernel: str
    launch: Launch
    instructions: tuple[InstructionProfile, ...]
    exact: Exactness
    blocks_evaluated: int
    footprint: Footprint = Footprint()
    assumptions: tuple[Assumption, ...] = ()
    flags: tuple[str, ...] = ()

    def by_opcode(self) -> dict[str, tuple[float, float]]:
        """{opcode: (warp, thread)} of every opcode that was issued, in order of first use."""
        totals: dict[str, tuple[float, float]] = {}
        for profile in self.instructions:
            if profile.warp:
                warp, thread = totals.get(profile.opcode.text, (0, 0))
                totals[profile.opcode.text] = (warp + profile.warp, thread + profile.thread)
        return totals

    def traffic(self) -> dict[tuple[str, str], Traffic]:
        """{(space, direction): traffic} over all instructions."""
        totals: dict[tuple[str, str], Traffic] = {}
        for profile in self.instructions:
            for key, traffic in profile.traffic.items():
                totals[key] = totals.get(key, Traffic()) + traffic
        return totals

    def mean_active_lanes(self) -> float:
        """Active lanes per issued warp instruction, before the guard; 0 where nothing ran."""
        return _ratio(
            (profile.active for profile in self.instructions),
            (profile.warp for profile in self.instructions),
        )


def _ratio(numerators: Iterable[float], denominators: Iterable[float]) -> float:
    denominator = sum(denominators)
    return sum(numerators) / denominator if denominator else 0.0
