"""Kernel Tuner's own search over recorded measurements; NVRTC compiles, no GPU is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ptxenergy.errors import GpuError, InputError
from ptxenergy.hooks import kernel_tuner as hook
from ptxenergy.launch.request import Dim3

tuner = pytest.importorskip("kernel_tuner", reason="Kernel Tuner is not installed")
pytest.importorskip("cuda.bindings.nvrtc", reason="NVIDIA's bindings are missing")

N = 1024
A100 = "NVIDIA A100-SXM4-80GB"
SHAPES: dict[str, list[int]] = {"block_size_x": [8, 16, 32], "block_size_y": [8, 16, 32]}
TRANSPOSE = """
__global__ void transpose(float *out, const float *in, int width, int height) {
  int x = blockIdx.x * block_size_x + threadIdx.x, y = blockIdx.y * block_size_y + threadIdx.y;
  if (x < width && y < height) out[x * height + y] = in[y * width + x];
}
"""


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def measurements(kernel: str, tune: dict[str, list[int]], device: str) -> str:
    """A file of made-up measurements, in which every configuration takes 1 ms."""
    configurations: list[dict[str, Any]] = [{}]
    for name, values in tune.items():
        configurations = [one | {name: value} for one in configurations for value in values]
    timings = {"time": 1.0, "times": [1.0], "compile_time": 1.0, "verification_time": 0}
    timings |= {"benchmark_time": 1.0, "strategy_time": 0, "framework_time": 0}
    stamp = {"timestamp": "2026-01-01 00:00:00+00:00"}
    header: dict[str, Any] = {"device_name": device, "kernel_name": kernel, "problem_size": [N, N]}
    header |= {"tune_params_keys": list(tune), "tune_params": tune, "objective": "time"}
    cache = {",".join(map(str, one.values())): one | timings | stamp for one in configurations}
    text = json.dumps(header | {"cache": cache}, indent="")
    Path("measured.json").write_text(text, encoding="ascii")
    return "measured.json"


def searched(
    strategy: hook.Pruned,
    source: str = TRANSPOSE,
    tune: dict[str, list[int]] = SHAPES,
    device: str = A100,
    **more: Any,
) -> list[tuple[int, ...]]:
    """Which configurations Kernel Tuner evaluates."""
    square = np.zeros((N, N), np.float32)
    asked: dict[str, Any] = {
        "kernel_name": "transpose",
        "arguments": [square, square, np.int32(N), np.int32(N)],
        "lang": "CUDA",
    } | more
    results, _ = tuner.tune_kernel(
        kernel_source=source,
        problem_size=(N, N),
        tune_params=tune,
        strategy=strategy,
        cache=measurements(asked["kernel_name"], tune, device),
        simulation_mode=True,
        quiet=True,
        **asked,
    )
    return [tuple(one[name] for name in tune) for one in results]


def test_the_best_predicted_are_searched_within_the_restrictions() -> None:
    strategy = hook.Pruned(top_k=2)
    found = searched(strategy, restrictions=["block_size_x * block_size_y <= 512"])
    assert len(strategy.predictions) == 8
    energies = {one: p.energy_j.value for one, p in strategy.predictions.items()}
    assert set(found) == set(sorted(energies, key=lambda one: energies[one])[:2])
    # A warp that is 8 wide writes 8 sectors where one that is 32 wide writes 32.
    assert {x for x, _ in found} == {8}


def test_each_is_predicted_at_its_own_launch_on_the_named_gpu() -> None:
    strategy = hook.Pruned(top_k=1.0)
    assert len(searched(strategy)) == 9
    found = strategy.predictions[16, 32].inspection
    launch = found.profile.launch
    assert (found.gpu, launch.block, launch.grid) == ("a100", Dim3(16, 32), Dim3(64, 32))
    assert launch.assumptions == ()


def test_the_inner_strategy_searches_what_is_left() -> None:
    strategy = hook.Pruned(top_k=4, by="time", gpu="h100", then="random_sample")
    found = searched(strategy, strategy_options={"max_fevals": 2})
    times = {one: p.time_s.value for one, p in strategy.predictions.items()}
    limit = sorted(times.values())[3]
    assert len(found) == 2 and all(times[one] <= limit for one in found)


def test_a_gpu_that_is_not_known_is_one_warning_and_all_is_searched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert len(searched(hook.Pruned(top_k=1), device="Simulation")) == 9
    (record,) = caplog.records
    assert "not pruned" in record.getMessage() and "give gpu=" in record.getMessage()


def test_what_does_not_compile_is_kept_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    source = f"#if block_size_x == 16\n#error sixteen\n#endif\n{TRANSPOSE}"
    found = searched(hook.Pruned(top_k=1), source)
    assert {one for one in found if one[0] == 16} == {(16, y) for y in (8, 16, 32)}
    assert len(found) == 4
    (record,) = caplog.records
    assert "3 of 9 configurations are not predicted and kept, first (16, 8)" in record.getMessage()


def test_a_template_shared_memory_and_an_argument_for_each_configuration() -> None:
    from kernel_tuner.accuracy import Tunable

    source = """
template <class T> __global__ void fill(T *out, int n) {
  extern __shared__ float part[];
  part[threadIdx.x] = n;
  __syncthreads();
  int i = blockIdx.x * block_size_x + threadIdx.x;
  if (i < n) out[i] = part[threadIdx.x ^ 1];
}
"""
    tune = {"block_size_x": [64, 128]}
    counts = Tunable("block_size_x", {64: np.int32(640), 128: np.int32(1280)})
    strategy = hook.Pruned(top_k=2)
    searched(
        strategy,
        source,
        tune,
        kernel_name="fill<float>",
        arguments=[np.zeros(N * N, np.float32), counts],
        smem_args={"size": lambda values: 4 * values["block_size_x"]},
    )
    launch = strategy.predictions[128,].inspection.profile.launch
    assert (launch.shared_bytes, launch.arguments[1].shown) == (512, 1280)


def test_a_block_that_cannot_run_is_left_out() -> None:
    tune = {"block_size_x": [32, 64], "block_size_y": [8, 32]}
    assert set(searched(hook.Pruned(top_k=1.0), tune=tune)) == {(32, 8), (32, 32), (64, 8)}


def test_what_is_asked_for_is_checked_at_once() -> None:
    with pytest.raises(InputError, match="top_k"):
        hook.Pruned(top_k=2.5)
    with pytest.raises(InputError, match="by="):
        hook.Pruned(top_k=1, by="power")  # type: ignore[arg-type]
    with pytest.raises(GpuError, match="no GPU is called"):
        hook.Pruned(top_k=1, gpu="h1000000")
