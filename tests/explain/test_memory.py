"""Bytes by instruction add up to those of the launch at every level, whatever asks for them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ptxenergy.explain.memory import memory_by_instruction
from ptxenergy.gpu import load
from ptxenergy.launch.inspection import MemoryTraffic
from ptxenergy.launch.profile import Footprint, Reach, Traffic
from ptxenergy.program.opcode import Category
from tests.report.handmade import inspection, issued, opcode

KINDS: tuple[tuple[str, Category, tuple[str, str]], ...] = (
    ("ld.global.f32", "memory", ("global", "load")),
    ("st.global.f32", "memory", ("global", "store")),
    ("red.global.add.u32", "atomic", ("global", "atomic")),
    ("ld.local.f32", "memory", ("local", "load")),
    ("cp.async.bulk.shared::cluster.global", "memory", ("global", "load")),
)
amounts = st.floats(1, 1e9)
accesses = st.lists(st.tuples(st.sampled_from(KINDS), amounts), min_size=1, max_size=6)


@settings(max_examples=40)
@example([(KINDS[0], 1.0), (KINDS[1], 1.0)], (1.0,) * 5, 5e-324)
@given(accesses, st.tuples(*[amounts] * 5), st.floats(0, 1e6))
def test_levels_add_up(
    accesses: list[tuple[tuple[str, Category, tuple[str, str]], float]],
    levels: tuple[float, ...],
    partly: float,
) -> None:
    made = [
        issued(opcode(text, category), 1, 32, traffic={key: Traffic(1, sectors)})
        for (text, category, key), sectors in accesses
    ]
    whole = MemoryTraffic(*levels)
    reach = Reach(partly, partly, partly)
    profile = replace(
        inspection(*made).profile,
        footprint=Footprint(any=reach, write=reach, partial_write_sectors=partly),
    )
    launched = replace(inspection(*made), profile=profile, memory=whole)
    found = memory_by_instruction(launched, load("h200"), "cold", {})
    asked = {key for (_, _, key), _ in accesses}
    is_global = any(space == "global" for space, _ in asked)
    passes_l1 = any(text != KINDS[-1][0] for (text, _, _), _ in accesses)
    for name, level, holds in (
        ("l1_bytes", whole.l1_bytes, passes_l1),
        ("dram_read_bytes", whole.dram_read_bytes, is_global),
        ("dram_write_bytes", whole.dram_write_bytes, is_global),
    ):
        given_out = sum(getattr(one, name) for one in found)
        assert given_out == pytest.approx(level if holds else 0.0, rel=1e-9)
        assert min(getattr(one, name) for one in found) >= 0


def test_reads_go_to_loads_writes_to_stores_and_fills_to_those_who_leave_gaps() -> None:
    load_, store = (
        issued(opcode(text, "memory"), 1, 32, traffic={key: Traffic(1, 4)})
        for text, _, key in KINDS[:2]
    )
    reach = Reach(10, 10, 10)
    profile = replace(
        inspection(load_, store).profile,
        footprint=Footprint(
            any=Reach(20, 20, 20), read=reach, write=reach, partial_write_sectors=10
        ),
    )
    memory = MemoryTraffic(l2_read_bytes=100, l2_write_bytes=60, dram_read_bytes=640)
    launched = replace(inspection(load_, store), profile=profile, memory=memory)
    reading, writing = memory_by_instruction(launched, load("h200"), "cold", {})
    assert (reading.l2_read_bytes, writing.l2_read_bytes) == (100, 0)
    assert (reading.l2_write_bytes, writing.l2_write_bytes) == (0, 60)
    assert writing.dram_read_bytes == pytest.approx(320)
    assert reading.dram_read_bytes == pytest.approx(320)
