"""Kernels are checked on a GPU where there is one; the check itself is checked without."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from ptxenergy.measure.campaign.verify import cupy_launcher, difference, verify
from ptxenergy.measure.device.sensor import DeviceError
from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.kernel import Argument, Data, Extent
from tests.measure.dataset import entries

ENTRIES = [e for e in entries() if e.kernel.name in ("vector_add", "gen_int_popc")]


def emulated(
    entry: Entry, block: Extent, spoiled: int | None = None
) -> tuple[tuple[Argument, ...], tuple[Argument, ...]]:
    """What a GPU without faults would give, or one that spoils a byte of an argument."""
    kernel = entry.kernel
    before = kernel.arguments(np, kernel.check_size, Data())
    after = list(kernel.arguments(np, kernel.check_size, Data()))
    for index, array in kernel.expected(kernel.check_size, before).items():
        after[index] = np.asarray(array).astype(np.asarray(after[index]).dtype)
    if spoiled is not None:
        np.asarray(after[spoiled]).reshape(-1).view(np.uint8)[3] ^= 0x7F
    return before, tuple(after)


def test_right_results_are_no_fault() -> None:
    found = list(verify(ENTRIES, emulated))
    assert len(found) == 2 * len(ENTRIES) == 4
    assert all(fault == "" for _, _, fault in found)


@pytest.mark.parametrize("index", [0, 1])
def test_a_wrong_result_and_a_changed_input_are_faults(index: int) -> None:
    """Argument 0 is an input of both kernels; argument 1 an input of one, the other's result."""
    found = list(verify(ENTRIES, lambda entry, block: emulated(entry, block, index)))
    assert all(fault.startswith(f"argument {index}: ") for _, _, fault in found)


def test_a_launch_that_fails_is_told_and_the_rest_goes_on() -> None:
    def launch(entry: Entry, block: Extent) -> tuple[tuple[Argument, ...], tuple[Argument, ...]]:
        if entry.kernel.name == "vector_add":
            raise DeviceError("out of resources")
        return emulated(entry, block)

    faults = {name: fault for name, _, fault in verify(ENTRIES, launch)}
    assert faults == {"gen_int_popc": "", "vector_add": "out of resources"}


def test_difference_knows_tolerance_integers_and_nan() -> None:
    one = np.array([1.0, 2.0], np.float32)
    assert difference(one, one + np.float32(1e-6), 1e-5) == ""
    assert "1 of 2" in difference(one, np.array([1.0, 2.1], np.float32), 1e-3)
    assert difference(np.array([np.nan, 2.0]), np.array([1.0, 2.0]), 1e-3)
    assert difference(np.array([1, 2]), np.array([1, 3]), 1.0)
    assert difference(one, one + np.float32(1e-6), 0.0)


@pytest.mark.skipif(importlib.util.find_spec("cupy") is not None, reason="CuPy is installed")
def test_without_cupy_it_says_what_to_install() -> None:
    with pytest.raises(DeviceError, match="pip install"):
        cupy_launcher()


@pytest.mark.gpu
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.kernel.name)
def test_kernels_on_this_gpu(entry: Entry) -> None:
    cupy = pytest.importorskip("cupy")
    try:
        cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError:
        pytest.skip("no GPU")
    if entry.kernel.architecture == "sm_90a" and cupy.cuda.Device().compute_capability != "90":
        pytest.skip("not Hopper")
    assert [fault for _, _, fault in verify([entry], cupy_launcher()) if fault] == []
