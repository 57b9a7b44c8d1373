"""Numba compiles real kernels for GPUs that are not there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ptxenergy.errors import InputError
from ptxenergy.hooks import numba as hook
from ptxenergy.launch.request import Dim3

pytest.importorskip("numba.cuda", reason="Numba is not installed")
cuda = (
    pytest.importorskip("numba_cuda", reason="Numba-CUDA is not installed")
    and __import__("numba.cuda").cuda
)
types = cuda.types

N = 1 << 20


def saxpy(a, x, y):  # type: ignore[no-untyped-def]
    i = cuda.grid(1)
    if i < x.size:
        y[i] += a * x[i]


def mixed(pair, matrix, number, is_on):  # type: ignore[no-untyped-def]
    i, j = cuda.grid(2)
    if i < matrix.shape[0] and j < matrix.shape[1] and is_on:
        matrix[i, j] += pair[0] + number.imag + pair[1]


def shown(prediction: Any) -> list[Any]:
    return [argument.shown for argument in prediction.inspection.profile.launch.arguments]


def test_values_decide_the_guard() -> None:
    x = np.zeros(N, np.float32)
    found = hook.predict(cuda.jit(saxpy)[(N // 256,), 256], np.float32(2), x, x)
    profile = found.inspection.profile
    assert (profile.launch.grid, profile.launch.block) == (Dim3(N // 256), Dim3(256))
    assert profile.launch.assumptions == () and profile.exact.all
    stores = [i for i in profile.instructions if i.opcode.text.startswith("st.global")]
    assert sum(item.warp for item in stores) == N // 32
    assert found.inspection.gpu == "h200"


def test_a_signature_is_enough_and_what_is_assumed_is_said() -> None:
    signature = types.void(types.float32, types.float32[::1], types.float32[::1])
    found = hook.predict(cuda.jit(saxpy), signature, gpu="a100")
    codes = {assumption.code for assumption in found.inspection.profile.launch.assumptions}
    assert codes == {"block", "grid", "argument"}
    text = hook.compile_ptx(cuda.jit(saxpy), signature.args, (8, 0))
    assert b".target sm_80" in text and b".visible .entry" in text


def test_arrays_tuples_and_complex_numbers_take_several_parameters() -> None:
    matrix = np.zeros((512, 128))
    found = hook.predict(
        cuda.jit(mixed), (1.5, 2), matrix, 3 + 4j, True, grid=(16, 16), block=(32, 8)
    )
    assert shown(found) == [
        *(1.5, 2),
        *("unread", "unread", N >> 4, 8, "pointer", 512, 128, 1024, 8),
        *(3.0, 4.0, 1),
    ]
    assert found.inspection.profile.launch.assumptions == ()


def test_the_decorator_s_options_are_kept() -> None:
    kernel = cuda.jit(lineinfo=True, launch_bounds=64)(saxpy)
    signature = types.void(types.float32, types.float32[::1], types.float32[::1])
    found = hook.predict(kernel, signature, grid=100)
    assert found.inspection.profile.launch.block == Dim3(64)
    lines = hook.compile_ptx(kernel, signature.args, (9, 0))
    assert b".maxntid 64" in lines and b"\t.loc\t" in lines


def test_dynamic_shared_memory_comes_with_the_launch() -> None:
    x = np.zeros(N, np.float32)
    found = hook.predict(cuda.jit(saxpy)[N // 256, 256, 0, 4096], np.float32(2), x, x)
    assert found.inspection.profile.launch.shared_bytes == 4096


def test_what_follows_an_unknown_type_is_left_to_be_assumed() -> None:
    record = types.Record.make_c_struct([("a", types.int32)])
    pair = types.Tuple([types.int32, record])
    assert list(hook._flat([types.int32, record, types.int32], [1, None, 2])) == [1]
    assert list(hook._flat([pair, types.int32], [(1, None), 2])) == [1]


def test_a_signature_may_be_in_quotes_or_a_tuple() -> None:
    parts = (types.float32, types.float32[::1], types.float32[::1])
    made = hook.predict(cuda.jit(saxpy), types.void(*parts))
    for signature in ("void(float32, float32[::1], float32[::1])", parts):
        assert hook.predict(cuda.jit(saxpy), signature).energy_j == made.energy_j
    for wrong in ("void(float32[:", "void(real)", "5"):
        with pytest.raises(InputError, match="no signature"):
            hook.predict(cuda.jit(saxpy), wrong)


def test_functions_that_a_kernel_calls_are_compiled_with_it_and_left_alone() -> None:
    """Without our help Numba asks the driver which GPU to compile them for."""
    from numba.cuda import dispatcher

    asks = dispatcher.get_current_device

    def inner(value):  # type: ignore[no-untyped-def]
        return value * value

    def outer(value):  # type: ignore[no-untyped-def]
        return deepest(value) + 1

    def kernel(x):  # type: ignore[no-untyped-def]
        x[cuda.grid(1)] = called(x[cuda.grid(1)])

    deepest, called = cuda.jit(device=True)(inner), cuda.jit(device=True)(outer)
    x = np.zeros(N, np.float32)
    for gpu in ("a100", "h200"):
        found = hook.predict(cuda.jit(kernel)[N // 256, 256], x, gpu=gpu)
        used = {i.opcode.text for i in found.inspection.profile.instructions}
        assert used & {"mul.f32", "mul.rn.f32", "fma.rn.f32"}
        assert called.overloads == deepest.overloads == {}
    assert dispatcher.get_current_device is asks
