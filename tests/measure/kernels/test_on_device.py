"""Definitions make their buffers on a device by CuPy as they do by NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.kernel import Data
from tests.measure.dataset import entries

cupy = pytest.importorskip("cupy")

PASSED_BY_VALUE = set("?bhilqBHILQefdFD")
"""Kinds of scalars that CuPy hands to a kernel."""


@pytest.mark.parametrize("kind", ["random", "zeros", "constant", "sparse"])
def test_arguments_can_be_made_on_a_device(kind: str) -> None:
    """All kernels in one test: a test each would take longer than what they do."""
    faults = {entry.kernel.name: fault for entry in entries() if (fault := _fault(entry, kind))}
    assert faults == {}


def _fault(entry: Entry, kind: str) -> str:
    from tests.measure.strict_cupy import StrictCupy

    kernel, data = entry.kernel, Data(kind=kind)  # type: ignore[arg-type]
    host = kernel.arguments(np, kernel.check_size, data)
    try:
        made = kernel.arguments(StrictCupy(), kernel.check_size, data)
    except (AssertionError, AttributeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    assert len(made) == len(host)
    return next(filter(None, map(_difference, host, made)), "")


def _difference(ours: Any, theirs: Any) -> str:
    from tests.measure.strict_cupy import DeviceArray

    if isinstance(ours, np.ndarray):
        is_there = isinstance(theirs, DeviceArray) and theirs.flags.c_contiguous
        is_same = theirs.dtype == ours.dtype and theirs.tobytes() == ours.tobytes()
        return "" if is_there and is_same else "an array that is not the same on the device"
    is_passed = isinstance(theirs, np.generic) and theirs.dtype.char in PASSED_BY_VALUE
    return "" if is_passed and type(theirs) is type(ours) else f"{theirs!r} cannot be passed"


def test_what_cupy_refuses_is_refused() -> None:
    from tests.measure.strict_cupy import StrictCupy

    xp: Any = StrictCupy()
    there, here = xp.arange(3), np.arange(3)
    refused: tuple[Callable[[], Any], ...] = (
        lambda: there + here,
        lambda: there[here],
        lambda: xp.stack([there, here]),
        lambda: xp.arange(3, like=there),
    )
    for attempt in refused:
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(AttributeError):
        xp.busday_count  # noqa: B018
    with pytest.raises(AssertionError):
        (there.astype(np.float32) - 2).astype(np.uint32)
    assert (xp.asarray(here) + there).tolist() == [0, 2, 4]
