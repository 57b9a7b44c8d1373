"""The fields of its parameters that a kernel reads, each with the type that its use shows.

PTX often loads a float as `.b32`; what the loaded register is then used for tells its type.
"""

from __future__ import annotations

from msgspec import Struct

from ptxenergy.errors import EvaluationError
from ptxenergy.program.dataflow import ValueGraph
from ptxenergy.program.values import Field, Node, Operation
from ptxenergy.ptx.syntax import Function

_BYTES = {
    "8": 1, "16": 2, "32": 4, "64": 8, "8x2": 2, "8x4": 4, "16x2": 4, "32x2": 8,
}  # fmt: skip


class ReadField(Struct, frozen=True):
    """A field at a byte offset of a parameter, its type (`u32`, `f32`, …) and where it is read."""

    parameter: int
    offset: int
    type: str
    line: int

    @property
    def size_bytes(self) -> int:
        """Bytes of the field."""
        return type_bytes(self.type)


def type_bytes(type_: str) -> int:
    """Bytes of one value of a PTX type (`u32`: 4, `bf16`: 2); 0 where it is no plain type."""
    digits = type_.lstrip("abcdefghijklmnopqrstuvwxyz")
    return _BYTES.get(digits, 0)


def bytes_of(place: tuple[int, int], size_bytes: int) -> set[tuple[int, int]]:
    """The (parameter, byte) pairs of a field."""
    parameter, offset = place
    return {(parameter, offset + byte) for byte in range(size_bytes)}


def read_fields(graph: ValueGraph, kernel: Function) -> tuple[ReadField, ...]:
    """All fields that a kernel reads, by parameter and offset.

    A field read at an unknown offset stands for all fields of its width that nothing else reads.
    Raises EvaluationError for a read beyond the end of a parameter.
    """
    found: dict[tuple[int, int], ReadField] = {}
    anywhere: dict[tuple[int, str], Operation] = {}
    for operation in graph.operations:
        if operation.kind != "field":
            continue
        for value in operation.inputs:
            if isinstance(value, Field):
                if value.offset is None:
                    anywhere.setdefault((value.parameter, value.type), operation)
                else:
                    _add(found, value.offset, value, (operation, graph, kernel))
    taken = {byte for place, field in found.items() for byte in bytes_of(place, field.size_bytes)}
    for (parameter, type_), operation in anywhere.items():
        width = type_bytes(type_)
        size = kernel.parameters[parameter].size_bytes
        for offset in range(0, size - width + 1, width) if width else ():
            covered = bytes_of((parameter, offset), width)
            if taken.isdisjoint(covered):
                taken |= covered
                _add(found, offset, Field(parameter, None, type_), (operation, graph, kernel))
    return tuple(found[key] for key in sorted(found))


def _add(
    found: dict[tuple[int, int], ReadField],
    offset: int,
    value: Field,
    read: tuple[Operation, ValueGraph, Function],
) -> None:
    operation, graph, kernel = read
    declared = kernel.parameters[value.parameter]
    type_ = value.type
    if not 0 <= offset <= declared.size_bytes - type_bytes(type_):
        at = operation.instruction.location
        raise EvaluationError(
            f"{at.file}:{at.line}:{at.column}: {operation.instruction.opcode} reads byte {offset} "
            f"of {declared.name}, which has {declared.size_bytes}"
        )
    if not declared.is_array and is_float(declared.type):
        type_ = declared.type
    elif type_.startswith("b") and not type_.startswith("bf"):
        type_ = _used_as(operation.result, type_, graph) or type_
    key = (value.parameter, offset)
    if key not in found or found[key].type.startswith("b"):
        line = operation.instruction.location.line
        found[key] = ReadField(value.parameter, offset, type_, line)


def _used_as(node: Node, type_: str, graph: ValueGraph) -> str:
    """The floating type, as wide as `type_`, that a register is used as; "" where none is."""
    seen = {node}
    pending = [node]
    while pending:
        for user in graph.users.get(pending.pop(), ()):
            if user.kind in ("copy", "selp"):
                if user.result not in seen:
                    seen.add(user.result)
                    pending.append(user.result)
            elif is_float(user.type) and type_bytes(user.type) == type_bytes(type_):
                return user.type
    return ""


def is_float(type_: str) -> bool:
    """Whether a PTX type is a floating type, packed or not."""
    return type_.startswith(("f", "bf", "tf"))
