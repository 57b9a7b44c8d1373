"""Stands for nvidia-ml-py: meters that tick every 50 ms, of the GPU that the `cupy` beside is."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cupy

NVML_SUCCESS, NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 0, 1, 2, 0
IDLE_W, BUSY_W, TICK_S = 80.0, 400.0, 0.05
_known = {"at_s": 0.0, "energy_j": 1000.0, "shown_j": 1000.0, "tick": 0.0}


class NVMLError(Exception): ...


def _power_w() -> float:
    return BUSY_W if cupy.is_busy() else IDLE_W


def _energy_mj() -> int:
    now_s = time.perf_counter()
    if _known["at_s"]:
        _known["energy_j"] += _power_w() * (now_s - _known["at_s"])
    _known["at_s"] = now_s
    if now_s // TICK_S != _known["tick"]:
        _known["tick"], _known["shown_j"] = now_s // TICK_S, _known["energy_j"]
    return int(_known["shown_j"] * 1000)


def _fields(handle: Any, fields: list[tuple[int, int]]) -> list[Any]:
    read: dict[int, Callable[[], int]] = {
        83: _energy_mj,
        185: lambda: 90 * 1000,
        186: lambda: int(_power_w() * 1000),
    }
    return [
        SimpleNamespace(
            nvmlReturn=NVML_SUCCESS, valueType=3, value=SimpleNamespace(ullVal=read[field]())
        )
        for field, _ in fields
    ]


def _unknown(handle: Any) -> Any:
    raise NVMLError("not supported")


_CALLS: dict[str, Callable[..., Any]] = {
    "nvmlInit": lambda: None,
    "nvmlDeviceGetHandleByIndex": lambda index: index,
    "nvmlSystemGetCudaDriverVersion": lambda: 13000,
    "nvmlSystemGetDriverVersion": lambda: "580.1",
    "nvmlDeviceGetName": lambda handle: "NVIDIA H200",
    "nvmlDeviceGetUUID": lambda handle: b"GPU-stand-in",
    "nvmlDeviceGetEnforcedPowerLimit": lambda handle: 700_000,
    "nvmlDeviceGetEccMode": lambda handle: (1, 1),
    "nvmlDeviceGetMigMode": _unknown,
    "nvmlDeviceGetFieldValues": _fields,
    "nvmlDeviceGetClockInfo": lambda handle, which: 1980 if which == NVML_CLOCK_SM else 3201,
    "nvmlDeviceGetTemperature": lambda handle, which: 60,
    "nvmlDeviceGetCurrentClocksEventReasons": lambda handle: 0,
}


def __getattr__(name: str) -> Any:
    try:
        return _CALLS[name]
    except KeyError:
        raise AttributeError(name) from None
