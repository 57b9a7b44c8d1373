"""Works, chains and placements for tests: by hand, and drawn at random."""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from ptxenergy.model.prediction import Chain, Placement
from ptxenergy.model.work import Work

PIPES = ("fp32", "fp64", "int", "int_mul", "logic", "sfu", "conversion", "memory", "control")
MAPPINGS = {
    "pipe_warps": PIPES,
    "pipe_lanes": PIPES,
    "tensor_macs": ("f16", "s8", "tf32", "f16_half_accumulate"),
    "mma_macs": ("f16", "s8", "f64"),
    "atomic_turns": ("global", "shared"),
    "atomic_sectors": ("global", "shared"),
}
COUNTS = Work.__struct_fields__
amounts = st.floats(0, 1e13, allow_nan=False)


@st.composite
def works(draw: st.DrawFn) -> Work:
    values: dict[str, Any] = {
        name: draw(
            st.dictionaries(st.sampled_from(MAPPINGS[name]), amounts)
            if name in MAPPINGS
            else amounts
        )
        for name in COUNTS
    }
    return Work(**values)


placements = st.builds(
    Placement,
    busiest_share=st.floats(1 / 132, 1),
    resident_warps=st.floats(1, 64),
    warps=st.floats(1, 1e9),
    turns=st.integers(1, 10**6).map(float),
    warps_per_block=st.integers(1, 32).map(float),
)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    at_l1, to_l2, to_dram = (draw(st.floats(0, 1e7)) for _ in range(3))
    l2_share = draw(st.floats(0, 1))
    return Chain(
        level_cycles=(at_l1, at_l1 + to_l2, at_l1 + to_l2 + to_dram),
        l2_share=l2_share,
        dram_share=draw(st.floats(0, l2_share)),
        issue_cycles=draw(st.floats(0, at_l1)),
        memory_trips=draw(st.floats(0, 1e4)),
        barrier_cycles=draw(st.floats(0, 1e4)),
        start_cycles=draw(st.floats(0, 1e3)),
    )


def work_with(**amounts: object) -> Work:
    empty: dict[str, Any] = {name: {} if name in MAPPINGS else 0.0 for name in COUNTS}
    return Work(**{**empty, **amounts})


def with_(value: Any, **changed: object) -> Any:
    return replace(value, **changed)


def grown(work: Work, name: str, factor: float) -> Work:
    """The work with one of its counts `factor` times as large, and a little more of it."""
    value = getattr(work, name)
    if isinstance(value, dict):
        more: object = {key: value.get(key, 0.0) * factor + 1e6 for key in MAPPINGS[name]}
    else:
        more = value * factor + 1e6
    return with_(work, **{name: more})  # type: ignore[no-any-return]
