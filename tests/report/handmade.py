"""Results made by hand: small numbers whose sums a reader can check."""

from __future__ import annotations

from msgspec.structs import replace

from ptxenergy.gpu.occupancy import Occupancy
from ptxenergy.launch.inspection import Inspection
from ptxenergy.launch.profile import Exactness, InstructionProfile, LaunchProfile, Traffic
from ptxenergy.launch.request import Argument, Assumption, Dim3, Launch
from ptxenergy.model.prediction import (
    Bound,
    Chain,
    Conditions,
    Contribution,
    Placement,
    Prediction,
    Quantity,
)
from ptxenergy.program.opcode import Category, Opcode, TensorShape
from ptxenergy.ptx.syntax import Instruction, Location, Parameter

KERNEL = "_Z9transposePfPKfii"


def opcode(text: str, category: Category, tensor: TensorShape | None = None) -> Opcode:
    root, *modifiers = text.split(".")
    return Opcode(text, root, tuple(modifiers), (), category, 1, tensor=tensor)


def issued(
    described: Opcode,
    warp: float,
    thread: float,
    active: float | None = None,
    traffic: dict[tuple[str, str], Traffic] | None = None,
) -> InstructionProfile:
    instruction = Instruction(described.text, (), None, Location("t.ptx", 1, 1))
    lanes = thread if active is None else active
    return InstructionProfile(instruction, described, warp, thread, lanes, traffic or {})


LOAD = issued(
    opcode("ld.global.f32", "memory"),
    100,
    3200,
    traffic={("global", "load"): Traffic(100, 400, 0, 12800)},
)
STORE = issued(
    opcode("st.shared.f32", "memory"),
    100,
    3200,
    traffic={("shared", "store"): Traffic(100, 0, 3200, 12800)},
)
ATOMIC = issued(
    opcode("red.global.add.u32", "atomic"),
    10,
    320,
    traffic={("global", "atomic"): Traffic(10, 10, 0, 1280, 32, 320)},
)
GUARDED = issued(opcode("fma.rn.f32", "fp32"), 200, 3200, active=6400)
BARRIER = issued(opcode("bar.sync", "barrier"), 100, 3200)
FENCE = issued(opcode("membar.gl", "barrier"), 100, 3200)

LAUNCH = Launch(
    grid=Dim3(25, 1, 1),
    block=Dim3(32, 4, 1),
    shared_bytes=0,
    arguments=(
        Argument(Parameter(f"{KERNEL}_param_0", "u64", 8, 8), bytes(8), (0,), "pointer"),
        Argument(Parameter(f"{KERNEL}_param_1", "u64", 8, 8), bytes(8), (0,), "pointer"),
        Argument(Parameter(f"{KERNEL}_param_2", "u32", 4, 4), bytes(4), (), 800),
        Argument(Parameter(f"{KERNEL}_param_3", "f32", 4, 4), bytes(4), (), 1.5),
    ),
    assumptions=(
        Assumption("grid", None, "one full wave of 25 blocks", "--grid 25"),
        Assumption("argument", 12, "argument 2 is compared with x: its extent", "--arg 2=800"),
    ),
)


def profile(*instructions: InstructionProfile) -> LaunchProfile:
    return LaunchProfile(
        kernel=KERNEL,
        launch=LAUNCH,
        instructions=instructions or (LOAD, STORE, ATOMIC, GUARDED, BARRIER, FENCE),
        exact=Exactness(control=True, addresses=True),
        blocks_evaluated=25,
        assumptions=LAUNCH.assumptions,
    )


def inspection(*instructions: InstructionProfile) -> Inspection:
    return Inspection(
        file="t.ptx",
        gpu="h200",
        profile=profile(*instructions),
        registers_per_thread=16,
        registers_source="liveness",
        occupancy=Occupancy(16, 64, 1.0, "warps"),
        waves=0.25,
    )


PARTS = (Contribution("constant power", 9e-4), Contribution("DRAM", 3e-4))
BOUND = Bound(
    energy_j=1.2e-3,
    time_s=4e-6,
    power_w=300.0,
    clock_mhz=1980,
    times_s={"L2": 1e-6, "DRAM": 3e-6, "latency": 2e-6, "issue": 1e-9},
    contributions=PARTS,
    limiter="DRAM",
    utilisation={"L2": 0.25, "DRAM": 0.75, "latency": 0.5, "issue": 0.00025},
    chain=Chain(cycles=1200, serial_cycles=3000, parallelism=2.5, memory_trips=1),
    placement=Placement(1 / 25, 16.0, 100.0, turns=3, tail_share=0.25, warps_per_block=4),
    traffic_bytes={"l1": 12800, "l2": 6400, "dram": 3200.5},
)


def prediction(of: Inspection | None = None) -> Prediction:
    return Prediction(
        inspection=of or inspection(),
        energy_j=Quantity(1.2e-3, 6e-4, 7.2e-3, 0.9),
        time_s=Quantity(3e-6, 2e-6, 1.8e-5, 0.9),
        power_w=Quantity(400.0, 300.0, 400.0, 0.9),
        bound=BOUND,
        calibrated=False,
        conditions=Conditions(1980, 700, "warm", "random"),
        contributions=PARTS,
    )


def flagged(*codes: str) -> Inspection:
    return replace(inspection(), flags=codes)
