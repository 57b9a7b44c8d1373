"""Triton's own compiler makes real kernels, for three generations of GPUs; none is there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ptxenergy.errors import InputError
from ptxenergy.hooks import triton as hook
from ptxenergy.hooks import triton_autotune as autotune
from ptxenergy.launch.request import Dim3, LaunchRequest
from ptxenergy.model.prediction import Prediction
from ptxenergy.pipeline import Options, predict_text

triton = pytest.importorskip("triton", reason="Triton is not installed")
tl = triton.language

N = 1 << 20


def add(x, y, out, n, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def,name-defined]  # noqa: N803
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, tl.load(x + i, mask=i < n) + tl.load(y + i, mask=i < n), mask=i < n)


def product(a, b, out, k, TILE: tl.constexpr):  # type: ignore[no-untyped-def,name-defined]  # noqa: N803
    row, column = tl.arange(0, TILE)[:, None], tl.arange(0, TILE)[None, :]
    total = tl.zeros((TILE, TILE), dtype=tl.float32)
    for first in range(0, k, TILE):
        left = tl.load(a + row * k + first + column)
        total += tl.dot(left, tl.load(b + (first + row) * TILE + column))
    tl.store(out + row * TILE + column, total)


@pytest.fixture(scope="module")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("triton")


@pytest.fixture(autouse=True)
def own_place(
    shared_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(shared_cache))
    monkeypatch.setenv("TRITON_DEFAULT_FP_FUSION", "1")
    monkeypatch.chdir(tmp_path)
    yield
    triton.knobs.compilation.listener = None


def build(
    function: Any, types: dict[str, str], target: Any, warps: int = 4, **constants: int
) -> Any:
    source = triton.compiler.ASTSource(
        fn=triton.jit(function),
        signature=types | dict.fromkeys(constants, "constexpr"),
        constexprs=constants,
    )
    return triton.compile(source, target=target, options={"num_warps": warps})


def cuda(capability: int) -> Any:
    return triton.backends.compiler.GPUTarget("cuda", capability, 32)


def build_add(capability: int = 90, warps: int = 4) -> Any:
    types = {"x": "*fp32", "y": "*fp32", "out": "*fp32", "n": "i32"}
    return build(add, types, cuda(capability), warps, BLOCK=1024)


class NoGpu:
    """What Triton asks of a driver until something is launched."""

    def get_current_target(self) -> Any:
        return cuda(90)

    def get_current_device(self) -> int:
        return 0

    def get_current_stream(self, device: int) -> int:
        return device


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton.runtime.driver, "_active", NoGpu())


@pytest.mark.parametrize(("capability", "gpu"), [(80, "a100"), (90, "h200"), (100, "b200")])
def test_a_kernel_is_predicted_when_it_is_compiled(
    capability: int, gpu: str, capsys: pytest.CaptureFixture[str]
) -> None:
    listener = hook.install()
    types = {"a": "*fp16", "b": "*fp16", "out": "*fp32", "k": "i32"}
    made = build(product, types, cuda(capability), warps=8, TILE=64)
    (found,) = listener.predictions
    launch = found.inspection.profile.launch
    assert (found.inspection.gpu, launch.block) == (gpu, Dim3(256))
    assert launch.shared_bytes == made.metadata.shared > 0
    assert {assumption.code for assumption in launch.assumptions} == {"grid", "argument"}
    request = LaunchRequest(block=Dim3(256), shared_bytes=made.metadata.shared)
    text = made.asm["ptx"].encode()
    (same,) = predict_text(text, "triton", Options(gpu=gpu, request=request)).results
    assert found.energy_j == same.energy_j
    told = capsys.readouterr().err
    assert told.startswith("ptxenergy: product: ") and told.count("\n") == 1
    assert f"on {gpu}, not calibrated" in told and "assumed grid" in told


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "triton"))


def test_a_kernel_from_the_cache_is_predicted_too() -> None:
    build_add()
    listener = hook.install(report=None)
    build_add()
    (found,) = listener.predictions
    assert found.inspection.profile.launch.block == Dim3(128)


def test_an_earlier_listener_is_still_called(empty_cache: None) -> None:
    heard: list[bool] = []
    earlier = triton.knobs.compilation.listener = lambda **event: heard.append(event["cache_hit"])
    first = hook.install(report=None)
    second = hook.install(report=None)
    build_add()
    assert (heard, len(first.predictions), len(second.predictions)) == ([False], 0, 1)
    second.uninstall()
    assert triton.knobs.compilation.listener is earlier


def test_a_listener_on_top_stays_when_ours_goes() -> None:
    ours = hook.install(report=None)
    top = triton.knobs.compilation.listener = lambda **event: ours(**event)
    ours.uninstall()
    assert triton.knobs.compilation.listener is top
    build_add()
    assert ours.predictions == []


def test_a_failure_inside_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    def report(prediction: Prediction) -> None:
        raise OSError("two\nlines")

    hook.install(report=report)
    made = build_add()
    assert ".entry add" in made.asm["ptx"]
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == ("ptxenergy: warning: add is not predicted: OSError: two lines")


def test_a_binary_alone_is_one_warning_and_says_what_to_do(
    empty_cache: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRITON_STORE_BINARY_ONLY", "1")
    listener = hook.install()
    build_add()
    assert listener.predictions == []
    (record,) = caplog.records
    assert "unset TRITON_STORE_BINARY_ONLY" in record.getMessage()


def test_other_gpus_are_none_of_our_business(caplog: pytest.LogCaptureFixture) -> None:
    listener = hook.install()
    target = triton.backends.compiler.GPUTarget("hip", "gfx942", 64)
    types = {"x": "*fp32", "y": "*fp32", "out": "*fp32", "n": "i32"}
    assert "amdgcn" in build(add, types, target, BLOCK=1024).asm
    assert (listener.predictions, caplog.records) == ([], [])


def tensor() -> Any:
    return triton.runtime.jit.MockTensor("float32")


def call_of(**more: Any) -> dict[str, Any]:
    return {"x": tensor(), "y": tensor(), "out": tensor(), "n": N} | more


def test_a_call_is_predicted_at_its_own_grid_and_scalars(driver: None) -> None:
    grid = lambda meta: (triton.cdiv(meta["n"], meta["BLOCK"]),)  # noqa: E731
    call = call_of(BLOCK=1024, num_warps=8, grid=grid, warmup=False)
    found = autotune.predict_call(triton.jit(add), call)
    launch = found.inspection.profile.launch
    assert (launch.grid, launch.block, launch.assumptions) == (Dim3(1024), Dim3(256), ())
    assert launch.arguments[3].shown == N
    assert found.inspection.profile.exact.all


def test_a_grid_counts_clusters(driver: None) -> None:
    call = call_of(BLOCK=1024, num_ctas=2, grid=(512,))
    found = autotune.predict_call(triton.jit(add), call)
    assert found.inspection.profile.launch.grid == Dim3(1024)


def test_scalars_skip_what_is_no_parameter() -> None:
    signature = {"x": "*fp32", "A": "constexpr", "n": "i32", "flag": "i1", "scale": "fp32"}
    found = hook.scalars(signature, {"n": 5, "flag": True, "scale": 0.5, "A": 3})
    assert [(one.target, one.text) for one in found] == [("1", "5"), ("2", "1"), ("3", "0.5")]
    assert hook.scalars({"t": ("i32", "i32"), "n": "i32"}, {"n": 5}) == ()


CONFIGS = [(block, warps) for block in (32, 1024) for warps in (1, 8)]


def measured(tuner: Any, monkeypatch: pytest.MonkeyPatch, grid: Any, **call: Any) -> list[Any]:
    """Which configurations Triton's autotuner would measure: its own run, without the GPU."""
    ran: list[Any] = []
    run = triton.runtime.jit.JITFunction.run

    def no_launch(self: Any, *values: Any, grid: Any, warmup: bool, **more: Any) -> Any:
        if warmup:
            return run(self, *values, grid=grid, warmup=True, **more)
        ran.append((more["BLOCK"], more["num_warps"]))
        return None

    monkeypatch.setattr(triton.runtime.jit.JITFunction, "run", no_launch)
    tuner._do_bench = lambda kernel_call, quantiles: (kernel_call(), [1.0, 1.0, 1.0])[1]
    tuner[grid](**call)
    return ran[:-1]


