"""Completes a launch: what was asked, what the file says, and what has to be assumed.

Block: as asked, else `.reqntid`, else 256 threads. Grid: as asked, else the ceiling of the
problem's extents over the block, else one full wave, near-square over the `ctaid` axes read.
Arguments: as given; pointers are regions of their own; what else the kernel reads is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ptxenergy.errors import LaunchError
from ptxenergy.launch.arguments import Value, given_values, pack
from ptxenergy.launch.assume import argument_assumption, choose
from ptxenergy.launch.clues import gather
from ptxenergy.launch.evidence import Evidence
from ptxenergy.launch.extents import resolve_block, resolve_grid
from ptxenergy.launch.fields import ReadField, read_fields
from ptxenergy.launch.pointers import pointer_fields
from ptxenergy.launch.request import Argument, Assumption, Dim3, Launch, LaunchRequest
from ptxenergy.launch.shapes import Geometry
from ptxenergy.program.dataflow import value_graph
from ptxenergy.ptx.syntax import Function, Module

REGION_SHIFT = 40
"""Pointer k of a launch points at (k + 1) << REGION_SHIFT: far apart, 256-byte aligned."""


def resolve(
    module: Module,
    kernel: Function,
    request: LaunchRequest,
    wave_blocks: Callable[[Dim3], int],
) -> Launch:
    """The complete launch of `kernel`.

    `wave_blocks(block)` is how many blocks the whole GPU holds at once. Raises LaunchError for an
    impossible block or grid, ArgumentError for an argument that does not exist or does not fit.
    """
    if request.shared_bytes < 0:
        raise LaunchError(f"dynamic shared memory of {request.shared_bytes} bytes is negative")
    given = given_values(kernel, request.arguments)
    graph = value_graph(module, kernel)
    block, block_assumed = resolve_block(kernel, request, graph)
    grid, grid_assumed = resolve_grid(kernel, request, graph, (block, wave_blocks))
    pointers = frozenset(
        place for place in pointer_fields(graph, kernel) if not _is_given(place, 8, given)
    )
    numbers = {place: value.value for place, value in given.items()}

    def evidence_of(known: Mapping[tuple[int, int], int | float]) -> list[Evidence]:
        return gather(graph, Geometry(block, grid, pointers, known), request.threads)

    fields = [
        field
        for field in read_fields(graph, kernel)
        if not _is_given((field.parameter, field.offset), field.size_bytes, given)
        and not _is_pointer(field, pointers)
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


def _is_given(place: tuple[int, int], size: int, given: dict[tuple[int, int], Value]) -> bool:
    """Whether any byte of a field was given."""
    parameter, offset = place
    return any(
        other == parameter and offset < at + len(value.image) and at < offset + size
        for (other, at), value in given.items()
    )


def _is_pointer(field: ReadField, pointers: frozenset[tuple[int, int]]) -> bool:
    return any(
        parameter == field.parameter and offset <= field.offset < offset + 8
        for parameter, offset in pointers
    )


def _arguments(
    kernel: Function,
    pointers: frozenset[tuple[int, int]],
    values: dict[tuple[int, int], Value],
) -> tuple[Argument, ...]:
    regions = {place: (k + 1) << REGION_SHIFT for k, place in enumerate(sorted(pointers))}
    arguments: list[Argument] = []
    for index, parameter in enumerate(kernel.parameters):
        image = bytearray(parameter.size_bytes)
        shown: dict[int, int | float | str] = {}
        for (at, offset), value in values.items():
            if at == index:
                image[offset : offset + len(value.image)] = value.image
                shown[offset] = value.value
        offsets = tuple(offset for at, offset in sorted(pointers) if at == index)
        for offset in offsets:
            image[offset : offset + 8] = regions[index, offset].to_bytes(8, "little")
            shown[offset] = "pointer"
        named = {str(offset): shown[offset] for offset in sorted(shown)}
        simple = named if parameter.is_array else named.get("0", "unread")
        arguments.append(Argument(parameter, bytes(image), offsets, simple))
    return tuple(arguments)
