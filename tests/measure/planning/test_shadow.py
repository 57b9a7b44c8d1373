"""Shadows have the shapes and types that real arrays have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ptxenergy.measure.kernels.catalog import Entry
from ptxenergy.measure.kernels.kernel import Data
from ptxenergy.measure.planning.facts import facts_of
from ptxenergy.measure.planning.shadow import SHADOW, NeedsValuesError, Shadow
from tests.measure.dataset import entries

ENTRIES = entries()


@pytest.mark.parametrize("entry", ENTRIES, ids=[e.kernel.name for e in ENTRIES])
@pytest.mark.parametrize("kind", ["random", "sparse"])
def test_footprint_and_scalars_are_those_of_real_arguments(entry: Entry, kind: Any) -> None:
    size, data = entry.kernel.check_size, Data(kind)
    arguments = entry.kernel.arguments(np, size, data)
    found = facts_of(entry, size, data)
    arrays = [argument for argument in arguments if isinstance(argument, np.ndarray)]
    assert found.footprint_bytes == sum(array.nbytes for array in arrays)
    scalars = {i: a.item() for i, a in enumerate(arguments) if not isinstance(a, np.ndarray)}
    assert found.scalars == scalars


EXPRESSIONS = (
    lambda xp: (xp.arange(12, dtype=xp.uint32) * xp.uint32(3)).reshape(3, -1).T,
    lambda xp: xp.where(xp.arange(5) > 2, xp.float32(1), xp.zeros(5, dtype=xp.float32)),
    lambda xp: xp.zeros((4, 6), dtype=xp.float16)[1:, ::2].astype(xp.float64) / 2,
    lambda xp: xp.concatenate([xp.zeros((2, 3)), xp.ones((5, 3))], axis=0),
    lambda xp: xp.stack([xp.zeros((2, 3)), xp.ones((2, 3))], axis=1),
    lambda xp: xp.full((2, 2), 7, dtype=xp.int8).view(xp.uint8) >> xp.uint8(1),
    lambda xp: xp.minimum(xp.arange(6)[:, None], xp.arange(3)[None, :]),
    lambda xp: xp.ones((3, 4, 5), dtype=xp.float32).sum(axis=(0, -1), keepdims=True),
    lambda xp: xp.max(xp.arange(12, dtype=xp.int16).reshape(3, 4), axis=1),
    lambda xp: xp.arange(6) / (2 * xp.arange(6).sum() - 1),
    lambda xp: xp.cumsum(xp.ones(9, dtype=xp.int32), dtype=xp.int32),
    lambda xp: xp.sort(xp.arange(9, dtype=xp.uint16))[xp.arange(4)],
)


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)))
def test_an_expression_has_the_shape_and_type_that_numpy_gives(number: int) -> None:
    real, shadow = EXPRESSIONS[number](np), EXPRESSIONS[number](SHADOW)
    assert isinstance(shadow, Shadow)
    assert (shadow.shape, shadow.dtype, shadow.nbytes) == (real.shape, real.dtype, real.nbytes)


@pytest.mark.parametrize(
    "use",
    [
        lambda a: int(a),
        lambda a: a.tobytes(),
        lambda a: float(a.sum()),
        lambda a: bool(a),
        lambda a: a[a > 0],
        lambda a: SHADOW.nonzero(a),
        lambda a: SHADOW.bincount(a),
        lambda a: SHADOW.arange(a),
    ],
)
def test_what_needs_values_says_so(use: Any) -> None:
    with pytest.raises(NeedsValuesError):
        use(SHADOW.zeros(4, dtype=np.int64))


def test_a_shadow_takes_no_memory() -> None:
    assert SHADOW.zeros((1 << 40,), dtype=np.float32).nbytes == 1 << 42
