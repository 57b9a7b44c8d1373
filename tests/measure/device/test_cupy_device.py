"""The real device told step by step, with a stand-in for CuPy: order, graphs, time per launch."""

import sys
from dataclasses import replace

import pytest

from ptxenergy.measure.device.cupy_device import CupyDevice
from ptxenergy.measure.device.sensor import GRAPH_BELOW_S, DeviceError
from ptxenergy.measure.kernels.kernel import Data
from ptxenergy.measure.planning.point import Point
from tests.measure.dataset import committed_plan, entries
from tests.measure.fake_cupy import FakeCupy

ENTRIES = {entry.kernel.name: entry for entry in entries()}


def small_point(buffer_sets: int = 1, ptx_sha256: str = "") -> Point:
    point = next(p for p in committed_plan() if p.kernel == "vector_add")
    size = ENTRIES["vector_add"].kernel.check_size
    return replace(
        point,
        size=size,
        data=Data(),
        buffer_sets=buffer_sets,
        ptx_sha256=ptx_sha256 or ENTRIES["vector_add"].ptx_sha256,
    )


def device(monkeypatch: pytest.MonkeyPatch, launch_s: float) -> tuple[CupyDevice, FakeCupy]:
    fake = FakeCupy(launch_s)
    monkeypatch.setitem(sys.modules, "cupy", fake)
    return CupyDevice(ENTRIES), fake


def test_buffers_are_ready_before_the_first_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = device(monkeypatch, 1e-4)
    real.prepare(small_point())
    assert fake.log.index("synchronize") < fake.log.index("launch")
    assert fake.log.index("load") < fake.log.index("free") < fake.log.index("synchronize")


@pytest.mark.parametrize(
    ("launch_s", "mode"), [(GRAPH_BELOW_S / 10, "graph"), (GRAPH_BELOW_S * 2, "stream")]
)
def test_short_kernels_are_replayed_and_timed_per_launch(
    monkeypatch: pytest.MonkeyPatch, launch_s: float, mode: str
) -> None:
    real, fake = device(monkeypatch, launch_s)
    job = real.prepare(small_point())
    assert job.launch_mode() == mode
    before_s = fake.now_s
    job.start(5000)
    assert job.finish() == pytest.approx((launch_s, launch_s))
    assert fake.now_s - before_s >= 5000 * launch_s * (1 - 1e-9)


def test_rotated_buffers_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    real, _ = device(monkeypatch, 1e-4)
    job = real.prepare(small_point(buffer_sets=3))
    assert len({id(buffers[0]) for buffers in job._sets}) == 3


def test_a_launch_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = device(monkeypatch, 1e-4)
    monkeypatch.setattr("time.perf_counter", lambda: fake.now_s * 1e4)
    with pytest.raises(DeviceError, match=r"vector_add .*1\.0 s a launch"):
        real.prepare(small_point())


def test_buffers_that_cannot_be_made_cost_the_point_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    real, _ = device(monkeypatch, 1e-4)

    def refused(*_: object) -> None:
        raise TypeError("CuPy takes no NumPy array here")

    monkeypatch.setattr(type(ENTRIES["vector_add"].kernel), "arguments", refused)
    with pytest.raises(DeviceError, match="no NumPy array"):
        real.prepare(small_point())
    assert not real.is_lost()


def test_a_lost_context_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = device(monkeypatch, 1e-4)
    assert not real.is_lost()

    def fails() -> None:
        raise fake.cuda.runtime.CUDARuntimeError("an illegal memory access was encountered")

    monkeypatch.setattr(fake.cuda.runtime, "deviceSynchronize", fails)
    assert real.is_lost()


def test_a_profiler_sees_one_launch(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = device(monkeypatch, 1e-4)
    job = real.prepare(small_point())
    fake.log.clear()
    job.profile()
    assert fake.log == ["start", "launch", "stop"]


def test_other_ptx_than_the_plan_was_made_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real, _ = device(monkeypatch, 1e-4)
    with pytest.raises(DeviceError, match="is not the PTX"):
        real.prepare(small_point(ptx_sha256="0" * 64))
    assert real.attributes(small_point()).registers_per_thread == 24