def configs() -> list[Any]:
    return [triton.Config({"BLOCK": block}, num_warps=warps) for block, warps in CONFIGS]


def by_hand(jitted: Any, by: str) -> list[tuple[int, int]]:
    """All configurations, best first, by the predictions of each alone."""
    scores = {}
    for block, warps in CONFIGS:
        call = call_of(BLOCK=block, num_warps=warps, grid=(-(-N // block),))
        found = autotune.predict_call(jitted, call)
        energy, time = found.energy_j.value, found.time_s.value
        scores[block, warps] = {"energy": energy, "time": time, "edp": energy * time}[by]
    return sorted(scores, key=lambda one: scores[one])


@pytest.mark.parametrize("by", ["energy", "time", "edp"])
def test_the_autotuner_measures_what_is_predicted_best(
    by: Any, driver: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    jitted = triton.jit(add)
    tuner = autotune.prune(top_k=2, by=by)(triton.autotune(configs=configs(), key=["n"])(jitted))
    grid = lambda meta: (triton.cdiv(meta["n"], meta["BLOCK"]),)  # noqa: E731
    wanted = by_hand(jitted, by)[:2]
    assert set(measured(tuner, monkeypatch, grid, **call_of())) == set(wanted)


def test_a_perf_model_ranks_for_the_autotuner(
    driver: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    jitted = triton.jit(add)
    how = {"perf_model": autotune.perf_model(lambda: tuner, by="edp"), "top_k": 3}
    tuner: Any = triton.autotune(configs=configs(), key=["n"], prune_configs_by=how)(jitted)
    grid = lambda meta: (triton.cdiv(meta["n"], meta["BLOCK"]),)  # noqa: E731
    assert measured(tuner, monkeypatch, grid, **call_of()) == by_hand(jitted, "edp")[:3]


def test_heuristics_choose_their_constants(driver: None) -> None:
    heuristics = triton.heuristics({"BLOCK": lambda call: 64 if call["n"] < 1000 else 1024})
    kernel = heuristics(triton.jit(add))
    assert autotune._through(kernel, given := call_of()) is kernel.fn
    assert given["BLOCK"] == 1024


def test_a_configuration_that_cannot_run_is_left_out(driver: None) -> None:
    class Config:
        def __init__(self, tile: int, stages: int) -> None:
            self.tile, self.stages = tile, stages

        def all_kwargs(self) -> dict[str, int]:
            return {"TILE": self.tile, "num_stages": self.stages}

    half = triton.runtime.jit.MockTensor("float16")
    named = {"a": half, "b": half, "out": tensor(), "k": 256}
    prune = autotune.early_config_prune(triton.jit(product), top_k=1.0)
    fits, too_large = Config(32, 2), Config(64, 20)
    assert prune([fits, too_large], named, grid=(1,)) == [fits]


def test_what_cannot_be_predicted_is_kept_and_said(
    driver: None, caplog: pytest.LogCaptureFixture
) -> None:
    prune = autotune.early_config_prune(triton.jit(add), top_k=1)
    wrong = triton.Config({"BLOCK": 1000})
    kept = prune([wrong, *configs()], call_of(), grid=(1024,))
    assert len(kept) == 2 and kept[0] is wrong
    assert ["not predicted" in record.getMessage() for record in caplog.records] == [True]
    model = autotune.perf_model(triton.jit(add))
    assert model(**call_of(BLOCK=1000, grid=(1,))) == float("inf")


def test_what_is_asked_for_is_checked_at_once() -> None:
    with pytest.raises(InputError, match="energy, time, edp"):
        autotune.perf_model(None, by="power")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="top_k=0"):
        autotune.prune(top_k=0)(None)
