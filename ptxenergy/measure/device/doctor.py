"""What this machine can measure with, and what is missing: driver, meters, CuPy, nvcc, ncu."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ptxenergy.measure.device.nvml import (
    FIELD_POWER_AVERAGE,
    FIELD_POWER_INSTANT,
    FIELD_TOTAL_ENERGY,
    SCOPE_GPU,
    SCOPE_MEMORY,
    SCOPE_MODULE,
    NvmlSensor,
)
from ptxenergy.measure.device.sensor import DeviceError

_FIELDS = {
    "total energy, board": (FIELD_TOTAL_ENERGY, SCOPE_GPU),
    "instant power, board": (FIELD_POWER_INSTANT, SCOPE_GPU),
    "average power, board": (FIELD_POWER_AVERAGE, SCOPE_GPU),
    "average power, module": (FIELD_POWER_AVERAGE, SCOPE_MODULE),
    "average power, memory": (FIELD_POWER_AVERAGE, SCOPE_MEMORY),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked for. `is_needed` where a campaign cannot run without it."""

    name: str
    is_found: bool
    detail: str
    is_needed: bool

    def __str__(self) -> str:
        mark = "ok" if self.is_found else "NO" if self.is_needed else "-"
        return f"{mark:<3}{self.name}: {self.detail}"


def examine() -> tuple[Finding, ...]:
    """Look at everything; never raises for what is missing."""
    return (*_nvml_findings(), _cupy_finding(), _tool("nvcc", False), _tool("ncu", False))


def _nvml_findings() -> Iterator[Finding]:
    try:
        sensor = NvmlSensor()
    except DeviceError as error:
        yield Finding("NVIDIA driver (NVML)", False, str(error), True)
        return
    identity = sensor.identity()
    yield Finding(
        "NVIDIA driver (NVML)",
        True,
        f"{identity.gpu}, driver {identity.driver}, CUDA {identity.cuda}, "
        f"limit {identity.power_limit_w:.0f} W, ECC {identity.ecc}, MIG {identity.mig}",
        True,
    )
    for name, (field_id, scope) in _FIELDS.items():
        is_needed = name in ("total energy, board", "instant power, board")
        yield _try(f"NVML {name} (field {field_id})", is_needed, _reader(sensor, field_id, scope))
    yield _try("NVML clocks, temperature, event reasons", True, lambda: _state(sensor))


def _state(sensor: NvmlSensor) -> str:
    state = sensor.state()
    return (
        f"SM {state.sm_clock_mhz:.0f} MHz, memory {state.memory_clock_mhz:.0f} MHz, "
        f"{state.temperature_c:.0f} °C, reasons {state.throttle_reasons:#x}"
    )


def _reader(sensor: NvmlSensor, field_id: int, scope: int) -> Callable[[], str]:
    return lambda: f"reads {sensor.field(field_id, scope)}"


def _cupy_finding() -> Finding:
    def version() -> str:
        try:
            import cupy
        except ImportError as error:
            raise DeviceError("not installed: pip install 'ptxenergy[cuda13]'") from error
        try:
            count = cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            raise DeviceError(f"CuPy {cupy.__version__} reaches no GPU: {error}") from error
        return f"CuPy {cupy.__version__}, {count} GPU"

    return _try("CuPy", True, version)


def _try(name: str, is_needed: bool, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look(), is_needed)
    except DeviceError as error:
        return Finding(name, False, str(error), is_needed)


def _tool(name: str, is_needed: bool) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, False, "not on PATH", is_needed)
    ran = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    lines = [line for line in ran.stdout.splitlines() if "elease" in line or "ersion" in line]
    return Finding(name, ran.returncode == 0, lines[-1].strip() if lines else path, is_needed)
