"""NVRTC compiles real sources, by NVIDIA's bindings; no GPU is there."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from ptxenergy.hooks import nvrtc as hook
from ptxenergy.launch.request import Dim3

N = 1 << 20
SCALE = """
template <class T> __global__ void scale(T *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] *= FACTOR;
}
extern "C" __global__ void halve(float *x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) x[i] /= 2;
}
"""
FACTOR = ("-DFACTOR=3",)


@pytest.fixture
def bindings() -> Any:
    nvrtc = pytest.importorskip("cuda.bindings.nvrtc", reason="NVIDIA's bindings are missing")
    try:
        nvrtc.nvrtcVersion()
    except RuntimeError:
        pytest.skip("the library of NVRTC is missing")
    return nvrtc


def predict(**more: Any) -> Any:
    return hook.predict(SCALE, None, N, grid=N // 256, block=256, compiler_options=FACTOR, **more)


def test_a_source_is_predicted(bindings: Any) -> None:
    (found,) = predict(name="scale.cu")
    profile = found.inspection.profile
    assert (profile.kernel, found.inspection.file) == ("halve", "scale.cu")
    assert (profile.launch.grid, profile.launch.block) == (Dim3(N // 256), Dim3(256))
    assert profile.launch.assumptions == () and profile.exact.all
    assert profile.instructions[0].instruction.source is not None


def test_an_instance_of_a_template_is_named_as_in_the_source(bindings: Any) -> None:
    narrow, wide = (predict(kernel=f"scale<{kind}>")[0] for kind in ("float", "double"))
    assert narrow.inspection.profile.kernel == "_Z5scaleIfEvPT_i"
    assert wide.energy_j.value > narrow.energy_j.value


def test_cuda_s_own_headers_are_found_where_they_are_installed(bindings: Any) -> None:
    if not hook._headers():
        pytest.skip("CUDA's headers are not installed")
    halves = "#include <cuda_fp16.h>\n__global__ void k(__half *x) { x[0] = __hadd(x[1], x[2]); }"
    (found,) = hook.predict(halves)
    assert found.inspection.profile.kernel == "_Z1kP6__half"


def test_the_gpu_decides_the_architecture(bindings: Any) -> None:
    for capability, options in (((8, 0), FACTOR), ((10, 0), (*FACTOR, "--gpu-architecture=sm_75"))):
        text, _ = hook.compile_source(SCALE, capability, options=options)
        assert f".target sm_{capability[0]}{capability[1]}".encode() in text


def test_a_refused_source_is_told_in_nvrtc_s_words(bindings: Any) -> None:
    with pytest.raises(hook.CompilationError) as caught:
        hook.predict("__global__ void k() { nonsense; }", name="k.cu")
    assert 'k.cu(1): error: identifier "nonsense" is undefined' in str(caught.value)
    with pytest.raises(hook.CompilationError, match="unrecognized option"):
        hook.predict(SCALE, compiler_options=("--no-such-option",))


def test_without_nvrtc_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    monkeypatch.setitem(sys.modules, "cupy.cuda", None)
    with pytest.raises(hook.CompilationError, match=r"pip install 'ptxenergy\[nvrtc\]'"):
        hook.compile_source("", (9, 0))


def test_bindings_without_their_library_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*values: Any) -> Any:
        raise RuntimeError("Failed to dlopen libnvrtc")

    nvrtc = ModuleType("nvrtc")
    nvrtc.nvrtcCreateProgram = missing  # type: ignore[attr-defined]
    with pytest.raises(hook.CompilationError, match="cannot be loaded: Failed to dlopen"):
        hook.by_bindings(nvrtc)("", "k.cu", (), ())
