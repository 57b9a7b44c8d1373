"""Limits in words and as JSON."""

from __future__ import annotations

from typing import Any

from ptxenergy.compare.limits import UNITS, Check
from ptxenergy.compare.project import LaunchSource
from ptxenergy.report.units import si, whole


def amount(check: Check, value: float) -> str:
    """A value of a limit, with its unit."""
    unit = UNITS.get(check.limit)
    if unit is None:
        return f"{value:+.1%}".replace("%", " %")
    return f"{whole(value)} {unit}" if unit == "registers" else si(value, unit)


def check_words(check: Check) -> str:
    """`energy_j: 578 µJ, above 100 µJ`."""
    allowed = amount(check, check.allowed)
    if check.found is None:
        return f"{check.limit}: not held: {check.reason}"
    found = amount(check, check.found)
    if check.state == "kept":
        return f"{check.limit}: {found}, within {allowed}"
    excuse = "; the launch is assumed: not held" if check.state == "excused" else ""
    return f"{check.limit}: {found}, above {allowed}{excuse}"


def check_json(check: Check) -> dict[str, Any]:
    """One limit, in the unit that its name ends with; growth as a fraction."""
    return {
        "limit": check.limit,
        "allowed": check.allowed,
        "found": check.found,
        "state": check.state,
        "reason": check.reason,
    }


def source_json(source: LaunchSource) -> dict[str, Any]:
    """What said each part of a launch."""
    return {
        "block": source.block,
        "grid": source.grid,
        "arguments": source.arguments,
        "entry": source.entry,
    }


def launch_words(source: LaunchSource) -> str:
    """`block project, grid assumed`."""
    parts = [f"block {source.block}", f"grid {source.grid}"]
    if source.arguments != "none":
        parts.append(f"arguments {source.arguments}")
    return ", ".join(parts)
