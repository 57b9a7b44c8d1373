"""What `inspect` shows a person: the counts of a launch, by category, opcode and memory space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.launch.counts import Counts, count
from ptxenergy.launch.inspection import Inspection
from ptxenergy.report.blocks import (
    assumptions,
    grid,
    heading,
    joined,
    moved,
    remarks,
    section,
    skipped,
    traffic_row,
)
from ptxenergy.report.units import ratio, si, whole
from ptxenergy.report.words import exactness, printable, registers, residency

if TYPE_CHECKING:
    from ptxenergy.pipeline import Inspections


def show_inspections(inspections: Inspections) -> RenderableType:
    """All inspections of a file, one section a kernel, then the kernels that were skipped."""
    parts: list[RenderableType | None] = []
    for inspection in inspections.results:
        parts += [show_inspection(inspection), ""]
    return joined(*parts[:-1], skipped(inspections.skipped))


def show_inspection(inspection: Inspection) -> RenderableType:
    """The counts of one launch, totals over all of it."""
    counts = count(inspection.profile)
    return joined(
        heading(inspection, inspection.gpu),
        section("Launch", _launch(inspection, counts)),
        section("Instructions by category", _categories(counts)),
        section("Memory", _memory(counts)),
        section("What memory moves, estimated", moved(inspection.memory)),
        section("Opcodes", _opcodes(inspection)),
        assumptions(inspection),
        remarks(inspection),
    )


def _launch(inspection: Inspection, counts: Counts) -> Table:
    table = grid("left", "left")
    table.add_row("exact", exactness(inspection))
    table.add_row("active lanes", f"{counts.mean_active_lanes:.4g} of 32 on average")
    table.add_row("barriers", f"{whole(counts.barriers)} (warps arriving)")
    for kind, macs in counts.tensor_macs.items():
        if macs:
            table.add_row(f"tensor {kind}", si(macs, "MAC"))
    table.add_row("occupancy", residency(inspection))
    table.add_row("waves", ratio(inspection.waves, 1))
    table.add_row("registers", registers(inspection))
    return table


def _categories(counts: Counts) -> Table:
    table = grid("left", "right", "right")
    table.add_row("", Text("warp", style="dim"), Text("thread", style="dim"))
    for category, warps in counts.warp_instructions.items():
        if warps or category == "total":
            table.add_row(category, whole(warps), whole(counts.thread_instructions[category]))
    return table


def _memory(counts: Counts) -> RenderableType:
    table = grid("left", "right", "right", "right")
    for space, by_direction in counts.memory.items():
        for direction, traffic in by_direction.items():
            if traffic.requests:
                table.add_row(*traffic_row(space, direction, traffic))
    return table if table.row_count else Text("none")


def _opcodes(inspection: Inspection) -> Table:
    table = grid("left", "right", "right")
    table.add_row("", Text("warp", style="dim"), Text("thread", style="dim"))
    issued = inspection.profile.by_opcode().items()
    for opcode, (warps, threads) in sorted(issued, key=lambda entry: -entry[1][0]):
        table.add_row(Text(printable(opcode)), whole(warps), whole(threads))
    return table
