"""Operands as slots, and what fills those of constants, special registers and symbols."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from ptxenergy.launch.closed.code import Code, UnsupportedError
from ptxenergy.launch.closed.value import UNKNOWN, Value, tidy
from ptxenergy.launch.reference.lanes import WARP, Array
from ptxenergy.launch.reference.operands import immediate_bits
from ptxenergy.launch.reference.special import Place, special
from ptxenergy.launch.reference.types import container, is_wide
from ptxenergy.launch.request import Dim3
from ptxenergy.ptx.syntax import (
    Address,
    Immediate,
    Negation,
    Operand,
    Register,
    SpecialRegister,
    Symbol,
)

if TYPE_CHECKING:
    from ptxenergy.launch.closed.machine import Machine

_AXES: Final = {"x": 0, "y": 1, "z": 2}
_BY_BLOCK: Final = ("%ctaid", "%clusterid")


def source(code: Code, operand: Operand, ptx_type: str) -> int:
    """The slot of a source operand; `ptx_type` is for constants."""
    if isinstance(operand, Register) and not operand.selector:
        return code.slot(operand.name)
    if is_wide(ptx_type):
        raise UnsupportedError("128-bit constant")
    if isinstance(operand, Immediate):
        bits = immediate_bits(operand, ptx_type)
        value = Value(np.full(1, bits, container(ptx_type)))
        return code.fixed(("constant", bits, ptx_type), lambda _: value)
    if isinstance(operand, SpecialRegister):
        name = operand.name
        return code.fixed((name, ptx_type), lambda m: special_value(m, name, ptx_type))
    if isinstance(operand, Symbol):
        return _symbol(code, operand, ptx_type)
    if isinstance(operand, Negation) and isinstance(operand.operand, Immediate):
        inner = operand.operand
        if inner.kind == "int":
            return source(code, Immediate(-inner.value, "int"), ptx_type)
    raise UnsupportedError(f"{type(operand).__name__.lower()} operand")


def destination(code: Code, operand: Operand) -> tuple[int, np.dtype[np.generic]] | None:
    """The slot and the container of a destination register; None for any other."""
    if isinstance(operand, Register) and not is_wide(operand.type):
        return code.slot(operand.name), container(operand.type)
    return None


def address(code: Code, operand: Operand) -> tuple[int, int]:
    """(slot of the base, constant offset) of a memory operand."""
    if isinstance(operand, Address):
        return source(code, operand.base, "u64"), operand.offset
    return source(code, operand, "u64"), 0


def _symbol(code: Code, operand: Symbol, ptx_type: str) -> int:
    name = operand.name
    if name in code.parameters:
        place = code.parameters[name]
    elif name in code.locals:
        place = code.locals[name]
    else:
        own = code.placement.addresses.get(f"{code.function.name}:{name}")
        found = own or code.placement.addresses.get(name)
        if found is None or found[0] == "function":
            raise UnsupportedError(f"symbol {name}")
        place = found[1]
    dtype = container(ptx_type)
    bits = (place + operand.offset) & ((1 << (8 * dtype.itemsize)) - 1)
    key = ("symbol", name, operand.offset, ptx_type)
    if name in code.locals and not code.function.is_entry:
        row = np.full(1, bits, dtype)
        return code.fixed(key, lambda m: Value(row + dtype.type(m.frame.local_base)))
    value = Value(np.full(1, bits, dtype))
    return code.fixed(key, lambda _: value)


def special_value(machine: Machine, name: str, ptx_type: str) -> Value:
    """A special register in all lanes and blocks; clocks and their like are unknown."""
    scope, launch = machine.scope, machine.launch
    base, _, axis = name.partition(".")
    dtype = container(ptx_type)
    cluster = machine.program.cluster
    if base in _BY_BLOCK and axis in _AXES:
        at = _AXES[axis]
        unit = cluster[at] if base == "%clusterid" else 1
        origin = scope.per_block([box.origin[at] // unit for box in scope.boxes]).astype(dtype)
        steps = [box.step[at] // unit if box.extent[at] > 1 else 0 for box in scope.boxes]
        step = scope.per_block(steps)
        return Value(origin, tidy({at: int(step[0]) if step.shape[0] == 1 else step}))
    if base == "%cluster_ctaid" or name == "%cluster_ctarank":
        return Value(_places(machine, axis).astype(dtype))
    static_bytes = machine.program.kernel.placement.static_shared_bytes
    extents = launch.grid, launch.block, cluster
    row = _of_any_block(
        name, dtype, scope.lanes_per_block, extents, (static_bytes, launch.shared_bytes)
    )
    if row is None:
        return UNKNOWN
    return Value(row if row.shape[0] == 1 else np.tile(row, len(scope.boxes)))


@lru_cache(maxsize=256)
def _of_any_block(
    name: str,
    dtype: np.dtype[np.generic],
    lanes: int,
    extents: tuple[Dim3, Dim3, Dim3],
    shared: tuple[int, int],
) -> Array | None:
    """A special register that is the same in all blocks; one number where all lanes have the same,
    None where nobody knows. `extents` are those of grid, block and cluster, `shared` the bytes of
    static and of dynamic shared memory."""
    thread = np.arange(lanes)
    place = Place(thread, np.zeros_like(thread), *extents, *shared)
    row, taint = special(name, place, dtype)
    if taint is not None:
        return None
    found: Array = row[:1].copy() if (row == row[0]).all() else row
    found.setflags(write=False)
    return found


def _places(machine: Machine, axis: str) -> Array:
    """The place of each box's blocks in their cluster: along an axis, or their rank."""
    scope, cluster = machine.scope, machine.program.cluster
    found: list[int] = []
    for box in scope.boxes:
        x, y, z = (at % extent for at, extent in zip(box.origin, cluster, strict=True))
        rank = x + cluster.x * (y + cluster.y * z)
        found.append((x, y, z)[_AXES[axis]] if axis in _AXES else rank)
    return scope.per_block(found)


def lane_numbers(machine: Machine) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Each lane's number in its warp."""
    return np.arange(machine.scope.size) % WARP
