"""Completes a launch: what was asked, what the file says, and what has to be assumed.

Block: as asked, else `.reqntid`, else 256 threads. Grid: as asked, else the ceiling of the
problem's extents over the block, else one full wave, near-square over the `ctaid` axes read.
Arguments: as given; pointers are regions of their own; what else the kernel reads is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from ptxenergy.errors import LaunchError
from ptxenergy.launch.arguments import Value, given_values, pack, parameter_index
from ptxenergy.launch.assume import argument_assumption, choose
from ptxenergy.launch.clues import gather
from ptxenergy.launch.evidence import Evidence
from ptxenergy.launch.extents import resolve_block, resolve_grid
from ptxenergy.launch.fields import ReadField, bytes_of, read_fields
from ptxenergy.launch.pointers import pointer_fields
from ptxenergy.launch.request import Argument, Assumption, Dim3, Launch, LaunchRequest
from ptxenergy.launch.shapes import Geometry
from ptxenergy.program.dataflow import ValueGraph, value_graph
from ptxenergy.ptx.syntax import Function, Module

_POINTER_BYTES = 8
REGION_SHIFT = 40
"""Pointer k of a launch points at (k + 1) << REGION_SHIFT: far apart, 256-byte aligned."""


class KernelFacts:
    """What the code says whatever the launch; each part is found when it is first asked for."""

    def __init__(self, module: Module, kernel: Function) -> None:
        self._module, self._kernel = module, kernel

    @cached_property
    def graph(self) -> ValueGraph:
        """The values that the kernel works out."""
        return value_graph(self._module, self._kernel)

    @cached_property
    def pointers(self) -> frozenset[tuple[int, int]]:
        """(parameter, byte offset) of every pointer."""
        return pointer_fields(self.graph, self._kernel)

    @cached_property
    def fields(self) -> tuple[ReadField, ...]:
        """What the kernel reads of its parameters."""
        return tuple(read_fields(self.graph, self._kernel))


def resolve(
    module: Module,
    kernel: Function,
    request: LaunchRequest,
    wave_blocks: Callable[[Dim3], int],
    facts: KernelFacts | None = None,
) -> Launch:
    """The complete launch of `kernel`.

    `wave_blocks(block)` is how many blocks the whole GPU holds at once. `facts` of the kernel, kept
    from another launch, save the time to find them again. Raises LaunchError for an
    impossible block or grid, ArgumentError for an argument that does not exist or does not fit,
    EvaluationError where the kernel reads beyond its parameters.
    """
    if request.shared_bytes < 0:
        raise LaunchError(f"dynamic shared memory of {request.shared_bytes} bytes is negative")
    given = given_values(kernel, request.arguments)
    for target in request.pins.tensor_maps:
        parameter_index(kernel, target)
    facts = facts or KernelFacts(module, kernel)
    graph = facts.graph
    block, block_assumed = resolve_block(kernel, request, graph)
    grid, grid_assumed = resolve_grid(kernel, request, graph, (block, wave_blocks))
    taken = {byte for place, value in given.items() for byte in bytes_of(place, len(value.image))}
    pointers = frozenset(
        place for place in facts.pointers if taken.isdisjoint(bytes_of(place, _POINTER_BYTES))
    )
    taken |= {byte for place in pointers for byte in bytes_of(place, _POINTER_BYTES)}
    numbers = {place: value.value for place, value in given.items()}

    def evidence_of(known: Mapping[tuple[int, int], int | float]) -> list[Evidence]:
        return gather(graph, Geometry(block, grid, pointers, known), request.threads)

    fields = [
        field
        for field in facts.fields
        if taken.isdisjoint(bytes_of((field.parameter, field.offset), field.size_bytes))
    ]
    chosen = choose(fields, evidence_of, numbers)
    values = dict(given)
    assumed: list[Assumption] = [*block_assumed, *grid_assumed]
    for field in fields:
        place = (field.parameter, field.offset)
        number = chosen[place][0]
        values[place] = Value(field.type, number, pack(field.type, number))
        assumed.append(argument_assumption(kernel, field, chosen[place]))
    arguments = _arguments(kernel, pointers, values)
    return Launch(grid, block, request.shared_bytes, arguments, tuple(assumed))


def _arguments(
    kernel: Function,
    pointers: frozenset[tuple[int, int]],
    values: dict[tuple[int, int], Value],
) -> tuple[Argument, ...]:
    images = [bytearray(parameter.size_bytes) for parameter in kernel.parameters]
    shown: list[dict[int, int | float | str]] = [{} for _ in kernel.parameters]
    for (index, offset), value in values.items():
        images[index][offset : offset + len(value.image)] = value.image
        shown[index][offset] = value.value
    for k, (index, offset) in enumerate(sorted(pointers)):
        region = (k + 1) << REGION_SHIFT
        images[index][offset : offset + _POINTER_BYTES] = region.to_bytes(_POINTER_BYTES, "little")
        shown[index][offset] = "pointer"
    arguments: list[Argument] = []
    for index, parameter in enumerate(kernel.parameters):
        offsets = tuple(sorted(offset for offset, v in shown[index].items() if v == "pointer"))
        named = {str(offset): shown[index][offset] for offset in sorted(shown[index])}
        simple = named if parameter.is_array else named.get("0", "unread")
        arguments.append(Argument(parameter, bytes(images[index]), offsets, simple))
    return tuple(arguments)
