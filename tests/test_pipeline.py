"""What the pipeline adds to its stages: work that could not be counted or placed is told."""

import itertools
from pathlib import Path

import pytest

from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.pipeline import Options, predict
from ptxenergy.report.json import all_flags

NVCC = Path(__file__).parent / "corpus" / "ptx" / "nvcc-13.0"


@pytest.mark.parametrize(
    ("file", "kernel", "gpu", "flag"),
    [
        ("sm_100a/gemm_tcgen05.ptx", "gemm_tcgen05", "b200", "tensor-work-unknown"),
        ("sm_80/gemm_mma_sync.ptx", "gemm_mma_sync", "a100", ""),
        ("sm_80/gemm_mma_sync.ptx", "gemm_mma_sync", "gtx1080ti", "no-tensor-unit"),
    ],
)
def test_matrix_work_that_is_not_counted_or_has_no_unit_is_flagged(
    file: str, kernel: str, gpu: str, flag: str
) -> None:
    request = LaunchRequest(grid=Dim3(2, 2))
    result = predict(str(NVCC / file), Options(gpu, kernel, request)).results[0]
    flags = all_flags(result.inspection, result.flags)
    told = {"tensor-work-unknown", "no-tensor-unit"} & set(flags)
    assert told == ({flag} if flag else set())
    if flag == "tensor-work-unknown":
        assert not result.inspection.profile.exact.all


@pytest.mark.parametrize(
    ("file", "kernel"), [("gemm_mma_sync", "gemm_mma_sync"), ("spmv", "spmv_csr_scalar")]
)
def test_a_busy_machine_predicts_the_same(
    file: str, kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every look at a clock finds ten seconds gone, nothing else is counted."""
    options = Options("a100", kernel, LaunchRequest(grid=Dim3(64, 64)))
    path = str(NVCC / "sm_80" / f"{file}.ptx")
    known = predict(path, options)
    ticks = itertools.count(step=10.0)
    for clock in ("process_time", "perf_counter", "monotonic", "time"):
        monkeypatch.setattr(f"time.{clock}", lambda: next(ticks))
    assert repr(predict(path, options).results[0].bound) == repr(known.results[0].bound)
