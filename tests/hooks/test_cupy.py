"""CuPy's kernels, compiled once more by CuPy's own NVRTC; no GPU is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ptxenergy.errors import InputError, KernelSelectionError
from ptxenergy.hooks import cupy as hook
from ptxenergy.hooks import nvrtc
from ptxenergy.launch.request import Dim3
from tests.hooks.test_nvrtc import FACTOR, SCALE, N

cupy = pytest.importorskip("cupy", reason="CuPy is not installed")
LAUNCH: dict[str, Any] = {"grid": (N // 256,), "block": (256,)}
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "transpose.ptx"


def test_a_raw_kernel_is_predicted_and_left_alone() -> None:
    kernel = cupy.RawKernel(SCALE, "halve", options=FACTOR)
    (found,) = hook.predict(kernel, None, np.int32(N), gpu="a100", **LAUNCH)
    profile = found.inspection.profile
    assert (profile.kernel, found.inspection.gpu) == ("halve", "a100")
    assert (profile.launch.grid, profile.launch.assumptions) == (Dim3(N // 256), ())
    assert profile.launch.arguments[1].shown == N


def test_a_module_gives_its_name_expressions() -> None:
    names = ("scale<float>", "scale<double>")
    module = cupy.RawModule(
        code=f"#include <cupy/complex.cuh>\n{SCALE}",
        options=("--std=c++17", *FACTOR),
        name_expressions=names,
    )
    found = hook.predict(module, None, np.int32(N), **LAUNCH)
    assert {one.inspection.profile.kernel for one in found} == {
        *("_Z5scaleIfEvPT_i", "_Z5scaleIdEvPT_i", "halve")
    }
    (wide,) = hook.predict(module, None, np.int32(N), name="scale<double>", **LAUNCH)
    assert wide.inspection.profile.kernel == "_Z5scaleIdEvPT_i"
    with pytest.raises(KernelSelectionError):
        hook.predict(module, name="no_such_kernel")


def test_cupy_flushes_denormals() -> None:
    division = 'extern "C" __global__ void f(float *x) { x[0] += x[1]; }'
    text, _ = hook._ptx(cupy.RawKernel(division, "f"), (9, 0))
    assert b"add.ftz.f32" in text


def test_a_module_from_a_file() -> None:
    (found,) = hook.predict(cupy.RawModule(path=str(EXAMPLE)), block=(32, 8))
    assert found.inspection.profile.kernel == "_Z9transposePfPKfii"
    with pytest.raises(InputError, match="must be one of PTX"):
        hook.predict(cupy.RawModule(path="kernels.cubin"))


def test_a_kernel_without_a_source_is_refused() -> None:
    square = cupy.ElementwiseKernel("T x", "T y", "y = x * x", "square")
    with pytest.raises(InputError, match="give a RawKernel or a RawModule"):
        hook.predict(square)


def test_cupy_s_nvrtc_agrees_with_the_bindings() -> None:
    bindings = pytest.importorskip("cuda.bindings.nvrtc", reason="NVIDIA's bindings are missing")
    asked = (SCALE, "k.cu", ("--gpu-architecture=compute_90", *FACTOR), ("scale<int>",))
    ours = nvrtc.by_cupy(cupy.cuda.nvrtc)(*asked)
    assert ours == nvrtc.by_bindings(bindings)(*asked)
    with pytest.raises(nvrtc.CompilationError, match="nonsense"):
        nvrtc.by_cupy(cupy.cuda.nvrtc)("nonsense x;", "k.cu", (), ())
