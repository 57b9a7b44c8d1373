"""Made-up points for tests of the measuring kit."""

from ptxenergy.measure.kernels.kernel import Extent
from ptxenergy.measure.planning.point import Point


def point(index: int, family: str | None = None) -> Point:
    return Point(
        kernel=f"k{index % 13}",
        family=family or f"family{index % 5}",
        entry=f"k{index % 13}",
        source_sha256=f"{index % 13:064x}",
        ptx_path=f"k{index % 13}.ptx",
        ptx_sha256="0" * 64,
        compile_options=("-O3",),
        size={"n": 1000 * (1 + index)},
        grid=Extent(64 + index),
        block=Extent(32 << (index % 5)),
        dynamic_shared_bytes=0,
        scalars={1: 1000 * (1 + index)},
        footprint_bytes=1_000_000 * (1 + index),
    )


def points(count: int) -> list[Point]:
    return [point(index) for index in range(count)]
