"""The doctor reports what is missing in words instead of failing."""

from types import SimpleNamespace
from typing import Any

import pytest

from ptxenergy.measure.device.doctor import examine
from ptxenergy.measure.device.nvml import FIELD_TOTAL_ENERGY, SCOPE_GPU, NvmlSensor
from ptxenergy.measure.device.sensor import DeviceError


class FakeNvml:
    """NVML's calls, for one GPU that does not tell its memory power."""

    NVML_SUCCESS = 0
    NVML_CLOCK_SM, NVML_CLOCK_MEM, NVML_TEMPERATURE_GPU = 1, 2, 0
    NVMLError = type("NVMLError", (Exception,), {})

    def __getattr__(self, name: str) -> Any:
        values = {
            "nvmlDeviceGetName": b"NVIDIA Fake",
            "nvmlDeviceGetUUID": "GPU-secret",
            "nvmlSystemGetDriverVersion": "580.1",
            "nvmlSystemGetCudaDriverVersion": 13000,
            "nvmlDeviceGetEnforcedPowerLimit": 700_000,
            "nvmlDeviceGetEccMode": (1, 1),
            "nvmlDeviceGetMigMode": (0, 0),
            "nvmlDeviceGetClockInfo": 1980,
            "nvmlDeviceGetTemperature": 41,
            "nvmlDeviceGetCurrentClocksEventReasons": 4,
        }
        return lambda *_: values.get(name)

    def nvmlDeviceGetFieldValues(self, _: Any, fields: Any) -> Any:  # noqa: N802
        ((field_id, scope),) = fields
        value = SimpleNamespace(ullVal=123_456, uiVal=250_000)
        failed = 0 if scope == SCOPE_GPU else 3
        kind = 3 if field_id == FIELD_TOTAL_ENERGY else 1
        return [SimpleNamespace(nvmlReturn=failed, valueType=kind, value=value)]


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml())


def test_nothing_there_is_said_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in ("pynvml", "cupy"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PATH", "")
    found = examine()
    assert {f.name: f.is_found for f in found} == {
        "NVIDIA driver (NVML)": False,
        "CuPy": False,
        "nvcc": False,
        "ncu": False,
    }
    assert all("install" in f.detail for f in found if f.is_needed)


@pytest.mark.usefixtures("nvml")
def test_fields_that_do_not_answer_are_named() -> None:
    found = {f.name: f for f in examine()}
    assert found["NVML total energy, board (field 83)"].is_found
    memory = found["NVML average power, memory (field 185)"]
    assert not memory.is_found
    assert "error 3" in memory.detail
    assert not memory.is_needed


@pytest.mark.usefixtures("nvml")
def test_the_sensor_converts_units_and_hides_the_uuid() -> None:
    sensor = NvmlSensor()
    assert sensor.energy_j() == pytest.approx(123.456)
    assert sensor.power_instant_w() == pytest.approx(250.0)
    assert sensor.memory_power_w() is None
    assert sensor.state().throttle_reasons == 4
    identity = sensor.identity()
    assert identity.power_limit_w == 700.0
    assert "secret" not in identity.uuid_hash
    with pytest.raises(DeviceError, match="field 186 scope 2"):
        sensor.field(186, 2)
