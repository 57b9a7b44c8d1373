"""Launches of small kernels written by hand, for the tests of the reference evaluation."""

from __future__ import annotations

import struct

from ptxenergy.launch.profile import InstructionProfile, LaunchProfile, Traffic
from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory, evaluate
from ptxenergy.launch.request import Argument, Dim3, Launch, Pins
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Function, Module, Parameter

HEADER = ".version 8.0\n.target sm_80\n.address_size 64\n"
FORMATS = {"f32": "<f", "f64": "<d"}


def module_of(body: str, parameters: str = "", before: str = "") -> Module:
    """A module with one kernel `k`; `body` declares its own registers."""
    text = f"{HEADER}{before}\n.visible .entry k({parameters})\n{{\n{body}\n}}\n"
    return parse_text(text.encode(), "hand.ptx")


def region(index: int) -> int:
    """Where the memory of the pointer parameter of this index starts."""
    return (index + 1) << 40


def launch_of(
    kernel: Function,
    grid: tuple[int, ...] | int,
    block: tuple[int, ...] | int,
    values: dict[int, int | float] | None = None,
    shared: int = 0,
) -> Launch:
    """A launch; parameters without a value are pointers to regions of their own."""
    arguments = tuple(
        _argument(index, parameter, (values or {}).get(index))
        for index, parameter in enumerate(kernel.parameters)
    )
    return Launch(_extents(grid), _extents(block), shared, arguments)


def _extents(given: tuple[int, ...] | int) -> Dim3:
    return Dim3(given) if isinstance(given, int) else Dim3(*given)


def _argument(index: int, parameter: Parameter, value: int | float | None) -> Argument:
    if value is None:
        image = region(index).to_bytes(parameter.size_bytes, "little")
        return Argument(parameter, image, (0,), "pointer")
    if isinstance(value, float):
        return Argument(parameter, struct.pack(FORMATS[parameter.type], value), (), value)
    bits = value & ((1 << (8 * parameter.size_bytes)) - 1)
    return Argument(parameter, bits.to_bytes(parameter.size_bytes, "little"), (), value)


def run(
    module: Module,
    launch: Launch,
    memory: GlobalMemory | None = None,
    options: EvaluationOptions | None = None,
) -> LaunchProfile:
    """Evaluate the whole launch of the module's first kernel."""
    return evaluate(module, module.kernels[0], launch, options or EvaluationOptions(), memory)


def counted(
    module: Module,
    grid: tuple[int, ...] | int,
    block: tuple[int, ...] | int,
    values: dict[int, int | float] | None = None,
    pins: Pins | None = None,
) -> LaunchProfile:
    """Evaluate a launch in which nothing is known of memory contents."""
    launch = launch_of(module.kernels[0], grid, block, values)
    return run(module, launch, options=EvaluationOptions(pins=pins or Pins()))


def only(profile: LaunchProfile, opcode: str) -> InstructionProfile:
    """The one instruction of the profile with this opcode."""
    (found,) = [i for i in profile.instructions if i.opcode.text == opcode]
    return found


def traffic(profile: LaunchProfile, space: str, direction: str) -> Traffic:
    """The traffic of one space and direction over all instructions."""
    return profile.traffic()[space, direction]
