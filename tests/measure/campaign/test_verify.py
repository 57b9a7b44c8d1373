"""Kernels are checked on a GPU where there is one; the check itself is checked without."""

from __future__ import annotations

import importlib.util
import time
from functools import partial

import numpy as np
import pytest

from ptxenergy.measure.campaign.guarded_verify import verify_guarded
from ptxenergy.measure.campaign.verify import (
    Arguments,
    CupyLauncher,
    difference,
    launches,
    verify,
)
from ptxenergy.measure.device.sensor import DeviceError, DeviceLostError
from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.kernel import Argument, Data, Extent
from tests.measure.dataset import entries

ENTRIES = [e for e in entries() if e.kernel.name in ("vector_add", "gen_int_popc")]


class Emulated:
    """What a GPU without faults would give; or one that spoils a byte of an argument, or of what
    it fills, or that fails at a kernel."""

    def __init__(
        self, spoiled: int | None = None, filled: int | None = None, failing: str = ""
    ) -> None:
        self.spoiled, self.filled, self.failing = spoiled, filled, failing

    def launched(self, entry: Entry, block: Extent) -> tuple[Arguments, Arguments]:
        kernel = entry.kernel
        if kernel.name == self.failing:
            raise DeviceError("out of resources")
        before = kernel.arguments(np, kernel.check_size, Data())
        after = list(kernel.arguments(np, kernel.check_size, Data()))
        for index, array in kernel.expected(kernel.check_size, before).items():
            after[index] = np.asarray(array).astype(np.asarray(after[index]).dtype)
        return before, spoilt(after, self.spoiled)

    def made(self, entry: Entry) -> Arguments:
        kernel = entry.kernel
        return spoilt(list(kernel.arguments(np, kernel.check_size, Data())), self.filled)


def spoilt(arguments: list[Argument], index: int | None) -> Arguments:
    if index is not None:
        np.asarray(arguments[index]).reshape(-1).view(np.uint8)[3] ^= 0x7F
    return tuple(arguments)


def test_right_results_are_no_fault() -> None:
    found = list(verify(ENTRIES, Emulated()))
    assert len(found) == 2 * len(ENTRIES) == 4
    assert all(check.fault == "" for check in found)


@pytest.mark.parametrize("index", [0, 1])
def test_a_wrong_result_and_a_changed_input_are_faults(index: int) -> None:
    """Argument 0 is an input of both kernels; argument 1 an input of one, the other's result."""
    found = list(verify(ENTRIES, Emulated(spoiled=index)))
    assert all(check.fault.startswith(f"argument {index}: ") for check in found)


def test_buffers_that_are_filled_otherwise_are_a_fault() -> None:
    """Pins would be of other data than what is measured."""
    found = list(verify(ENTRIES, Emulated(filled=0)))
    faults = [check.fault for check in found if check.fault]
    assert len(faults) == 2
    assert all(fault.startswith("argument 0 is filled otherwise") for fault in faults)


def test_a_launch_that_fails_is_told_and_the_rest_goes_on() -> None:
    found = verify(ENTRIES, Emulated(failing="vector_add"))
    faults = {check.kernel: check.fault for check in found}
    assert faults == {"gen_int_popc": "", "vector_add": "DeviceError: out of resources"}


class Hanging(Emulated):
    """A GPU that one kernel hangs and another takes down."""

    def launched(self, entry: Entry, block: Extent) -> tuple[Arguments, Arguments]:
        if entry.kernel.name == "vector_add":
            time.sleep(1000)
        if entry.kernel.name == "gen_int_popc":
            raise DeviceLostError("an illegal memory access")
        return super().launched(entry, block)


def test_a_kernel_that_hangs_or_takes_the_gpu_down_is_a_fault_and_the_rest_goes_on() -> None:
    kernels = ("vector_triad", "vector_add", "gen_int_popc", "gen_int_lop3")
    chosen = [entry for entry in entries() if entry.kernel.name in kernels]
    found = list(verify_guarded(partial(few, kernels), Hanging, patience_s=3.0))
    assert [(c.kernel, c.block) for c in found] == [
        (entry.kernel.name, block) for entry, block in launches(chosen)
    ]
    faults = {check.kernel: check.fault for check in found}
    assert "had not ended" in faults.pop("vector_add")
    assert "illegal memory" in faults.pop("gen_int_popc")
    assert set(faults.values()) == {""}
    assert len(faults) == 2


def few(kernels: tuple[str, ...]) -> list[Entry]:
    return [entry for entry in entries() if entry.kernel.name in kernels]


def test_where_nothing_can_be_launched_it_says_so() -> None:
    with pytest.raises(DeviceError, match="CuPy is not installed"):
        list(verify_guarded(partial(few, ("vector_add",)), no_gpu))


def no_gpu() -> Emulated:
    raise DeviceError("CuPy is not installed")


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
        CupyLauncher()


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
    assert [check.fault for check in verify([entry], CupyLauncher()) if check.fault] == []
