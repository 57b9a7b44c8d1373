"""Every real kernel worth measuring computes what its definition says, in two block shapes."""

from __future__ import annotations

import pytest

from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.kernel import Extent
from tests.measure.dataset import entries
from tests.measure.kernel_oracle import faults, outcome

ENTRIES = tuple(entry for entry in entries() if not entry.kernel.is_generated)


def shapes(entry: Entry) -> tuple[Extent, ...]:
    blocks = entry.kernel.blocks
    return (blocks[0],) if len(blocks) == 1 else (blocks[0], blocks[-1])


CASES = [(entry, block) for entry in ENTRIES for block in shapes(entry)]


@pytest.mark.parametrize(
    ("entry", "block"), CASES, ids=[f"{entry.kernel.name}-{block}" for entry, block in CASES]
)
def test_kernel_computes_what_is_expected(entry: Entry, block: Extent) -> None:
    assert not faults(entry.kernel, outcome(entry, block))


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.kernel.name for entry in ENTRIES])
def test_kernel_has_sizes_and_shapes_worth_measuring(entry: Entry) -> None:
    kernel = entry.kernel
    assert 3 <= len(kernel.sizes) <= 5
    varied = [name for name in kernel.sizes[0] if len({size[name] for size in kernel.sizes}) > 1]
    assert len(varied) >= 2
    assert all(set(size) == set(kernel.check_size) for size in kernel.sizes)
    assert len(set(kernel.blocks)) == len(kernel.blocks) >= 1
    assert all(block.volume <= 1024 for block in kernel.blocks)
    for size in kernel.sizes:
        for block in kernel.blocks:
            grid = kernel.grid(size, block)
            assert 1 <= grid.x < 2**31
            assert 1 <= grid.y < 2**16
            assert 1 <= grid.z < 2**16
