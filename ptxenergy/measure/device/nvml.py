"""The real meters: NVML through nvidia-ml-py. Reads only; no setting is ever changed."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from ptxenergy.measure.device.sensor import DeviceError, Identity, State

# NVML field identifiers and scopes (nvml.h).
FIELD_TOTAL_ENERGY = 83
FIELD_POWER_AVERAGE = 185
FIELD_POWER_INSTANT = 186
SCOPE_GPU, SCOPE_MODULE, SCOPE_MEMORY = 0, 1, 2
_VALUE_MEMBERS = {0: "dVal", 1: "uiVal", 2: "ulVal", 3: "ullVal", 4: "sllVal", 5: "siVal"}


class SystemClock:
    """Real time."""

    def now_s(self) -> float:
        """Monotonic seconds."""
        return time.perf_counter_ns() * 1e-9

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class NvmlSensor:
    """The meters of GPU `index`. Raises DeviceError where there is no driver or no such GPU."""

    def __init__(self, index: int = 0) -> None:
        try:
            import pynvml
        except ImportError as error:
            raise DeviceError("nvidia-ml-py is not installed: pip install nvidia-ml-py") from error
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
            self._handle: Any = pynvml.nvmlDeviceGetHandleByIndex(index)
        except pynvml.NVMLError as error:
            raise DeviceError(f"NVML finds no GPU {index}: {error}") from error

    def identity(self) -> Identity:
        """Which GPU, driver and CUDA; ECC and MIG as read."""
        nvml, handle = self._nvml, self._handle
        cuda = nvml.nvmlSystemGetCudaDriverVersion()
        return Identity(
            gpu=_as_text(nvml.nvmlDeviceGetName(handle)),
            uuid_hash=hashlib.sha256(_as_text(nvml.nvmlDeviceGetUUID(handle)).encode()).hexdigest()[
                :16
            ],
            driver=_as_text(nvml.nvmlSystemGetDriverVersion()),
            cuda=f"{cuda // 1000}.{cuda % 1000 // 10}",
            power_limit_w=nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / 1000,
            ecc=self._mode("nvmlDeviceGetEccMode"),
            mig=self._mode("nvmlDeviceGetMigMode"),
        )

    def energy_j(self) -> float:
        """The total-energy counter (field 83, millijoules), in joules."""
        return float(self.field(FIELD_TOTAL_ENERGY, SCOPE_GPU)) / 1000

    def power_instant_w(self) -> float:
        """Field 186, in watts."""
        return float(self.field(FIELD_POWER_INSTANT, SCOPE_GPU)) / 1000

    def memory_power_w(self) -> float | None:
        """Field 185 in the memory scope, in watts; None where the GPU does not tell it."""
        try:
            return float(self.field(FIELD_POWER_AVERAGE, SCOPE_MEMORY)) / 1000
        except DeviceError:
            return None

    def state(self) -> State:
        """Clocks, temperature and event reasons. Raises DeviceError where one is not told."""
        nvml, handle = self._nvml, self._handle
        try:
            return State(
                nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM),
                nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_MEM),
                nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
                nvml.nvmlDeviceGetCurrentClocksEventReasons(handle),
            )
        except nvml.NVMLError as error:
            raise DeviceError(
                f"NVML does not tell clocks, temperature or reasons: {error}"
            ) from error

    def field(self, field_id: int, scope: int) -> int | float:
        """One NVML field value. Raises DeviceError where the GPU does not answer for it."""
        try:
            value = self._nvml.nvmlDeviceGetFieldValues(self._handle, [(field_id, scope)])[0]
        except self._nvml.NVMLError as error:
            raise DeviceError(f"NVML field {field_id} scope {scope}: {error}") from error
        if value.nvmlReturn != self._nvml.NVML_SUCCESS:
            raise DeviceError(f"NVML field {field_id} scope {scope}: error {value.nvmlReturn}")
        result: int | float = getattr(value.value, _VALUE_MEMBERS[value.valueType])
        return result

    def _mode(self, name: str) -> str:
        try:
            current, _ = getattr(self._nvml, name)(self._handle)
        except self._nvml.NVMLError:
            return "unknown"
        return "on" if current else "off"


def _as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
