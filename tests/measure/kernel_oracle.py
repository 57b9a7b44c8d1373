"""Runs a kernel worth measuring in the reference interpreter, on its own buffers, and compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.reference import EvaluationOptions, GlobalMemory, evaluate
from ptxenergy.launch.reference.lanes import WARP
from ptxenergy.launch.request import Argument, Dim3, Launch
from ptxenergy.measure.campaign.verify import difference
from ptxenergy.measure.kernels.catalog import Entry, read_ptx
from ptxenergy.measure.kernels.kernel import Data, Extent, Kernel
from ptxenergy.ptx import parse_text
from ptxenergy.ptx.syntax import Function, Parameter

Array = npt.NDArray[Any]

# All ones are a NaN in every float format: what a kernel reads from there shows in its result.
_GUARD = np.full(256, 0xFF, np.uint8)

# Each wait for an mbarrier; one that passes too early has a flag of its own, `wait-unmet`.
_HARMLESS = {"spin-wait"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Argument arrays before and after one launch, by argument index."""

    before: Mapping[int, Array]
    after: Mapping[int, Array]
    expected: Mapping[int, Array]
    went_outside: tuple[int, ...]
    profile: LaunchProfile


def outcome(entry: Entry, block: Extent) -> Outcome:
    """Launch a kernel once at its check size. Raises AssertionError where memory is left."""
    kernel, size = entry.kernel, entry.kernel.check_size
    arguments = kernel.arguments(np, size, Data())
    module = parse_text(read_ptx(entry.ptx), entry.ptx.name)
    function = module.functions[kernel.entry]
    memory = GlobalMemory(seed=1)
    before = {i: a.copy() for i, a in enumerate(arguments) if isinstance(a, np.ndarray)}
    for index, array in before.items():
        memory.write(_place(index) - _GUARD.size, _GUARD)
        memory.write(_place(index), array)
        memory.write(_place(index) + array.nbytes, _GUARD)
    launch = _launch(kernel, function, arguments, block)
    profile = evaluate(module, function, launch, EvaluationOptions(data=1), memory)
    if set(profile.flags) - _HARMLESS:
        raise AssertionError(f"{kernel.name} {block}: {', '.join(profile.flags)}")
    after = {i: memory.read(_place(i), a.size, a.dtype).reshape(a.shape) for i, a in before.items()}
    expected = kernel.expected(size, arguments)
    outside = tuple(i for i, a in before.items() if not _is_guarded(memory, i, a.nbytes))
    return Outcome(before, after, expected, outside, profile)


def faults(kernel: Kernel, found: Outcome) -> list[str]:
    """What is wrong: results, inputs changed, writes beyond a buffer, warps that are not whole."""
    wrong = [f"argument {index}: written out of bounds" for index in found.went_outside]
    wrong += [
        f"line {item.instruction.location.line}: {item.opcode.text} in part of a warp"
        for item in found.profile.instructions
        if "aligned" in item.opcode.modifiers and item.thread != WARP * item.warp
    ]
    for index, array in found.after.items():
        if index in found.expected:
            wanted = np.asarray(found.expected[index])
            message = _difference(array, wanted, kernel.tolerance)
        else:
            same = array.tobytes() == found.before[index].tobytes()
            message = "" if same else "an input was written"
        wrong += [f"argument {index}: {message}"] if message else []
    return wrong


def _place(index: int) -> int:
    return (index + 1) << 40


def _is_guarded(memory: GlobalMemory, index: int, size: int) -> bool:
    sides = (_place(index) - _GUARD.size, _place(index) + size)
    return all((memory.read(at, _GUARD.size, np.uint8) == _GUARD).all() for at in sides)


def _launch(
    kernel: Kernel, function: Function, arguments: tuple[Any, ...], block: Extent
) -> Launch:
    size = kernel.check_size
    pairs = zip(function.parameters, arguments, strict=True)
    images = tuple(_argument(i, p, a) for i, (p, a) in enumerate(pairs))
    shared = kernel.dynamic_shared_bytes(size, block)
    return Launch(Dim3(*kernel.grid(size, block)), Dim3(*block), shared, images)


def _argument(index: int, parameter: Parameter, value: Any) -> Argument:
    if isinstance(value, np.ndarray):
        return Argument(parameter, _place(index).to_bytes(8, "little"), (0,), "pointer")
    image = value.tobytes()
    if len(image) != parameter.size_bytes:
        raise AssertionError(f"argument {index} is {value.dtype}, {parameter.type} is wanted")
    return Argument(parameter, image, (), value.item())


def _difference(found: Array, wanted: Array, tolerance: float) -> str:
    if wanted.dtype.kind == "f" and not np.isfinite(wanted).all():
        return "the expected result is not finite"
    return difference(found, wanted, tolerance)
