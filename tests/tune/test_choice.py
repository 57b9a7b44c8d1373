"""What the work is where no block is given, what each shape is compared with, and how surely."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from math import exp
from pathlib import Path
from typing import Any

import pytest

from ptxenergy.errors import LaunchError
from ptxenergy.launch.closed.evaluate import Run
from ptxenergy.launch.parse import parse_argument
from ptxenergy.launch.profile import LaunchProfile
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.model.artifact import save
from ptxenergy.pipeline import Options
from ptxenergy.tune.result import Tuning
from ptxenergy.tune.search import OneText, Search, tune
from ptxenergy.tune.shapes import parse_shapes
from tests.cli.commands import EXAMPLE, outcome
from tests.compare.models import ENERGY, LEVEL, as_if_measured

CORPUS = Path(__file__).parents[1] / "corpus" / "ptx" / "nvcc-13.0" / "sm_90"
SQUARE = ("2=2048", "3=2048")


def tuned(file: str, threads: Dim3, args: tuple[str, ...], shapes: str, **more: Any) -> Tuning:
    path = CORPUS / file
    request = LaunchRequest(
        more.pop("block", None), threads=threads, arguments=tuple(map(parse_argument, args))
    )
    options = Options(request=request, **more)
    return tune(OneText(path.read_bytes(), file), options, Search(parse_shapes(shapes)))


def test_without_a_block_the_work_is_that_of_a_shape_at_which_nothing_is_wrong() -> None:
    found = tuned(
        "gemm_tiled.ptx",
        Dim3(128, 128),
        ("3=128", "4=128", "5=128"),
        "1024,32x32,16x32,32x16,512,16x16,8x32,256,8x8",
    )
    assert found.verdict == "only-one"
    assert [one.label for one in found.candidates] == ["16x16"]
    assert found.reference.label == "16x16"
    assert found.heuristic is None
    assert len(found.excluded) == 8


def test_the_heuristic_heeds_what_the_kernel_allows() -> None:
    found = tuned(
        "stencil.ptx",
        Dim3(512, 512),
        ("2=512", "3=512", "4=3"),
        "1024,512,256,64x4",
        kernel="stencil_3d7",
    )
    assert found.heuristic is not None
    assert found.heuristic.label == "256"
    assert {(one.block.x, one.reason) for one in found.excluded} == {
        (extent, "the kernel allows at most 256 threads per block (.maxntid)")
        for extent in (512, 1024)
    }


def test_processes_find_what_one_finds() -> None:
    path = CORPUS / "transpose.ptx"
    request = LaunchRequest(
        Dim3(32, 8), threads=Dim3(512, 512), arguments=tuple(map(parse_argument, SQUARE))
    )
    options = Options(kernel="transpose_naive", request=request)
    search = Search(parse_shapes("32x8,8x32,16x16,64x4,128x2,256,32x4,8x8x4,1024x2,7x5"))
    text = OneText(path.read_bytes(), path.name)
    seen: list[str] = []
    before = os.times().children_user

    def track(names: Iterable[str]) -> Iterator[str]:
        for name in names:
            seen.append(name)
            yield name

    alone, shared = tune(text, options, search), tune(text, options, search, track, processes=2)
    assert len(seen) == 9
    assert sys.platform != "linux" or os.times().children_user > before
    assert len(alone.excluded) == 3
    assert shared.excluded == alone.excluded
    assert [
        (one.block, one.energy_j, one.time_s, one.is_on_front) for one in shared.candidates
    ] == [(one.block, one.energy_j, one.time_s, one.is_on_front) for one in alone.candidates]


def test_other_work_is_left_out_before_it_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[Dim3] = []
    profile = Run.profile

    def noting(run: Run) -> LaunchProfile:
        counted.append(run.launch.block)
        return profile(run)

    monkeypatch.setattr(Run, "profile", noting)
    sizes = ("3=128", "4=128", "5=128")
    block = Dim3(16, 16)
    tuned("gemm_tiled.ptx", Dim3(128, 128), sizes, "32x8,16x16,8x32", block=block)
    assert counted == [block]


@pytest.mark.parametrize("kind", ["launches", "versions"])
def test_savings_have_the_interval_of_launches(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.npz"
    save(as_if_measured(kind), model)
    words = ("--threads", "2048x2048", *(w for a in SQUARE for w in ("--arg", a)))
    words = (*words, "--shapes", "32x8,8x32,16x16", "--model", str(model), "--block", "32x8")
    done = outcome(capsys, "tune", EXAMPLE, *words, "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    for one in found["candidates"]:
        assert set(one["ratios"]) == {"given", "heuristic"}
        energy = one["ratios"]["given"]["energy"]
        has = kind == "launches"
        value = energy["value"]
        assert energy["low"] == (pytest.approx(value / exp(ENERGY)) if has else None)
        assert energy["high"] == (pytest.approx(value * exp(ENERGY)) if has else None)
        assert energy["level"] == (LEVEL if has else None)
    own = next(one for one in found["candidates"] if one["block"] == [32, 8, 1])
    assert own["ratios"]["given"]["energy"]["value"] == 1
    assert found["calibrated"] is True
    assert (found["spread_interval"] is None) == (kind == "versions")
    shown = outcome(capsys, "tune", EXAMPLE, *words).out
    assert ("% confidence" in shown) == (kind == "launches")
    assert "uncalibrated" not in shown
    assert len(re.findall(r"\(−[\d.]+ to −[\d.]+\)", shown)) == (4 if kind == "launches" else 0)
    assert max(map(len, shown.splitlines())) <= 80


SOURCE = """
extern "C" __global__ void __launch_bounds__(BX * BY) scale(float* out, const float* in) {
  __shared__ float tile[BY][BX];
  int x = blockIdx.x * BX + threadIdx.x, y = blockIdx.y * BY + threadIdx.y;
  tile[threadIdx.y][threadIdx.x] = in[y * 1024 + x];
  __syncthreads();
  out[y * 1024 + x] = 2.0f * tile[threadIdx.y][BX - 1 - threadIdx.x];
}
"""


@pytest.mark.nvcc
@pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc")
def test_each_text_has_its_own_axes_bounds_and_shared_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "k.cu"
    source.write_text(SOURCE)
    command = f"nvcc -ptx -arch=sm_90 -DBX={{x}} -DBY={{y}} {source} -o {{out}}"
    words = ("--block", "256", "--threads", "1024x1024", "--shapes", "32x16,64")
    done = outcome(capsys, "tune", "--compile", command, *words, "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    verified = {tuple(one["block"]) for one in found["candidates"] if one["verified"]}
    assert verified == {(256, 1, 1), (32, 16, 1), (64, 1, 1)}
    assert found["excluded"] == []


def test_a_formula_must_give_a_grid() -> None:
    from ptxenergy.tune.formula import parse_formula

    path = CORPUS / "vector_add.ptx"
    request = LaunchRequest(Dim3(256), arguments=(parse_argument("3=100"),))
    search = Search(grid_from=parse_formula("--grid-from", "arg3 // bx", 3))
    with pytest.raises(LaunchError, match="gives a grid of 0"):
        tune(OneText(path.read_bytes(), "k.ptx"), Options(request=request), search)
