"""The pieces that the reports of `predict` and `inspect` share, as things that rich can print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ptxenergy.launch.inspection import Inspection, MemoryTraffic
from ptxenergy.launch.profile import Traffic
from ptxenergy.ptx.names import short_name
from ptxenergy.report.json import all_assumptions, all_flags
from ptxenergy.report.units import ratio, si, whole
from ptxenergy.report.words import flag, printable, problem, signature

if TYPE_CHECKING:
    from ptxenergy.pipeline import Skipped

INDENT = 2
_EIGHTHS: Final = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def indented(body: RenderableType) -> RenderableType:
    """The body, two columns in."""
    return Padding(body, (0, 0, 0, INDENT))


def section(title: str, body: RenderableType) -> RenderableType:
    """A titled part of a report, with an empty line before it."""
    return Group("", indented(Text(title, style="bold")), indented(body))


def grid(*justify: str) -> Table:
    """A borderless table with one column for each justification (`left` or `right`)."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for side in justify:
        table.add_column(justify="right" if side == "right" else "left", overflow="fold")
    return table


def bar(share: float, columns: int, *, ascii_only: bool) -> str:
    """A bar of that share of so many columns, to an eighth of one; at least that, or one `#`."""
    if ascii_only:
        return "#" * max(1, round(share * columns))
    eighths = max(1, round(8 * share * columns))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def heading(inspection: Inspection, place: str) -> RenderableType:
    """The problem on the first line, then the kernel's signature and where it would run."""
    profile = inspection.profile
    title = problem(profile.launch, all_assumptions(profile))
    lines: list[RenderableType] = [
        Text.assemble((short_name(profile.kernel), "bold"), f": {title}")
    ]
    full = signature(profile.kernel)
    if full is not None:
        lines.append(indented(Text(full, style="dim", overflow="fold")))
    lines.append(
        indented(Text(f"{place}   {printable(inspection.file)}", style="dim", overflow="fold"))
    )
    return Group(*lines)


def assumptions(inspection: Inspection) -> RenderableType | None:
    """Every assumption with its line and the option that pins it; None where there is none."""
    made = all_assumptions(inspection.profile)
    if not made:
        return None
    table = grid("left", "left", "left")
    for assumption in made:
        place = "" if assumption.line is None else f"line {assumption.line}"
        option = Text(printable(assumption.option) or "(none)", style="cyan")
        table.add_row(Text(place, style="dim"), option, Text(printable(assumption.message)))
    title = "1 assumption" if len(made) == 1 else f"{len(made)} assumptions"
    is_pinnable = all(assumption.option for assumption in made)
    which = "each with the option that pins it" if is_pinnable else "with the options that pin them"
    return section(f"{title}, {which}", table)


def remarks(inspection: Inspection, flags: Sequence[str] = ()) -> RenderableType | None:
    """Unknown opcodes and flags, in words; None where there is nothing to say."""
    lines = [
        Text(
            f"unknown opcode {printable(opcode)} on line {', '.join(map(str, at))}: "
            "counted, but what it costs is not known"
        )
        for opcode, at in inspection.unknown_opcodes.items()
    ]
    lines += [Text(flag(code)) for code in all_flags(inspection, flags)]
    return section("Note", Group(*lines)) if lines else None


def skipped(kernels: Sequence[Skipped]) -> RenderableType | None:
    """The kernels that could not be done; None where all could."""
    if not kernels:
        return None
    table = grid("left", "left")
    for one in kernels:
        table.add_row(
            Text(printable(signature(one.kernel) or one.kernel), style="bold"),
            Text(printable(one.message)),
        )
    return Group("", Text("Skipped", style="bold yellow"), indented(table))


def traffic_row(space: str, direction: str, traffic: Traffic) -> tuple[str, ...]:
    """One line of memory traffic: name, requests, pieces per request, bytes."""
    in_waves = space in ("shared", "constant", "cluster")
    pieces, word = (traffic.wavefronts, "wavefronts") if in_waves else (traffic.sectors, "sectors")
    return (
        f"{space} {direction}",
        f"{whole(traffic.requests)} requests",
        f"{ratio(pieces, traffic.requests)} {word}/request",
        si(traffic.bytes, "B"),
    )


def moved(memory: MemoryTraffic) -> Table:
    """What each level of memory moves, and what of global memory is touched at all."""
    table = grid("left", "right", "left")
    table.add_row("L1", si(memory.l1_bytes, "B"), "")
    for level, read, written in (
        ("L2", memory.l2_read_bytes, memory.l2_write_bytes),
        ("DRAM", memory.dram_read_bytes, memory.dram_write_bytes),
    ):
        ways = f"{si(read, 'B')} read, {si(written, 'B')} written"
        table.add_row(level, si(read + written, "B"), ways)
    table.add_row("footprint", si(memory.footprint_bytes, "B"), "distinct global sectors")
    return table


def joined(*parts: RenderableType | None) -> RenderableType:
    """The parts that are there, one under the other."""
    return Group(*(part for part in parts if part is not None))
