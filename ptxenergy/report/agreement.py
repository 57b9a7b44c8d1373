"""What `evaluate counts` shows: how static counts agree with a profiler's counters."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ptxenergy.launch.agreement import Agreement, Compared, CountsAgreement
from ptxenergy.report.blocks import grid, indented, joined, section
from ptxenergy.report.json import Json
from ptxenergy.report.units import percent, plain_number, whole
from ptxenergy.report.words import printable

AGREEMENT_SCHEMA = "ptxenergy.counters/1"


def show_agreement(found: CountsAgreement) -> RenderableType:
    """Errors by counter, then the launches where each is worst."""
    title = f"{found.launches} launches on {found.gpu}, static counts beside Nsight Compute's"
    simulated = "Simulated counters: they say nothing of real hardware."
    return joined(
        Text(title, style="bold"),
        indented(Text(simulated, style="yellow")) if found.is_simulated else None,
        section("Relative error by counter", _counters(found.counters)),
        section("Worst launches", _worst(found.counters)),
        _left_out(found),
    )


def agreement_json(found: CountsAgreement) -> Json:
    """What `ptxenergy evaluate counts --json` prints (schemas/counters.json)."""
    return {
        "schema": AGREEMENT_SCHEMA,
        "gpu": found.gpu,
        "simulated": found.is_simulated,
        "launches": found.launches,
        "counters": [_counter_json(one) for one in found.counters],
        "left_out": dict(found.left_out),
    }


def _counters(counters: tuple[Agreement, ...]) -> Table:
    table = grid("left", "right", "right", "right", "right", "right")
    names = "", "launches", "median", "p90", "count/counter", "counter is 0"
    table.add_row(*(Text(name, style="dim") for name in names))
    for one in counters:
        ratio = "-" if one.median_ratio is None else f"{one.median_ratio:.3g}"
        shown = (_error(one.median_error), _error(one.p90_error), ratio)
        table.add_row(one.counter, whole(one.launches), *shown, whole(one.unmet))
    return table


def _worst(counters: tuple[Agreement, ...]) -> RenderableType:
    table = grid("left", "left", "left", "right", "right", "right")
    names = "", "kernel", "point", "count", "counter", "error"
    table.add_row(*(Text(name, style="dim") for name in names))
    for one in counters:
        for launch in one.worst:
            numbers = whole(launch.static), whole(launch.measured), _signed(launch)
            table.add_row(one.counter, printable(launch.kernel), launch.point_id, *numbers)
    return table if table.row_count > 1 else Text("none: every count is its counter")


def _left_out(found: CountsAgreement) -> RenderableType | None:
    if not found.left_out:
        return None
    lines = [Text(f"{whole(count)} {why}") for why, count in found.left_out.items()]
    return section("Left out", Group(*lines))


def _error(error: float | None) -> str:
    return "-" if error is None else percent(error)


def _signed(launch: Compared) -> str:
    error = launch.error
    return "counter is 0" if error == float("inf") else f"{error * 100:+.3g} %"


def _counter_json(one: Agreement) -> Json:
    return {
        "counter": one.counter,
        "launches": one.launches,
        "counter_is_zero": one.unmet,
        "median_relative_error": one.median_error,
        "p90_relative_error": one.p90_error,
        "median_ratio": one.median_ratio,
        "worst": [
            {
                "kernel": launch.kernel,
                "point_id": launch.point_id,
                "count": plain_number(launch.static),
                "counter": plain_number(launch.measured),
                "relative_error": None if launch.error == float("inf") else launch.error,
            }
            for launch in one.worst
        ],
    }
